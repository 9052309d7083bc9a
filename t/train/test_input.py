"""What vfs-train join, snapshot and export say of bad input, and what they
make of odd input.

    test_input.py --build DIR [TEST...]
"""

import gzip
import json
import os
import time

import numpy

import journal
import offline
from feature_log import Version
from offline import LogCase, float_bits


class Small(LogCase):
    """Nine versions of three users, each sent at 1000, 1010, ... and visible
    4 ms later."""

    def setUp(self):
        super().setUp()
        self.entries = [
            (0, i, Version("user:u%d" % (i % 3), journal.DEFINITION, 100 + i,
                           1000 + 10 * i, 1004 + 10 * i, i + 1, "0:%d" % i,
                           float_bits([i, 0.5])))
            for i in range(9)]
        journal.write(self.log, self.entries)

    def statuses(self, rows, *args):
        return [row["vfs_status"] for row in self.join(self.labels(rows),
                                                       *args)]


class BadInput(Small):

    def test_labels_before_the_first_version(self):
        self.assertEqual(self.statuses([("", "u0", 500), ("", "u1", 1004)]),
                         ["none", "none"])
        self.said("2 labels are before the first version")
        self.said("2 labels have no version before them")

    def test_labels_that_come_twice(self):
        self.assertEqual(self.statuses([("a", "u0", 1050), ("b", "u0", 1050)]),
                         ["ok", "ok"])
        self.said("1 labels have the id and the time of another one")

    def test_labels_in_the_future(self):
        rows = self.join(self.labels([("", "u2", 5000)]))
        self.assertEqual(rows[0]["vfs_status"], "future")
        self.assertEqual(rows[0]["vfs_watermark"], "0:8")
        self.said("1 labels are of times that the feature log does not reach")

    def test_unknown_ids_and_none(self):
        self.assertEqual(self.statuses([("", "nobody", 1050), ("", "", 1050)]),
                         ["none", "none"])
        self.said("1 labels are of ids that the feature log does not name")
        self.said("1 labels have no id")

    def test_a_version_on_its_way(self):
        self.assertEqual(self.statuses([("", "u0", 1030), ("", "u0", 1031),
                                        ("", "u0", 1034), ("", "u0", 1035)]),
                         ["ok", "open", "open", "ok"])
        self.said("2 labels are of times when a newer version was on its way")

    def test_a_deletion_without_an_event_time(self):
        self.entries.append((0, 9, Version(
            "user:u0", journal.DEFINITION, 0, 1100, 1104, 0, "0:9", None)))
        journal.write(self.log, self.entries)
        labels = [("", "u0", 101), ("", "u0", 105), ("", "u0", 1104)]
        self.assertEqual(self.statuses(labels, "--by", "event-time"),
                         ["ok", "ok", "ok"])
        result = self.run_train("snapshot", "--log", self.log, "--by",
                                "event-time", "--as-of", "1104")
        self.assertEqual(len(result.stdout.splitlines()), 3)

        # behind it, once the log reaches so far
        labels[0] = ("", "u0", 1105)
        self.entries.append((0, 10, self.entries[1][2]._replace(
            event_ms=1200, visible_ms=1204, sent_ms=1200, count=99)))
        journal.write(self.log, self.entries)
        self.assertEqual(self.statuses(labels, "--by", "event-time"),
                         ["deleted", "ok", "ok"])

    def test_a_log_with_a_gap(self):
        journal.write(self.log, self.entries[:4] + self.entries[6:])
        # before the gap; in it; ids seen again behind it or not
        self.assertEqual(self.statuses([
            ("", "u0", 1030), ("", "u0", 1040), ("", "u1", 1040),
            ("", "u0", 1080), ("", "x", 1080)]),
            ["ok", "gap", "gap", "ok", "gap"])
        self.said("2 records in 1 places are not there")
        self.said("3 labels are of times of which the feature log lacks")

    def test_a_log_without_its_begin(self):
        journal.write(self.log, self.entries[5:])
        self.assertEqual(self.statuses([("", "u0", 1060), ("", "u2", 1060)]),
                         ["gap", "ok"])
        self.said("the begin of the feature log is gone in 1 partitions")

    def test_exports_of_two_topics(self):
        journal.write(self.path("a"), self.entries)
        labels = self.labels([("", "u0", 1050)])

        # a topic made anew has newer records; a repetition has none
        for later, code in ((1000, 1), (0, 0)):
            journal.write(self.path("b"), [
                (p, i, version._replace(
                    sent_ms=version.sent_ms + later,
                    visible_ms=version.visible_ms + later))
                for p, i, version in self.entries[:4]])

            with open(self.log, "wb") as both:
                for name in ("a", "b"):
                    with open(self.path(name), "rb") as part:
                        both.write(part.read())

            self.join(labels, code=code)

            if code != 0:
                self.said("partition 0: offset 0 comes again with a newer "
                          "version: these are exports of different topics")

    def test_what_is_no_export_behind_one(self):
        """Behind gzip zlib takes what is not gzip for the end."""

        plain = self.path("plain")
        journal.write(plain, self.entries)

        with open(plain, "rb") as part:
            content = part.read()

        labels = self.labels([("", "u0", 1050)])
        packed = gzip.compress(content)

        for tail in (content, b"\x00" + packed[1:]):
            with open(self.log, "wb") as both:
                both.write(packed + tail)

            self.join(labels, code=1)
            self.said("after record %d: what follows at byte %d is not gzip"
                      % (len(self.entries), len(packed)))

        with open(self.log, "wb") as both:
            both.write(packed + packed + gzip.compress(b""))

        self.join(labels)

    def test_what_is_no_gzip_behind_labels(self):
        content = b"note,id,time\n" + b"a,u0,1050\n" * 5

        for text in (content, content[:-1]):
            packed = gzip.compress(text)

            for tail in (b"b,u1,1050\n", b"\0" * 512, packed[:1],
                         b"\0" + packed[1:], gzip.compress(b"") + b"b"):
                with open(self.path("labels.gz"), "wb") as both:
                    both.write(packed + tail)

                self.join(self.path("labels.gz"), code=1)
                self.said("after line 6: what follows at byte %d is not gzip"
                          % (len(packed) + 20 * (len(tail) == 21)))

        for part in (b"", b"b,u1,1050\n"):
            with open(self.path("labels.gz"), "wb") as both:
                both.write(gzip.compress(content) + gzip.compress(part))

            self.assertEqual(len(self.join(self.path("labels.gz"))),
                             5 + bool(part))

    def test_a_last_line_without_an_end_is_counted(self):
        with open(self.path("last"), "wb") as file:
            file.write(b"note,id,time\na,u0,1050\nb,u1,soon")

        self.join(self.path("last"), code=1)
        self.said("line 3: ")

    def test_a_nul_in_labels(self):
        with open(self.path("nul"), "wb") as file:
            file.write(b"note,id,time\na\0b,u0,1050\nc,u1,1050\n")

        self.join(self.path("nul"), code=1)
        self.said("line 2: a NUL byte, expected text")

    def test_two_definitions_in_one_log(self):
        other = "1234567890abcdef"
        entries = [(p, i, version._replace(definition=other)
                    if i > 4 else version)
                   for p, i, version in self.entries]
        journal.write(self.log, entries)
        labels = self.labels([("", "u2", 1084), ("", "u2", 1084)])
        self.join(labels, code=1)
        self.said("versions of 2 definitions, choose one with --definition: "
                  "%s (5 versions), %s (4 versions)"
                  % (journal.DEFINITION, other))

        self.join(labels, "--definition", "0" * 16, code=1)
        self.said("--definition: the feature log has no version of %s, it "
                  "holds %s (5 versions), %s (4 versions)"
                  % ("0" * 16, journal.DEFINITION, other))

        rows = self.join(labels, "--definition", journal.DEFINITION)
        self.assertEqual(rows[0]["vfs_watermark"], "0:2")
        self.said("4 versions of other definitions")

    def test_what_is_cut_short(self):
        labels = self.labels([("", "u0", 1050)] * 2000, "labels.csv.gz",
                             gzip.open)

        with open(labels, "rb") as file:
            data = file.read()

        with open(labels, "wb") as file:
            file.write(data[:-40])

        self.join(labels, code=1)
        self.said("the gzip data are cut short")

        journal.write(self.path("log.gz"), self.entries, gzip.open)

        with open(self.path("log.gz"), "rb") as file:
            data = file.read()

        with open(self.path("log.gz"), "wb") as file:
            file.write(data[:-60])

        whole, self.log = self.log, self.path("log.gz")
        self.join(self.labels([("", "u0", 1050)]), code=1)
        self.said("the gzip data are cut short")

        for left in (-1, -20, -21, 30, 8, 7):
            with open(whole, "rb") as file:
                data = file.read()

            with open(self.path("cut"), "wb") as file:
                file.write(data[:left])

            self.log = self.path("cut")
            self.join(self.labels([("", "u0", 1050)]), code=1)
            self.assertRegex(self.stderr, "cut short|is not a file that")

    def test_an_export_that_was_damaged(self):
        self.run_train("export", "--log", self.log, "--output",
                       self.path("copy"))
        labels = self.labels([("", "u0", 1050)])

        with open(self.path("copy"), "rb") as file:
            data = file.read()

        # behind the magic, up to the end's checksum
        for place in range(8, len(data), 7):
            with open(self.path("copy"), "wb") as file:
                file.write(data[:place] + bytes([data[place] ^ 0x10])
                           + data[place + 1:])

            self.run_train("join", "--log", self.path("copy"), "--labels",
                           labels, "--output", self.path("out"), code=1)
            self.assertFalse(os.path.exists(self.path("out")))

    def test_a_failure_leaves_no_file(self):
        labels = self.labels([("", "u0", 1050), ("", "u0", "soon")])
        self.run_train("join", "--log", self.log, "--labels", labels,
                       "--output", self.path("out"), code=1)
        self.assertEqual([name for name in os.listdir(self.dir)
                          if name.startswith("out")], [])

    def test_rows_at_fault_are_named(self):
        for row, text in ((("", "u0", "soon"), "expected a time"),
                          (("", "u 0", 1), "expected an id"),
                          (("", "u0"), "expected 3 columns, got 2")):
            self.join(self.labels([("", "u0", 1), row]), code=1)
            self.said('labels.csv", line 3: ' + text)

        self.join(self.labels([]), "--id", "customer", code=1)
        self.said('has no column "customer", name it with --id')

        with open(self.path("reserved"), "w") as file:
            file.write("id,time,vfs_status\n")

        self.join(self.path("reserved"), code=1)
        self.said("that is a name of the output's")


