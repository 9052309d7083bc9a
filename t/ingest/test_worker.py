"""vfs-ingest itself, against a broker in memory and an index with faults.

    test_worker.py --build DIR [TEST...]
"""

import argparse
import json
import os
import random
import re
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.error
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", folder)
                for folder in ("kafka", "reference")]

from index import Index                             # noqa: E402
from processes import Process, end_on_signals, wait_until  # noqa: E402
from rdkafka import Consumer, Producer              # noqa: E402
from vfs_reference import Reference                 # noqa: E402

BUILD = None
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
            os.path.join(BUILD, "vfs-broker"), "--topic",
            "%s:%d" % (TOPIC, PARTITIONS), "--topic",
            "vfs-item-updates:%d" % PARTITIONS, "--topic", TOPIC + ".dlq:1",
            "--address-file", address], os.path.join(self.dir, "broker.log"))
        wait_until("the broker is up", lambda: os.path.exists(address) and
                   os.path.getsize(address), 30, self.broker)

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
        worker = Process("vfs-ingest", [os.path.join(BUILD, "vfs-ingest")],
                         self.log, env=env)
        self.workers.append(worker)

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

    def committed(self):
        with Consumer(self.brokers, group="vfs") as consumer:
            return consumer.committed(TOPIC, PARTITIONS)

    def output(self):
        with open(self.log) as log:
            return log.read()


class Faults(Case):

    def test_transient_faults_delay_and_lose_nothing(self):
        for fault in (status(429), status(503), status(500), done_but(500),
                      reset, reset_after, short, slow, status(408),
                      done_but(504)):
            self.index.faults.extend([None, fault])

        worker = self.start()

        def go_on():
            self.send_events(20)
            return not self.index.faults

        wait_until("all faults have happened", go_on, 60, worker)
        self.await_stored(worker)
        self.assertEqual(self.index.overlaps, 0)
        self.assertEqual(worker.stop(), 0)
        self.assertEqual(self.committed(), self.offsets)
        self.assertEqual(self.letters(), [])

    def test_retry_after_is_honoured(self):
        times = []

        def limit(handler, body):
            times.append(time.monotonic())

            if len(times) > 1:
                return False

            return status(429, Retry_After="2")(handler, body)

        self.send(self.event("u1"))
        self.producer.flush()
        self.index.always = limit
        worker = self.start()
        wait_until("the user is stored",
                   lambda: self.index.vector("users", "user:u1"), 60, worker)

        by_lane = [t for t in times[1:] if t - times[0] < 1.9]
        # the items' lane is free meanwhile: one request of it at most
        self.assertLessEqual(len(by_lane), 1)

    def test_an_index_that_is_down_is_waited_for(self):
        url, port = self.index.url, self.index.port
        self.index.close()
        worker = self.start(PINECONE_INDEX_HOST=url)
        self.send_events(300)
        wait_until("the worker notices", lambda: "index_unavailable" in
                   self.output(), 60, worker)

        self.index = Index(dimension=16, port=port)
        self.await_stored(worker)
        self.assertEqual(self.letters(), [])

    def test_one_refused_record_in_many_is_a_dead_letter(self):
        self.index.always = refuse(self.index,
                                   lambda record: record["id"] == "user:bad")

        for i in range(500):
            self.send(self.event("u%d" % i if i != 250 else "bad"))

        self.producer.flush()
        worker = self.start()
        self.records_of_others()
        wait_until("the letter is there", lambda: len(self.letters()) == 1,
                   60, worker, every=0.5)
        wait_until("all others are stored",
                   lambda: self.index.count("users") == 499, 60, worker)
        wait_until("all is committed", lambda: self.committed()
                   == self.offsets, 60, worker, every=0.3)

        letter = self.letters()[0]
        bad = next(record for record in self.records
                   if record[3] == b"bad")
        self.assertEqual(letter.key, b"bad")
        self.assertEqual(letter.value, bad[4])
        self.assertEqual(letter.header("vfs-reason"), b"refused")
        self.assertEqual(letter.header("__connect.errors.offset"),
                         b"%d" % bad[1])

    def records_of_others(self):
        """Where a batch of 500 has been refused, it was halved."""

        wait_until("halves are sent", lambda: any(
            len(body.get("vectors", [])) == 1
            for _, _, body, _ in list(self.index.requests)), 60)

    def test_data_faults_are_dead_letters_with_both_dialects(self):
        bad = [('{"who":', "u1", "bad-json"),
               (json.dumps({"who": "u 1", "what": "i1", "how": "view"}),
                "u1", "bad-id"),
               (json.dumps({"who": "u1", "how": "view"}), "u1",
                "missing-field"),
               (json.dumps({"who": "u1", "what": "i1", "how": "view",
                            "when": "soon"}), "u1", "bad-time"),
               (None, "not an id", "bad-id")]

        self.send_events(50)

        for value, key, _ in bad:
            self.send(value, key)

        self.send_events(50)
        worker = self.start()
        self.await_stored(worker)
        wait_until("all letters are there",
                   lambda: len(self.letters()) == len(bad), 30, worker,
                   every=0.3)

        letters = {letter.header("vfs-reason"): letter
                   for letter in self.letters()}
        letter = letters[b"bad-json"]
        partition, offset, _, _, value = next(
            record for record in self.records if record[4] == b'{"who":')

        self.assertEqual(sorted(letter.header("vfs-reason").decode()
                                for letter in self.letters()),
                         sorted(reason for _, _, reason in bad))
        self.assertEqual(letter.value, value)
        self.assertEqual(letter.key, b"u1")
        headers = dict(letter.headers)
        self.assertTrue(headers.pop("kafka_dlt-exception-message"))
        self.assertTrue(headers.pop("__connect.errors.exception.message"))
        self.assertEqual(len(headers.pop("vfs-definition")), 16)
        self.assertEqual(headers, {
            "kafka_dlt-original-topic": TOPIC.encode(),
            "kafka_dlt-original-partition": struct.pack(">i", partition),
            "kafka_dlt-original-offset": struct.pack(">q", offset),
            "kafka_dlt-original-timestamp": struct.pack(">q", 1700000000000),
            "kafka_dlt-original-consumer-group": b"vfs",
            "__connect.errors.topic": TOPIC.encode(),
            "__connect.errors.partition": b"%d" % partition,
            "__connect.errors.offset": b"%d" % offset,
            "__connect.errors.stage": b"VALUE_CONVERTER",
            "vfs-reason": b"bad-json",
            "vfs-attempts": b"1"})

    def test_a_tombstone_deletes(self):
        worker = self.start()
        self.send(self.event("u1"))
        self.send(self.event("u2"))
        self.producer.flush()
        self.await_stored(worker)
        self.send(None, "u1")
        self.producer.flush()
        self.await_stored(worker)
        self.assertIsNone(self.index.vector("users", "user:u1"))


