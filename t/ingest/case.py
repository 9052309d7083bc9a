"""vfs-ingest itself, a broker in memory and an index with faults: what the
tests of the worker have in common."""

import argparse
import json
import os
import random
import shutil
import struct
import sys
import tempfile
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", folder)
                for folder in ("kafka", "reference", "train")]

from feature_log import read_log, unlogged          # noqa: E402
from index import Index                             # noqa: E402
from processes import Process, end_on_signals, wait_until  # noqa: E402
from rdkafka import Consumer, Producer              # noqa: E402
from vfs_reference import Reference                 # noqa: E402

TOPIC = "clicks"
PARTITIONS = 3

DEFINITION = {
    "name": "test", "dimension": 16, "metric": "cosine",
    "landmark": "2020-01-01T00:00:00Z",
    "events": {
        "topic": TOPIC,
        "fields": {"user": "who", "item": "what", "type": "how",
                   "time": "when"},
        "weights": {"view": 1, "buy": 3, "drop": -1}},
    "sources": {"words": {"type": "hash", "hashes": 2, "fields": [
        {"field": "what"}, {"field": "title", "words": True}]}},
    "features": {
        "user": {"namespace": "users", "transform": "decayed_mean",
                 "source": "words", "half_life": "30d", "normalise": True,
                 "metadata": {"land": "land"}},
        "item": {"namespace": "items", "transform": "decayed_mean",
                 "source": "user", "half_life": "30d", "normalise": True,
                 "prior": {"source": "words", "weight": 2},
                 "metadata": {"title": "title"}}}}


def float_bits(values):
    return struct.pack("<%df" % len(values), *values)


def refuse(index, condition):
    """A fault that answers 400 to a request with such a record."""

    def fault(handler, body):
        if any(condition(record) for record in body.get("vectors", [])):
            handler.reply(400, {"code": 3, "message": "no", "details": []})
            return True

        return False

    return fault


def status(code, **headers):
    def fault(handler, body):
        handler.reply(code, {"code": 8, "message": "not now", "details": []},
                      **headers)
        return True

    return fault


def done_but(code):
    def fault(handler, body):
        handler.index.apply(handler.path, body)
        handler.reply(code, {"code": 13, "message": "oops", "details": []})
        return True

    return fault


def reset(handler, body):
    handler.reset()
    return True


def reset_after(handler, body):
    handler.index.apply(handler.path, body)
    handler.reset()
    return True


def short(handler, body):
    answer = handler.index.apply(handler.path, dict(
        body, vectors=body.get("vectors", [])[1:]))
    handler.reply(200, answer)
    return True


def slow(handler, body):
    time.sleep(1)
    return False