class Options(Small):

    def test_what_is_wrong_is_named_with_what_was_expected(self):
        for line, text in (
                ("join --nothing", "\"--nothing\": no such option"),
                ("join --labels", "--labels: the value is missing, expected "
                                  "FILE"),
                ("join --labels a --labels b", "--labels is given twice"),
                ("join --labels a b", "unexpected \"b\""),
                ("join", "--labels is missing, expected a file"),
                ("join --labels a --entity cart", "--entity: expected user or "
                                                  "item, got \"cart\""),
                ("join --labels a --by now", "--by: expected visible or "
                                             "event-time, got \"now\""),
                ("join --labels a --max-age 3w", "--max-age: expected a "
                                                 "positive number of s, m, h "
                                                 "or d"),
                ("join --labels a --max-age 0d", "got \"0d\""),
                ("join --labels a --max-age 99999999999999d", "--max-age: "),
                ("join --labels a --format npy", "needs --output"),
                ("join --labels a --format parquet", "--format: expected "
                                                     "json, csv or npy"),
                ("snapshot", "--as-of is missing"),
                ("snapshot --as-of soon", "--as-of: expected a time"),
                ("snapshot --as-of 5 --from log --file a", "--file is of raw"),
                ("snapshot --as-of 5 --file a --by visible", "raw events do "
                                                             "not tell"),
                ("export --log a", "--output is missing"),
                ("verify --all --sample 5", "--all and --sample"),
                ("verify --all --interval x", "--interval: expected an "
                                              "integer from 0 to 86400"),
                ("explain --json=1 user:a", "\"--json=1\": no value"),
                ("explain", "expected one id"),
                ("definition a b", "unexpected \"b\"")):
            result = self.run_train(*line.split(), code=2)
            self.said("vfs-train: %s: " % line.split()[0])
            self.said(text)
            self.assertEqual(result.stdout, "")

    def test_help_names_every_option(self):
        for command, options in (
                ("join", "labels id time entity max-age strict by log "
                         "definition format output"),
                ("snapshot", "as-of from by log definition file memory "
                             "format output"),
                ("export", "output log"),
                ("verify", "sample all watch interval rounds settle details "
                           "file memory"),
                ("explain", "served top json file memory"),
                ("definition", "")):
            text = self.run_train(command, "--help").stdout
            self.assertEqual([line.split()[0][2:] for line
                              in text.splitlines() if line.startswith("  --")],
                             [*options.split(), "help"])
            self.assertLess(max(map(len, text.splitlines())), 80)


