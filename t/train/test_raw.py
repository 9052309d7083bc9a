"""vfs-train snapshot of raw events in files, against the reference, and what it
says of lines at fault.

    test_raw.py --build DIR [TEST...]
"""

import gzip
import json
import os
import random
import sys

import offline
from offline import Case, float_bits

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "reference"))

from vfs_reference import Reference                  # noqa: E402

RAW = {
    "name": "raw", "dimension": 8, "landmark": "2020-01-01T00:00:00Z",
    "events": {"topic": "raw", "csv": ["who", "what", "how", "when", "words"],
               "fields": {"user": "who", "item": "what", "type": "how",
                          "time": "when"},
               "weights": {"view": 1, "buy": 5, "drop": -2}},
    "sources": {"words": {"type": "hash", "fields": [
        {"field": "words", "words": True}]}},
    "features": {
        "user": {"namespace": "users", "transform": "decayed_mean",
                 "source": "words", "half_life": "1d"},
        "item": {"namespace": "items", "transform": "decayed_mean",
                 "source": "user", "half_life": "1d", "normalise": True}}}


class RawEvents(Case):

    def test_csv_files_give_what_the_reference_gives(self):
        """Late, repeated and out-of-order events, and some at fault."""

        with open(self.path("features.json"), "w") as file:
            json.dump(RAW, file)

        for seed in range(8):
            rnd = random.Random(seed)
            start = 1750000000000
            lines = []

            for i in range(300):
                when = start + i * 60000 - rnd.choice([0, 0, 5, 400]) * 60000
                line = "u%d,i%d,%s,%d,\"a %s, %s\"" % (
                    rnd.randrange(12), rnd.randrange(9),
                    rnd.choice(["view", "buy", "drop", "sneeze"]), when,
                    rnd.choice("abcd"), rnd.choice("efgh"))
                lines.append(rnd.choice(lines) if lines
                             and rnd.random() < 0.1 else line)

            with gzip.open(self.path("events.csv.gz"), "wt") as file:
                file.write("\n".join(["who,what,how,when,words", *lines, ""]))

            moment = start + rnd.randrange(300) * 60000
            result = self.run_train(
                "snapshot", "--as-of", str(moment), "--file",
                self.path("events.csv.gz"),
                VFS_DEFINITION=self.path("features.json"))
            rows = {row["id"]: (float_bits(row["values"]),
                                row["vfs_watermark"], row["vfs_count"])
                    for row in map(json.loads, result.stdout.splitlines())}

            reference = Reference(json.dumps(RAW))
            reference.feed(
                (0, i, 0, None, line.encode())
                for i, line in enumerate(lines)
                if int(line.split(",")[3]) < moment)
            self.assertEqual(rows, {
                "%s:%s" % (entity, name): (
                    stored.values, stored.metadata["vfs_watermark"],
                    stored.metadata["vfs_count"])
                for entity in ("user", "item")
                for name, stored in reference.stored(entity).items()})


def kcat(offset, words="a", partition=0):
    return json.dumps({
        "topic": "raw", "partition": partition, "offset": offset,
        "tstype": "create", "ts": 1750000000000 + offset, "broker": 0,
        "key": None, "payload": "u%d,i,buy,%d,%s" % (
            offset, 1750000000000 + offset, words)},
        separators=(",", ":")).encode()