class Crashes(Case):

    def test_kill_at_any_moment(self):
        for _ in range(4):
            self.send_events(1500)
            worker = self.start()
            self.index.faults.extend([None] * self.random.randrange(6)
                                     + [slow, done_but(503)])
            wait_until("it is at work", lambda: self.index.requests, 60,
                       worker)
            time.sleep(self.random.random())
            worker.kill()
            self.index.requests.clear()

        worker = self.start()

        # all may be stored already, but for this worker to find out
        wait_until("it has its partitions", lambda: self.output().count(
            "partitions_assigned") >= 5, 60, worker)
        self.await_stored(worker)
        self.assertEqual(worker.stop(), 0)
        self.assertEqual(self.committed(), self.offsets)

    def test_sigterm_ends_it_though_kafka_has_gone(self):
        worker = self.start()
        self.send_events(200)
        self.await_stored(worker)
        self.broker.kill()
        self.assertEqual(worker.stop(), 0)

    def test_a_clean_stop_leaves_nothing_to_do(self):
        worker = self.start()
        self.send_events(500)
        self.await_stored(worker)
        self.assertEqual(worker.stop(), 0)
        self.assertEqual(self.committed(), self.offsets)

        self.index.requests.clear()
        worker = self.start()
        wait_until("it resumes", lambda: self.output().count(
            "partitions_assigned") == 2, 60, worker)
        self.send(self.event("fresh", "new"))
        self.producer.flush()
        self.await_stored(worker)

        idents = {record["id"] for _, _, body, _ in self.index.requests
                  for record in body["vectors"]}
        self.assertEqual(idents, {"user:fresh", "item:new"})

    def test_a_lost_disk_is_rebuilt_from_the_topic(self):
        worker = self.start()
        self.send_events(500)
        self.await_stored(worker)
        self.assertEqual(worker.stop(), 0)
        shutil.rmtree(os.path.join(self.dir, "data"))

        worker = self.start()
        self.send_events(200)
        self.await_stored(worker)
        self.assertIn("event=partition_rebuild", self.output())
        self.assertEqual(self.letters(), [])