class Case(unittest.TestCase):

    build = None

    def setUp(self):
        self.random = random.Random(1)
        self.dir = tempfile.mkdtemp(prefix="vfs-ingest-")
        self.log = os.path.join(self.dir, "worker.log")
        self.definition = os.path.join(self.dir, "features.json")
        self.offsets = [0] * PARTITIONS
        self.records = []

        with open(self.definition, "w") as definition:
            json.dump(DEFINITION, definition)

        address = os.path.join(self.dir, "broker")
        self.broker = Process("broker", [
            os.path.join(Case.build, "vfs-broker"), "--topic",
            "%s:%d" % (TOPIC, PARTITIONS), "--topic",
            "vfs-item-updates:%d" % PARTITIONS, "--topic", TOPIC + ".dlq:1",
            "--topic", "vfs-features:%d" % PARTITIONS,
            "--address-file", address], os.path.join(self.dir, "broker.log"))
        wait_until("the broker is up", lambda: os.path.exists(address) and
                   os.path.getsize(address), 60, self.broker)

        with open(address) as file:
            self.brokers = file.read().strip()

        self.producer = Producer(self.brokers)
        self.index = Index(dimension=16)
        self.workers = []

    def tearDown(self):
        result = self._outcome.result
        failed = any(test is self
                     for test, _ in result.failures + result.errors)

        for worker in self.workers:
            worker.kill()

        if failed and os.path.exists(self.log):
            with open(self.log) as log:
                print("".join(log.readlines()[-40:]))

        self.producer.close()
        self.index.close()
        self.broker.kill()
        shutil.rmtree(self.dir)

    def start(self, data="data", **settings):
        env = {name: value for name, value in os.environ.items()
               if not name.startswith(("VFS_", "PINECONE_", "KAFKA_"))}
        env.update({"KAFKA_BROKERS": self.brokers,
                    "PINECONE_INDEX_HOST": self.index.url,
                    "VFS_DATA": os.path.join(self.dir, data),
                    "VFS_DEFINITION": self.definition, "VFS_STATS_URL": "",
                    "VFS_KAFKA_SESSION_TIMEOUT_MS": "6000"})
        env.update(settings)
        env = {name: value for name, value in env.items()
               if value is not None}
        worker = Process("vfs-ingest", [os.path.join(Case.build, "vfs-ingest")],
                         self.log, env=env)
        self.workers.append(worker)

        return worker

    def assigned(self):
        """How often workers have got partitions."""

        return self.output().count("event=partitions_assigned")

    def join(self, *data, **settings):
        """A worker that has partitions, however often others got theirs."""

        before = self.assigned() if os.path.exists(self.log) else 0
        worker = self.start(*data, **settings)
        wait_until("it has partitions", lambda: self.assigned() > before, 60,
                   worker)

        return worker

    def send(self, value, key=None, partition=None):
        """One record, and what it is, for the reference."""

        if isinstance(value, dict):
            key = key or value["who"]
            value = json.dumps(value)

        if partition is None:
            partition = sum(key.encode()) % PARTITIONS

        value = value if value is None else value.encode()
        self.producer.produce(TOPIC, key.encode(), value, partition,
                              1700000000000)
        self.records.append((partition, self.offsets[partition],
                             1700000000000, key.encode(), value))
        self.offsets[partition] += 1

    def event(self, user=None, item=None, how="view"):
        return {"who": user or "u%d" % self.random.randrange(40),
                "what": item or "i%d" % self.random.randrange(25),
                "how": how, "land": self.random.choice(["FR", "DE"]),
                "when": 1700000000000 + self.random.randrange(86400000),
                "title": "thing %d of %d" % (self.random.randrange(5),
                                             self.random.randrange(5))}

    def send_events(self, count):
        for _ in range(count):
            self.send(self.event(how=self.random.choice(
                ["view", "view", "buy", "drop"])))

        self.producer.flush()

    def reference(self):
        reference = Reference(json.dumps(DEFINITION))
        reference.feed(self.records)

        return reference

    def expected(self):
        stored = self.reference()

        return {(space, entity + ":" + ident): record
                for space, entity in (("users", "user"), ("items", "item"))
                for ident, record in stored.stored(entity).items()}

    def is_stored(self):
        """Whether the index holds exactly what it should, to the bit."""

        with self.index.lock:
            found = dict(self.index.records)

        expected = self.expected()

        return set(found) == set(expected) and all(
            float_bits(found[key]["values"]) == record.values
            and found[key]["metadata"] == record.metadata
            for key, record in expected.items())

    def await_stored(self, worker=None, timeout=90):
        wait_until("the index holds what it should", self.is_stored, timeout,
                   worker, every=0.3)

    def letters(self):
        with Consumer(self.brokers) as consumer:
            return consumer.read(TOPIC + ".dlq", 1)

    def versions(self):
        with Consumer(self.brokers) as consumer:
            return read_log(consumer, "vfs-features", PARTITIONS)

    def assert_logged(self, crashed=False):
        """Every version that was visible is in the log, in that order."""

        versions = self.versions()
        self.assertEqual(unlogged(versions, self.index.visible, crashed), [])

        return versions

    def committed(self):
        with Consumer(self.brokers, group="vfs") as consumer:
            return consumer.committed(TOPIC, PARTITIONS)

    def output(self):
        with open(self.log) as log:
            return log.read()


def main():
    """Runs the tests of the program that calls it: --build DIR [TEST...]."""

    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    options, rest = parser.parse_known_args()
    Case.build = options.build

    end_on_signals()
    unittest.main(argv=[sys.argv[0], *rest])
