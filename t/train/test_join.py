"""vfs-train join, snapshot and export against a slow reference, over drawn
logs.

    test_join.py --build DIR [TEST...]
"""

import csv
import gzip
import json
import os
import random
import sys

import numpy

import journal
import offline
from offline import float_bits

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "reference"))

from xxh64 import xxh64                              # noqa: E402

SEEDS = 40


def best(entries, ident, moment, by):
    """The newest version before a moment, by looking at every one."""

    key = "visible_ms" if by == "visible" else "event_ms"
    found = [(version.visible_ms, offset, version)
             for _, offset, version in entries
             if version.id == ident and getattr(version, key) < moment]

    return max(found)[2] if found else None


def is_open(entries, ident, moment):
    """Whether the index may have shown another version already."""

    before = None

    for _, _, version in entries:
        if version.id != ident:
            continue

        since = version.sent_ms

        if since == 0 and before is not None:
            since = before.visible_ms

            if before[5:] == version[5:]:
                since = version.visible_ms

        if since < moment <= version.visible_ms:
            return True

        before = version

    return False


def status(entries, ident, moment, by):
    last = max(version.visible_ms for _, _, version in entries)
    version = best(entries, ident, moment, by)

    if moment > last:
        return "future"

    if by == "visible" and is_open(entries, ident, moment):
        return "open"

    if version is None:
        return "none"

    return "ok" if version.values else "deleted"


class Case(offline.LogCase):

    def draw_labels(self, entries, seed, count=120):
        rnd = random.Random(seed)
        times = [version.visible_ms for _, _, version in entries]
        events = [version.event_ms for _, _, version in entries]

        return [("note %d" % i, "%s:i%d" % (rnd.choice(["user", "item"]),
                                            rnd.randrange(28)),
                 rnd.choice([rnd.randrange(min(times) - 50, max(times) + 20),
                             rnd.choice(times), rnd.choice(times) + 1,
                             rnd.choice(events), rnd.choice(events) + 1]))
                for i in range(count)]

    def assert_row(self, row, label, entries, by):
        note, ident, moment = label
        version = best(entries, ident, moment, by)
        self.assertEqual((row["note"], row["id"], row["time"]),
                         (note, ident, str(moment)))
        self.assertEqual(row["vfs_status"],
                         status(entries, ident, moment, by), (label, row))

        if version is None:
            self.assertIsNone(row["values"])
            self.assertNotIn("vfs_watermark", row)
            return

        self.assertEqual(
            (row["vfs_event_time"], row["vfs_visible_time"],
             row["vfs_watermark"], row["vfs_definition"], row["vfs_count"]),
            (version.event_ms, version.visible_ms, version.watermark,
             version.definition, version.count))
        self.assertEqual(row["vfs_age_ms"], moment - (
            version.visible_ms if by == "visible" else version.event_ms))
        self.assertEqual(row["values"] and float_bits(row["values"]),
                         version.values)


class Agreement(Case):

    def test_join_agrees_with_the_reference(self):
        for seed in range(SEEDS):
            entries = journal.draw(seed)
            journal.write(self.log, entries)
            drawn = self.draw_labels(entries, seed)
            labels = self.labels(drawn)

            for by in ("visible", "event-time"):
                rows = self.join(labels, "--by", by)
                self.assertEqual(len(rows), len(drawn))

                for row, label in zip(rows, drawn):
                    self.assert_row(row, label, entries, by)

    def test_snapshot_agrees_with_the_reference(self):
        for seed in range(SEEDS):
            entries = journal.draw(seed)
            journal.write(self.log, entries)
            ids = {version.id for _, _, version in entries}
            moment = random.Random(seed).choice(entries)[2].visible_ms + 1

            for by, at in (("visible", moment), ("event-time", 502_000)):
                result = self.run_train("snapshot", "--log", self.log, "--by",
                                        by, "--as-of", str(at))
                rows = {row["id"]: row for row in map(
                    json.loads, result.stdout.splitlines())}
                expected = {ident: best(entries, ident, at, by)
                            for ident in ids}
                self.assertEqual(set(rows), {
                    ident for ident, version in expected.items()
                    if version and version.values})

                for ident, row in rows.items():
                    self.assertEqual(float_bits(row["values"]),
                                     expected[ident].values)
                    self.assertEqual(row["vfs_watermark"],
                                     expected[ident].watermark)

    def test_all_forms_say_the_same(self):
        entries = journal.draw(3)
        journal.write(self.log, entries)
        drawn = self.draw_labels(entries, 3)
        drawn[5] = ('a "quoted", note\nof two lines', *drawn[5][1:])
        labels = self.labels(drawn)
        rows = self.join(labels)

        self.run_train("join", "--log", self.log, "--labels", labels,
                       "--format", "csv", "--output", self.path("out.csv"))
        self.run_train("join", "--log", self.log, "--labels", labels,
                       "--format", "npy", "--output", self.path("out.npy"))

        with open(self.path("out.csv"), newline="") as file:
            table = list(csv.DictReader(file))

        values = numpy.load(self.path("out.npy"))
        ids = numpy.load(self.path("out.ids.npy"))

        self.assertEqual(len(table), len(rows))
        self.assertEqual((values.dtype, values.shape),
                         (numpy.dtype("<f4"), (len(rows), 4)))
        self.assertEqual(list(ids), [label[1] for label in drawn])

        for row, line, vector in zip(rows, table, values):
            for name in ("note", "vfs_status", "vfs_watermark"):
                self.assertEqual(line[name], row.get(name, ""))

            if row["values"] is None:
                self.assertTrue(numpy.isnan(vector).all())
            else:
                self.assertEqual(vector.tobytes(), float_bits(row["values"]))

        # JSON lines and gzip as labels, gzip as log
        with gzip.open(self.path("labels.json.gz"), "wt") as file:
            for note, ident, moment in drawn:
                print(json.dumps({"note": note, "id": ident, "time": moment}),
                      file=file)

        journal.write(self.path("log.gz"), entries, gzip.open)
        self.log = self.path("log.gz")
        again = self.join(self.path("labels.json.gz"))
        self.assertEqual([dict(row, time=str(row["time"])) for row in again],
                         rows)

    def test_an_export_is_the_same_log(self):
        entries = journal.draw(9)
        journal.write(self.log, entries)

        for name in ("copy", "copy.gz"):
            self.run_train("export", "--log", self.log, "--output",
                           self.path(name))
            opener = gzip.open if name.endswith("gz") else open

            with open(self.log, "rb") as one, \
                    opener(self.path(name), "rb") as two:
                whole, copy = one.read(), two.read()

            self.assertEqual(copy[:-8], whole[:-8])
            self.assertEqual(int.from_bytes(copy[-8:], "little"),
                             xxh64(whole[8:-20], 0))

        # of two that overlap each record counts once
        journal.write(self.path("a"), entries[:300])
        journal.write(self.path("b"), entries[200:])

        with open(self.path("both"), "wb") as both:
            for name in ("a", "b"):
                with open(self.path(name), "rb") as part:
                    both.write(part.read())

        labels = self.labels(self.draw_labels(entries, 9))
        rows = self.join(labels)
        self.log = self.path("both")
        self.assertEqual(self.join(labels), rows)


if __name__ == "__main__":
    offline.main()