class Starts(Case):

    def fails(self, expected, **settings):
        worker = self.start(**settings)
        self.assertEqual(worker.wait(60), 1)
        self.assertIn(expected, self.output())

    def test_settings_are_named(self):
        for name, value in (("KAFKA_BROKERS", ""),
                            ("PINECONE_INDEX_HOST", "127.0.0.1"),
                            ("VFS_GROUP", "a b"), ("VFS_LOG_LEVEL", "loud"),
                            ("VFS_DEFINITION", "/nonexistent"),
                            ("VFS_KAFKA_GROUP_ID", "x"),
                            ("VFS_KAFKA_NO_SUCH_THING", "1"),
                            ("VFS_STATS_URL", "nowhere"),
                            ("VFS_METRICS_ADDRESS", "9464"),
                            ("VFS_MAX_REQUESTS", "0")):
            with self.subTest(name):
                self.fails(name, **{name: value})

    def test_an_https_index_needs_a_key(self):
        self.fails("PINECONE_API_KEY is not set",
                   PINECONE_INDEX_HOST="https://index.example.com")

    def test_a_refused_key_stops(self):
        self.index.key = "right"
        self.fails("PINECONE_API_KEY", PINECONE_API_KEY="wr0ngsecret")
        self.assertNotIn("wr0ngsecret", self.output())

    def test_a_good_key_is_sent(self):
        self.index.key = "right"
        worker = self.start(PINECONE_API_KEY="right")
        self.send_events(10)
        self.await_stored(worker)

        _, _, _, headers = self.index.requests[0]
        self.assertEqual(headers["X-Pinecone-Api-Version"], "2026-04")
        self.assertEqual(headers["Content-Type"], "application/json")

    def test_another_dimension_stops(self):
        self.index.dimension = 3
        self.fails("dimension 3, the definition has 16")

    def test_two_workers_need_two_directories(self):
        worker = self.start()
        wait_until("it has started", lambda: "event=started" in self.output(),
                   60, worker)
        self.fails("give each worker of a machine a VFS_DATA of its own")

    def test_sigterm_ends_it_while_kafka_is_away(self):
        self.broker.kill()
        worker = self.start()
        wait_until("it waits", lambda: "event=waiting" in self.output(), 60,
                   worker)
        self.assertEqual(worker.stop(), 0)

    def test_check_says_what_is_wrong(self):
        env = dict(os.environ, KAFKA_BROKERS=self.brokers,
                   PINECONE_INDEX_HOST=self.index.url,
                   VFS_DEFINITION=self.definition)

        def check():
            return Process("check", [os.path.join(BUILD, "vfs-ingest"),
                                     "--check"], self.log, env=env).wait(60)

        self.assertEqual(check(), 0)
        self.index.dimension = 5
        self.assertEqual(check(), 1)
        self.assertIn("dimension 5, the definition has 16", self.output())
        self.index.close()
        self.assertEqual(check(), 1)
        self.assertIn("does not answer", self.output())
        self.index = Index(dimension=16)


def samples(text):
    """Prometheus text as a dictionary of sample and value."""

    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2])
            for line in text.splitlines() if not line.startswith("#")}


