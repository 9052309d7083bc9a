"""The training set of what serving answered, row by row and bit by bit.

    test_training_set.py --build DIR --kafka JARS [--events RETAIL.CSV]

Real purchases (or drawn ones of the same shape) go through Apache Kafka, the
worker, the index and the gateway, invoice by invoice.  Before each invoice the
gateway is asked for the customer's vector: that is the label's moment, and
what it answers is what the training set has to hold.
"""

import argparse
import csv
import itertools
import json
import os
import random
import re
import struct
import subprocess
import sys
import time

import numpy

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", folder)
                for folder in ("kafka", "reference", "system")]

from feature_log import decode                       # noqa: E402
from pipeline import GROUP, PARTITIONS, TOPIC, Pipeline, run  # noqa: E402
from rdkafka import Consumer, Producer               # noqa: E402
from vfs_reference import Reference                  # noqa: E402

DEFINITION = os.path.join(HERE, "..", "..", "conf", "features.json")
EXAMPLE = os.path.join(HERE, "..", "..", "docs", "training_example.py")


def draw_retail(path, invoices=250, seed=1):
    """A file of the same columns: some rows without customer, some returns."""

    rnd = random.Random(seed)
    minute = 0

    with open(path, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["InvoiceNo", "StockCode", "Description", "Quantity",
                         "InvoiceDate", "UnitPrice", "CustomerID", "Country"])

        for number in range(invoices):
            minute += rnd.randrange(1, 9)
            customer = rnd.choice(["", *["%d.0" % (12340 + rnd.randrange(60))
                                         for _ in range(9)]])
            returned = customer and rnd.random() < 0.1

            for _ in range(rnd.randrange(1, 20)):
                item = rnd.randrange(300)
                writer.writerow([
                    ("C%d" if returned else "%d") % (536365 + number),
                    "%dA" % (20000 + item), "ITEM %d, IN %s" % (
                        item, "RED BLUE GREEN".split()[item % 3]),
                    rnd.randrange(1, 24) * (-1 if returned else 1),
                    "2010-12-%02d %02d:%02d:00" % (
                        1 + minute // 1440, minute // 60 % 24, minute % 60),
                    "%.2f" % (rnd.randrange(20, 2000) / 100), customer,
                    "United Kingdom"])


def now_ms():
    return int(time.time() * 1000)


class TrainingSet:

    def __init__(self, report, pipeline, events):
        self.report = report
        self.pipeline = pipeline
        self.events = events
        self.labels = []        # (customer, invoice time, asked, amount)
        self.answers = []       # records, or None
        self.ends = [0] * PARTITIONS
        self.sent = {}          # the offset of each user's last event
        self.logged = {}        # the last one that the log tells of

    def run(self):
        self.play()
        self.pipeline.settle()
        self.compare("visible", "asked")
        self.compare("event-time", "invoice_time")
        self.snapshots()
        self.example()

    def path(self, name):
        return os.path.join(self.pipeline.directory, name)

    def train(self, *args):
        result = subprocess.run(
            [os.path.join(self.pipeline.build, "vfs-train"), *args],
            capture_output=True, text=True, timeout=300,
            env=dict(os.environ, VFS_GROUP=GROUP,
                     KAFKA_BROKERS=self.pipeline.broker.address,
                     VFS_DEFINITION=DEFINITION))

        if result.returncode != 0:
            raise RuntimeError("vfs-train %s: %s" % (args[0], result.stderr))

        print(result.stderr.strip(), flush=True)

        return result.stdout

    # What happens

    def play(self):
        self.report.section("each invoice, after the gateway was asked")

        lines = subprocess.run(
            [os.path.join(self.pipeline.build, "vfs-player"), "--file",
             self.events, "--print"], check=True, capture_output=True,
            text=True).stdout.splitlines()

        def invoice(event):
            return event["userId"], event["timestamp"]

        events = [json.loads(line) for line in lines]

        with Producer(self.pipeline.broker.address) as self.producer, \
                Consumer(self.pipeline.broker.address) as self.log:
            self.log.follow(GROUP + "-features", PARTITIONS)

            for (user, moment), group in itertools.groupby(events, invoice):
                group = list(group)
                self.ask(user, moment, group)
                self.send(user, group)

            for user in self.sent:
                self.await_logged(user)

        known = sum(answer is not None for answer in self.answers)
        self.report.check(known > 50 and len(self.answers) - known > 20,
                          "of %d invoices the gateway knew the customer of %d"
                          % (len(self.answers), known))

    def ask(self, user, moment, group):
        self.await_logged(user)
        answer = self.pipeline.client.get("/v1/features/user/" + user)
        asked = now_ms() + 1

        # what comes next begins after that moment
        while now_ms() <= asked:
            time.sleep(0.0005)

        self.labels.append((user, moment, asked, sum(
            event["price"] * event["quantity"] for event in group)))
        self.answers.append(answer.json() if answer.status == 200 else None)

    def send(self, user, group):
        partition = sum(user.encode()) % PARTITIONS

        for event in group:
            self.producer.produce(TOPIC, user.encode(),
                                  json.dumps(event).encode(), partition)

            # "BANK CHARGES" is no id: such an event is a dead letter
            if re.fullmatch("[A-Za-z0-9_-]+", event["itemId"]):
                self.sent[user] = self.ends[partition]

            self.ends[partition] += 1

        self.producer.flush()

    def await_logged(self, user):
        """Until the log has what the user did last."""

        last = time.monotonic() + 60

        while self.logged.get(user, -1) < self.sent.get(user, -1):
            record = self.log.poll()

            if record is not None:
                version = decode(record.key, record.value)
                entity, name = version.id.split(":")

                if entity == "user":
                    self.logged[name] = int(version.watermark.split(":")[1])

            elif time.monotonic() > last:
                raise RuntimeError("user %s is not in the log" % user)

    # What must hold

    def compare(self, by, column):
        self.report.section("the training set by %s time" % by)

        with open(self.path("labels.csv"), "w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["customer", "invoice_time", "asked", "amount"])
            writer.writerows(self.labels)

        self.train("join", "--labels", self.path("labels.csv"), "--id",
                   "customer", "--time", column, "--by", by, "--format",
                   "npy", "--output", self.path("set"))

        values = numpy.load(self.path("set.npy"))
        ids = numpy.load(self.path("set.ids.npy"))

        with open(self.path("set.csv"), newline="") as file:
            rows = list(csv.DictReader(file))

        self.report.check(
            len(rows) == len(values) == len(ids) == len(self.labels),
            "a row for each label")

        # of two invoices at a time the second was asked after the first came
        first = set()
        compared = list(zip(self.labels, self.answers, rows, values, ids))

        if by == "event-time":
            compared = [row for row in compared if row[0][:2] not in first
                        and not first.add(row[0][:2])]

        different = [
            (label, row["vfs_status"])
            for label, answer, row, vector, ident in compared
            if ident != "user:" + label[0]
            or not self.same(answer, row, vector)]
        self.report.check(not different, "every row, every bit is what the "
                          "gateway answered then: %d" % len(compared),
                          different[:5])

    @staticmethod
    def same(answer, row, vector):
        if answer is None:
            return row["vfs_status"] == "none" and numpy.isnan(vector).all()

        meta = answer["metadata"]
        served = numpy.array([float(v) for v in answer["values"]], "<f4")

        return row["vfs_status"] == "ok" \
            and vector.tobytes() == served.tobytes() \
            and row["vfs_watermark"] == meta["vfs_watermark"] \
            and row["vfs_definition"] == meta["vfs_definition"] \
            and row["vfs_event_time"] == meta["vfs_event_time"] \
            and row["vfs_count"] == meta["vfs_count"]

    def snapshots(self):
        self.report.section("snapshots")
        records = self.pipeline.records(TOPIC)
        middle = self.labels[len(self.labels) // 2][1]
        whole = self.vectors("--as-of", str(now_ms() + 1), "--by", "visible")

        reference = Reference(self.pipeline.definition())
        reference.feed(record[:5] for record in records)
        expected = {"%s:%s" % (entity, name): stored.values
                    for entity in ("user", "item")
                    for name, stored in reference.stored(entity).items()}
        self.report.check(whole == expected,
                          "the log's newest %d vectors are the recomputed "
                          "ones" % len(expected))

        self.report.check(
            self.vectors("--as-of", "2100-01-01", "--from", "events")
            == expected, "and those of vfs-train from the raw events")

        # and half of it, from the topic and from files of every kind
        reference = Reference(self.pipeline.definition())
        reference.feed(record[:5] for record in records
                       if json.loads(record.value)["timestamp"] < middle)
        expected = {"%s:%s" % (entity, name): stored.values
                    for entity in ("user", "item")
                    for name, stored in reference.stored(entity).items()}
        self.report.check(
            self.vectors("--as-of", middle, "--from", "events") == expected,
            "as of %s the raw events give %d vectors" % (middle,
                                                         len(expected)))

        with open(self.path("events.json"), "w") as file:
            for record in records:
                print(json.dumps({
                    "partition": record.partition, "offset": record.offset,
                    "ts": record.time_ms, "key": record.key.decode(),
                    "payload": record.value.decode()}), file=file)

        subprocess.run(["gzip", "-k", self.path("events.json")], check=True)

        for name in ("events.json", "events.json.gz"):
            self.report.check(
                self.vectors("--as-of", middle, "--file", self.path(name))
                == expected, "so do those of %s" % name)

    def vectors(self, *args):
        rows = map(json.loads, self.train("snapshot", *args).splitlines())

        return {row["id"]: struct.pack("<%df" % len(row["values"]),
                                       *row["values"]) for row in rows}

    def example(self):
        self.report.section("the example of the documentation")
        result = subprocess.run([sys.executable, EXAMPLE, self.path("set")],
                                capture_output=True, text=True)
        print(result.stdout, end="", flush=True)
        self.report.check(result.returncode == 0, "runs", result.stderr)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    parser.add_argument("--kafka", required=True)
    parser.add_argument("--events", help="Online Retail as CSV")
    parser.add_argument("--keep", action="store_true")
    options = parser.parse_args()

    pipeline = Pipeline(options.build, options.kafka)

    def work(report):
        events = options.events

        if not events:
            events = os.path.join(pipeline.directory, "retail.csv")
            draw_retail(events)

        TrainingSet(report, pipeline, events).run()

    return run(pipeline, work, options.keep)


if __name__ == "__main__":
    sys.exit(main())
