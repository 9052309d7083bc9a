"""vfs-train join, snapshot and export against a slow reference, over drawn
logs, and what they say of bad input.

    test_join.py --build DIR [TEST...]
"""

import csv
import gzip
import json
import os
import random

import numpy

import journal
import offline
from feature_log import Version
from offline import float_bits

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


class Case(offline.Case):

    def setUp(self):
        super().setUp()
        self.log = self.path("log")

    def labels(self, rows, name="labels.csv", opener=open):
        path = self.path(name)

        with opener(path, "wt", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["note", "id", "time"])
            writer.writerows(rows)

        return path

    def join(self, labels, *args, **options):
        result = self.run_train("join", "--log", self.log, "--labels", labels,
                                *args, **options)

        return [json.loads(line) for line in result.stdout.splitlines()]

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
                self.assertEqual(one.read(), two.read())

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


class BadInput(Case):

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
        self.said('names that begin with "vfs_"')


if __name__ == "__main__":
    offline.main()