class Reports(Case):

    def scrape(self, path="/metrics"):
        address = re.search(r'event=metrics_served address="([^"]+)"',
                            self.output()).group(1)

        try:
            with urllib.request.urlopen("http://%s%s" % (address, path),
                                        timeout=10) as answer:
                return answer.status, answer.headers, answer.read().decode()

        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers, error.read().decode()

    def test_metrics_on_a_port_of_its_own(self):
        self.index.faults.extend([status(429), status(503), short])
        worker = self.start(VFS_METRICS_ADDRESS="127.0.0.1:0")
        self.send_events(100)
        self.send("{", "u1")
        self.producer.flush()
        self.await_stored(worker)

        def scraped():
            code, _, text = self.scrape()
            found = samples(text) if code == 200 else {}

            return found if found.get("vfs_ingest_pending_vectors") == 0 \
                and found.get("vfs_item_updates_total") == 100 else None

        found = wait_until("all is told", scraped, 60, worker)
        code, headers, text = self.scrape()
        self.assertEqual(headers["Content-Type"],
                         "text/plain; version=0.0.4")
        checked = subprocess.run(["promtool", "check", "metrics"], input=text,
                                 text=True, capture_output=True, timeout=60)
        self.assertEqual((checked.returncode, checked.stdout, checked.stderr),
                         (0, "", ""))

        expected = self.expected()
        stored = [sum(1 for space, _ in expected if space == name)
                  for name in ("users", "items")]
        self.assertEqual(found['vfs_events_consumed_total{topic="clicks"}'],
                         101)
        self.assertEqual(found["vfs_events_folded_total"], 100)
        self.assertEqual(found['vfs_dlq_total{reason="bad-json"}'], 1)
        self.assertEqual(found['vfs_dlq_total{reason="bad-id"}'], 0)
        self.assertEqual(found['vfs_retries_total{reason="limit"}'], 1)
        self.assertEqual(found['vfs_retries_total{reason="server_error"}'], 1)
        self.assertEqual(found['vfs_retries_total{reason="short_count"}'], 1)
        self.assertEqual(found["vfs_ingest_state_keys"], sum(stored))
        self.assertGreater(found["vfs_ingest_state_bytes"],
                           16 * 16 * sum(stored))
        self.assertEqual(sum(found['vfs_consumer_lag{partition="%d"}' % i]
                             for i in range(PARTITIONS)), 0)

        upserts = 'vfs_upserts_total{namespace="%s",result="%s"}'
        for name, least in zip(("users", "items"), stored):
            self.assertGreaterEqual(found[upserts % (name, "stored")], least)
        self.assertGreater(sum(found[upserts % (name, "retried")]
                               for name in ("users", "items")), 0)

        batches = found["vfs_upsert_batches_total"]
        sizes = [size for path, size, _, _ in self.index.requests]
        for name in ("seconds", "bytes"):
            self.assertEqual(found["vfs_upsert_batch_%s_count" % name],
                             batches)
        self.assertEqual(len(sizes), batches + 3)
        self.assertLess(found["vfs_upsert_batch_bytes_sum"], sum(sizes))
        self.assertEqual(found["vfs_event_to_stored_seconds_count"],
                         sum(found[upserts % (name, "stored")]
                             for name in ("users", "items")))

        self.assertEqual(self.scrape("/")[0], 404)

    def test_a_port_in_use_is_named(self):
        port = self.index.port
        worker = self.start(VFS_METRICS_ADDRESS="127.0.0.1:%d" % port)
        self.assertEqual(worker.wait(60), 1)
        self.assertIn("VFS_METRICS_ADDRESS: port %d is in use" % port,
                      self.output())

    def test_a_report_a_second(self):
        reports = []
        gateway = Index()
        gateway.report = reports.append

        try:
            worker = self.start(VFS_STATS_URL=gateway.url + "/stats/ingest")
            self.send_events(100)
            wait_until("all is reported", lambda: reports and reports[-1]
                       ["counters"]["item_updates"] == 100, 60, worker)
            wait_until("the end is reported", lambda: reports[-1]["gauges"]
                       ["pending"] == 0 and sum(reports[-1]["lag"].values())
                       == 0, 60, worker)

        finally:
            gateway.close()

        report = reports[-1]
        self.assertRegex(report["worker"], "^[A-Za-z0-9_.-]{1,64}$")
        self.assertEqual(len(report["definition"]), 16)
        self.assertEqual(report["counters"]["events"], 100)
        self.assertEqual(report["counters"]["folded"], 100)
        self.assertEqual(report["counters"]["dead_letters"], 0)
        self.assertEqual(set(report["lag"]), {"0", "1", "2"})
        self.assertEqual(report["gauges"]["state_keys"],
                         len(self.expected()))
        self.assertEqual(sum(count for _, count
                             in report["event_to_stored_us"]),
                         report["counters"]["upserts"])
        self.assertEqual(report["retries"]["limit"], 0)
        self.assertEqual(report["dead_letters"]["bad-json"], 0)
        self.assertEqual(sum(results["stored"] for results
                             in report["upserts"].values()),
                         report["counters"]["upserts"])
        self.assertEqual(sum(count for _, count in report["batch_us"]),
                         report["counters"]["batches"])


def main():
    global BUILD

    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    options, rest = parser.parse_known_args()
    BUILD = options.build

    end_on_signals()
    unittest.main(argv=[sys.argv[0], *rest])


if __name__ == "__main__":
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    main()