class RawFaults(Case):
    """Files of events in which a line is at fault."""

    def setUp(self):
        super().setUp()

        with open(self.path("features.json"), "w") as file:
            json.dump(RAW, file)

    def snapshot(self, data, code=0):
        with open(self.path("events"), "wb") as file:
            file.write(data)

        result = self.run_train(
            "snapshot", "--as-of", "2030-01-01T00:00:00Z", "--file",
            self.path("events"), code=code,
            VFS_DEFINITION=self.path("features.json"))

        return {row["id"]: row["vfs_watermark"]
                for row in map(json.loads, result.stdout.splitlines())}

    def test_a_quote_within_a_field_swallows_nothing(self):
        lines = ['u%d,i,buy,%d,"a ""b"", c"' % (i, 1750000000000 + i)
                 for i in range(5)]
        lines[1] = 'u1,i,buy,1750000000001,6" PLATE'
        self.assertEqual(
            {ident: mark for ident, mark in self.snapshot(
                "\n".join([*lines, ""]).encode()).items()
             if ident.startswith("user:")},
            {"user:u%d" % i: "0:%d" % i for i in (0, 2, 3, 4)})

        lines[1] = 'u1,i,buy,1750000000001,"two\nlines"'
        self.assertEqual(len(self.snapshot("\n".join(lines).encode())), 6)

        lines[3] = 'u3,i,buy,1750000000003,"PLATE'
        self.snapshot("\n".join(lines[:4]).encode(), code=1)
        self.assertIn("the quote that line 5 or one before it opens is never",
                      self.stderr)

    def test_files_are_one_history(self):
        lines = ["u%d,i%d,buy,%d,%s\n" % (i % 2, i % 3, 1750000000000 + i,
                                          "abcdef"[i]) for i in range(6)]
        whole = self.snapshot("".join(lines).encode())
        self.assertEqual(len(whole), 5)
        names = []

        for name, part in (("one", lines[:3]), ("two", lines[3:])):
            names += ["--file", self.path(name)]

            with open(self.path(name), "w") as file:
                file.writelines(part)

        result = self.run_train(
            "snapshot", "--as-of", "2030-01-01T00:00:00Z", *names,
            VFS_DEFINITION=self.path("features.json"))
        rows = [json.loads(line) for line in result.stdout.splitlines()]
        self.assertEqual(len(rows), 5)
        self.assertEqual({row["id"]: row["vfs_watermark"] for row in rows},
                         whole)

    def test_what_is_no_gzip_behind_events(self):
        lines = ["u%d,i,buy,%d,a\n" % (i, 1750000000000 + i)
                 for i in range(4)]
        packed = gzip.compress("".join(lines[:3]).encode())

        self.snapshot(packed + lines[3].encode(), code=1)
        self.assertIn("after line 3: what follows at byte %d is not gzip"
                      % len(packed), self.stderr)

        whole = packed + gzip.compress(lines[3].encode())
        self.assertEqual(len(self.snapshot(whole + gzip.compress(b""))), 5)

    def test_a_nul_is_refused(self):
        self.snapshot(b"u0,i,buy,1750000000000,a\0b\n", code=1)
        self.assertIn("line 1: longer than", self.stderr)
        self.assertIn("or with a NUL in it", self.stderr)

    def test_a_user_in_two_partitions_is_refused(self):
        lines = [kcat(0), kcat(1), kcat(0, partition=1)]
        self.assertEqual(len(self.snapshot(b"\n".join(lines[:2]))), 3)

        for broken in (lines, [lines[2], *lines[:2]]):
            self.snapshot(b"\n".join(broken), code=1)
            said = self.stderr.replace("snapshot: ", "").strip()
            self.assertRegex(said, "the events of user u0 are in more than one "
                             "partition, [01] and [01]: they have to be keyed "
                             "by user$")
            self.run_train("explain", "user:u0", "--file", self.path("events"),
                           code=2, VFS_DEFINITION=self.path("features.json"))
            self.assertIn(said, self.stderr.replace("explain: ", ""))

        # an item may have users of every partition
        self.assertEqual(self.snapshot(b"\n".join(
            [lines[0], kcat(4, partition=1)]))["item:i"], "0:0,1:4")

    def test_a_broken_line_of_kcat_is_no_event(self):
        lines = [kcat(i) for i in range(6)]
        raw = kcat(2, "raw").replace(b"raw\"}", b"\xff\xfe\"}")
        users = {"user:u%d" % i: "0:%d" % i for i in range(6)}

        # in the middle, at the begin, and cut off at the end
        for place, broken in ((2, raw), (0, lines[0][:60]), (5, raw[:-9])):
            rows = self.snapshot(b"\n".join(
                lines[:place] + [broken] + lines[place + 1:]))
            self.assertEqual(
                {ident: mark for ident, mark in rows.items()
                 if ident.startswith("user:")},
                {ident: mark for ident, mark in users.items()
                 if mark != "0:%d" % place}, place)
            self.assertIn("1 lines of kcat -J are no valid JSON", self.stderr)


if __name__ == "__main__":
    offline.main()