class Choice(Small):
    """Which vectors are wanted."""

    def test_what_is_older_than_wanted_is_none(self):
        self.entries.append((0, 9, Version(
            "user:u1", journal.DEFINITION, 200, 5000, 5004, 0, "0:9", None)))
        journal.write(self.log, self.entries)
        # the newest of u0 is visible at 1064, of u1 at 1074
        rows = self.join(self.labels([
            ("", "u0", 2064), ("", "u0", 2065), ("", "u1", 1990),
            ("", "u0", 1064), ("", "u9", 2000), ("", "u2", 6500)]),
            "--max-age", "1s")
        self.assertEqual([row["vfs_status"] for row in rows],
                         ["ok", "stale", "ok", "open", "none", "future"])
        self.assertEqual([row["values"] is None for row in rows],
                         [False, True, False, False, True, True])
        self.assertEqual(rows[1]["vfs_age_ms"], 1001)
        self.said("1 labels have an older vector than --max-age")

        rows = self.join(self.labels([("", "u0", 1106), ("", "u0", 1107)]),
                         "--max-age", "1s", "--by", "event-time")
        self.assertEqual([row["vfs_status"] for row in rows],
                         ["ok", "stale"])

        self.run_train("join", "--log", self.log, "--max-age", "1s",
                       "--labels", self.labels([("", "u0", 2065)]),
                       "--format", "npy", "--output", self.path("out"))
        self.assertTrue(numpy.isnan(numpy.load(self.path("out.npy"))).all())

    def test_strict_writes_nothing_that_is_in_doubt(self):
        output = self.path("out")
        good = [("", "u0", 1030), ("", "u9", 1030), ("", "u0", 1003)]
        arguments = ("join", "--log", self.log, "--strict", "--output",
                     output, "--labels")
        self.run_train(*arguments, self.labels(good[:2]))
        self.assertTrue(os.path.exists(output))
        os.remove(output)

        self.run_train(*arguments, self.labels([
            *good, ("", "u0", 1031), ("", "u2", 5000), ("", "u2", 5001)]),
            code=1)
        self.said("--strict: of 6 labels 2 are open, 0 gap, 2 future")
        self.assertFalse(os.path.exists(output))

        journal.write(self.log, self.entries[:4] + self.entries[6:])
        self.run_train(*arguments, self.labels([("", "u0", 1040)]), code=1)
        self.said("--strict: of 1 labels 0 are open, 1 gap, 0 future")


class OddLabels(Small):

    def write(self, data):
        with open(self.path("odd"), "wb") as file:
            file.write(data)

        return self.path("odd")

    def test_a_byte_order_mark_is_no_part_of_a_name(self):
        for text in (b"id,time\r\nu0,1050\r\n",
                     b'{"id":"u0","time":1050}\n'):
            rows = self.join(self.write(b"\xef\xbb\xbf" + text))
            self.assertEqual((rows[0]["id"], rows[0]["vfs_status"]),
                             ("u0", "ok"))

    def test_no_labels(self):
        self.join(self.write(b""), code=1)
        self.said("is empty, expected labels")
        path = self.write(b"id,time\n")
        self.assertEqual(self.join(path), [])
        self.run_train("join", "--log", self.log, "--labels", path,
                       "--format", "npy", "--output", self.path("out"))
        self.assertEqual(numpy.load(self.path("out.npy")).shape, (0, 2))
        self.assertEqual(numpy.load(self.path("out.ids.npy")).shape, (0,))

    def test_labels_from_a_pipe_are_refused(self):
        os.mkfifo(self.path("pipe"))
        self.join(self.path("pipe"), code=1)
        self.said("is a pipe or device, expected a file: labels are read "
                  "twice")

    def test_names_that_come_twice_or_are_the_outputs(self):
        for header, args, text in (
                (b"id,time,id\n", (), "a column's name comes twice"),
                (b"id,time,values\n", (), "a name of the output's"),
                (b"id,time,v12\n", ("--format", "csv"),
                 "a name of the output's, got \"v12\"")):
            self.run_train("join", "--log", self.log, "--labels",
                           self.write(header), *args, code=1)
            self.said('odd", line 1: ')
            self.said(text)

        row = self.join(self.write(b"id,time,v12,v\nu0,1050,a,b\n"))[0]
        self.assertEqual((row["v12"], row["v"]), ("a", "b"))

    def test_quotes_lines_and_other_characters(self):
        path = self.write('id,time,note\nu0,1050,"Été, ""4""\n\u4e2d"\n'
                          "u1,1050,x\n".encode())
        rows = self.join(path)
        self.assertEqual([row["note"] for row in rows],
                         ['Été, "4"\n\u4e2d', "x"])

        # what is no UTF-8 stays as it is in CSV, and is replaced in JSON
        path = self.write(b"id,time,note\nu0,1050,\xa35\n")
        self.assertEqual(self.join(path)[0]["note"], "\ufffd5")
        self.run_train("join", "--log", self.log, "--labels", path,
                       "--format", "csv", "--output", self.path("out"))

        with open(self.path("out"), "rb") as file:
            self.assertIn(b"u0,1050,\xa35,ok,", file.read())

    def test_a_quote_within_a_value_is_named_where_it_is(self):
        self.join(self.write(b'id,time,note\nu0,1050,6" PLATE\n'
                             + b"u0,1050,x\n" * 20), code=1)
        self.said('odd", line 2: a quote within a value')

    def test_a_quote_that_is_never_closed_ends_soon(self):
        start = time.monotonic()
        self.join(self.write(b'id,time,note\nu0,1050,"x\n' + b",\n" * 300000),
                  code=1)
        self.said('odd", line 300002: a quote is not closed')
        self.assertLess(time.monotonic() - start, 10)

    def test_times_in_other_units_and_zones(self):
        rows = self.join(self.write(
            b"id,time\nu2,1970-01-01T00:00:01.070Z\n"
            b"u2,1970-01-01 00:00:01.070\nu2,1970-01-01T01:00:01.070+01:00\n"))
        self.assertEqual([row["vfs_watermark"] for row in rows], ["0:5"] * 3)

        self.said("3 labels are of times before March 1973: are these "
                  "seconds?")

        for text in (b"1750000000.5", b"1.75e12", b"1750000000000000",
                     b"-1050", b"31/01/2026"):
            self.join(self.write(b"id,time\nu0," + text + b"\n"), code=1)
            self.said('odd", line 2: expected a time in ISO 8601 or ms')


if __name__ == "__main__":
    offline.main()
