"""Vectors of models: the worker against a scripted model, an index and a
broker in memory; the reference recomputes from what the worker recorded.

    test_models.py --build DIR [TEST...]
"""

import copy
import json
import math
import os
import shutil
import subprocess
import time

import case
import lmdb_file
from case import Case
from model import Model
from processes import Process, wait_until
from vfs_reference import Reference

DIMENSION = case.DEFINITION["dimension"]


def definition(protocol, url, **service):
    """Users by a model, items by their users and another text of it."""

    made = copy.deepcopy(case.DEFINITION)
    source = {"type": "model", "protocol": protocol, "model": "toy",
              "fields": ["title", "what"],
              "service": dict({"url": url, "batch": 8, "timeout": "2s"},
                              **service)}

    if protocol == "openai":
        source["dimensions"] = True

    if protocol == "kserve":
        source.update(version="7", input="text")

    made["sources"] = {"text": source, "own": dict(source, fields=["what"])}
    made["features"]["user"]["source"] = "text"
    made["features"]["item"]["prior"]["source"] = "own"

    return made


def status(code, **headers):
    def fault(handler, texts):
        handler.reply(code, {"error": "not now"}, **headers)
        return True

    return fault


def spoil(change):
    def fault(handler, texts):
        handler.answer(texts, change)
        return True

    return fault


def too_late(handler, texts):
    time.sleep(2.5)
    return False


def reset(handler, texts):
    handler.reset()
    return True


def page(handler, texts):
    body = b"<html>maintenance</html>"
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)
    return True


def refuse(part):
    """400 for a request with a text that holds "part"."""

    def fault(handler, texts):
        if any(part in text for text in texts):
            handler.reply(400, {"error": "Validation"})
            return True

        return False

    return fault


def no_numbers(part):
    """NaN, as Python's json writes it, for such a text."""

    def fault(handler, texts):
        handler.answer(texts, lambda vectors: [
            [math.nan] * DIMENSION if part in text else vector
            for text, vector in zip(texts, vectors)])
        return True

    return fault


class ModelCase(Case):

    protocol = "openai"

    def setUp(self):
        super().setUp()
        self.model = Model(DIMENSION)
        self.define(self.protocol)

    def tearDown(self):
        super().tearDown()
        self.model.close()

    def define(self, protocol, **service):
        self.made = definition(protocol, self.model.url, **service)

        with open(self.definition, "w") as file:
            json.dump(self.made, file)

    def recorded(self):
        directory = os.path.join(self.dir, "data", "recorded")

        return lmdb_file.read(directory) if os.path.exists(
            os.path.join(directory, "data.mdb")) else {}

    def reference(self):
        reference = Reference(json.dumps(self.made), self.recorded())
        reference.feed(self.records)

        return reference

    def is_stored(self):
        try:
            return super().is_stored()

        except KeyError:        # not all is recorded yet
            return False


class Protocols(ModelCase):

    def test_openai(self):
        self.vectors("openai")

    def test_tei(self):
        self.vectors("tei")

    def test_kserve(self):
        self.vectors("kserve")

    def vectors(self, protocol):
        """Every fault once, then every vector to the bit."""

        self.define(protocol)

        for fault in (status(500), status(429), status(429, Retry_After="1"),
                      status(503), reset, page, too_late,
                      spoil(lambda vectors: vectors[1:]),
                      spoil(lambda vectors: vectors + vectors)):
            self.model.faults.extend([None, fault])

        worker = self.start()

        def go_on():
            self.send_events(30)
            return not self.model.faults

        wait_until("all faults have happened", go_on, 90, worker, every=0.2)
        self.await_stored(worker)

        # each text was answered once, in requests of several
        recorded = self.recorded()
        asked = set(self.model.texts())
        self.assertEqual(len(recorded), len(asked))
        self.assertTrue(any(len(texts) > 1 for texts in self.model.requests))
        self.assertTrue(all(len(texts) <= 8 for texts in self.model.requests))
        self.assertEqual(self.letters(), [])
        self.assertEqual(worker.stop(), 0)
        self.assertEqual(self.committed(), self.offsets)
        self.assertIn("event=model_available", self.output())


class Faults(ModelCase):

    def test_a_refused_text_is_a_dead_letter(self):
        self.model.always = refuse("poison")
        self.poisoned("text_refused")

    def test_a_text_without_numbers_is_a_dead_letter(self):
        self.model.always = no_numbers("poison")
        self.poisoned("text_refused")

    def poisoned(self, event):
        for i in range(40):
            self.send(self.event("u%d" % i))

        self.send(dict(self.event("bad"), title="a poison of its own"))

        for i in range(40):
            self.send(self.event("u%d" % i))

        self.producer.flush()
        worker = self.start()
        self.await_stored(worker)
        wait_until("the letter is there", lambda: self.letters(), 60, worker,
                   every=0.3)

        letter, = self.letters()
        self.assertEqual(letter.key, b"bad")
        self.assertEqual(letter.header("vfs-reason"), b"model-refused")
        self.assertNotIn(b"poison", letter.header(
            "__connect.errors.exception.message"))
        self.assertIn("event=" + event, self.output())
        self.assertNotIn("poison", self.output())
        self.assertEqual(self.reference().dead_letters, {
            next(record[:2] for record in self.records
                 if record[3] == b"bad"): "model-refused"})

        # neither is it asked about again, by whoever folds the topic again
        asked = len(self.model.texts())
        self.assertEqual(worker.stop(), 0)
        shutil.rmtree(os.path.join(self.dir, "data", "ingest"))
        self.index.records.clear()
        worker = self.start(VFS_GROUP="again")
        self.await_stored(worker)
        self.assertEqual(len(self.model.texts()), asked)

    def test_retry_after_is_honoured(self):
        times = []

        def limit(handler, texts):
            if texts == ["vfs"]:
                return False

            times.append(time.monotonic())

            return len(times) == 1 and status(429, Retry_After="2")(handler,
                                                                    texts)

        self.made["features"].pop("item")
        self.made["sources"].pop("own")

        with open(self.definition, "w") as file:
            json.dump(self.made, file)

        self.model.always = limit
        worker = self.start()
        self.send(self.event("u1"))
        self.producer.flush()
        wait_until("the user is stored",
                   lambda: self.index.vector("users", "user:u1"), 60, worker)
        self.assertGreaterEqual(times[1] - times[0], 2)

    def test_a_long_outage_keeps_the_worker_in_its_group(self):
        """Longer than a session and than Kafka lets a consumer be silent."""

        self.model.always = status(503)
        worker = self.start(VFS_KAFKA_MAX_POLL_INTERVAL_MS="6000")
        self.send_events(50)
        wait_until("reading is paused", lambda: "event=reading_paused for="
                   "model" in self.output(), 60, worker)
        time.sleep(8)       # what is waited for is that nothing happens
        self.model.always = None
        self.await_stored(worker)
        self.assertEqual(self.output().count("event=partitions_assigned"), 1)
        self.assertNotIn("event=membership_unknown", self.output())
        self.assertNotIn("event=partitions_revoked", self.output())
        self.assertEqual(self.letters(), [])
        self.assertEqual(worker.stop(), 0)

    def test_what_was_paused_goes_on_after_a_rebalance(self):
        self.model.always = status(503)
        first = self.start(VFS_DRAIN_MS="1000")
        self.send_events(50)
        wait_until("reading is paused", lambda: "event=reading_paused for="
                   "model" in self.output(), 60, first)

        # both record in one place, where the reference reads, too
        os.mkdir(os.path.join(self.dir, "second"))
        os.symlink(os.path.join("..", "data", "recorded"),
                   os.path.join(self.dir, "second", "recorded"))
        second = self.start("second", VFS_DRAIN_MS="1000")
        wait_until("both have partitions", lambda: self.output().count(
            "event=partitions_assigned") >= 3, 90, second)
        self.model.always = None
        self.send_events(50)
        self.await_stored(first)
        self.assertEqual(self.letters(), [])

    def test_sigterm_ends_it_while_the_model_is_down(self):
        worker = self.start()
        self.send_events(20)
        self.await_stored(worker)
        self.model.always = status(503)
        self.send(dict(self.event(), title="never asked before"))
        self.producer.flush()
        wait_until("it waits", lambda: "event=model_unavailable" in
                   self.output(), 60, worker)
        self.assertEqual(worker.stop(), 0)

        # and the event is not lost
        self.model.always = None
        worker = self.start()
        self.await_stored(worker)


class Crashes(ModelCase):

    def test_kill_and_read_the_same_bytes(self):
        def slow(handler, texts):
            time.sleep(0.05)
            return False

        self.model.always = slow

        for _ in range(4):
            self.send_events(150)
            before = self.recorded()
            asked = len(self.model.texts())
            worker = self.start()
            wait_until("the model is asked", lambda: len(self.model.texts())
                       > asked + 10, 60, worker, every=0.01)
            time.sleep(0.3 * self.random.random())
            worker.kill()

            # what was recorded stays, whatever the model says later
            after = self.recorded()
            self.assertEqual({key: after[key] for key in before}, before)

        worker = self.start()
        self.await_stored(worker)
        self.assertEqual(worker.stop(), 0)
        self.assertEqual(self.committed(), self.offsets)

        # the states are lost, the answers are not
        shutil.rmtree(os.path.join(self.dir, "data", "ingest"))
        self.index.records.clear()
        asked = len(self.model.texts())
        worker = self.start(VFS_GROUP="again")
        self.await_stored(worker)
        self.assertEqual(len(self.model.texts()), asked)


class Tools(ModelCase):

    def run_tool(self, name, *arguments):
        env = dict(os.environ, KAFKA_BROKERS=self.brokers,
                   PINECONE_INDEX_HOST=self.index.url,
                   VFS_DATA=os.path.join(self.dir, "data"),
                   VFS_DEFINITION=self.definition)
        found = subprocess.run([os.path.join(Case.build, name), *arguments],
                               env=env, capture_output=True, text=True,
                               timeout=60, check=False)
        self.assertEqual(found.returncode, 0, found.stderr)

        return found.stdout

    def test_a_dry_run_records_nothing_and_reads_what_is_recorded(self):
        self.model.always = refuse("poison")
        self.send_events(30)
        self.send(dict(self.event("bad"), title="a poison of its own"))
        self.producer.flush()
        dry = self.run_tool("vfs-ingest", "--dry-run", "31").splitlines()
        users = {record[3] for record in self.records} - {b"bad"}
        self.assertEqual(sum('"id":"user:' in line for line in dry),
                         len(users))
        self.assertEqual(self.recorded(), {})

        worker = self.start()
        self.await_stored(worker)
        asked = len(self.model.texts())
        dry = map(json.loads, self.run_tool("vfs-ingest", "--dry-run",
                                            "31").splitlines())
        self.assertEqual(
            {(record["namespace"], record["id"]): case.float_bits(
                record["values"]) for record in dry},
            {key: case.float_bits(record["values"])
             for key, record in self.index.records.items()})

        # so do the tools for training
        user = self.records[0][3].decode()
        explained = json.loads(self.run_tool("vfs-train", "explain",
                                             "user:" + user, "--json"))
        self.assertEqual(len(explained["events"]), sum(
            record[3] == user.encode() for record in self.records))
        self.assertEqual(len(self.model.texts()), asked)


class Starts(ModelCase):

    def fails(self, expected, **settings):
        worker = self.start(**settings)
        self.assertEqual(worker.wait(60), 1)
        self.assertIn(expected, self.output())

    def test_a_refused_key_stops(self):
        self.model.key = "right"
        self.fails("VFS_MODEL_API_KEY", VFS_MODEL_API_KEY="wr0ngsecret")
        self.assertNotIn("wr0ngsecret", self.output())
        self.assertNotIn("right", self.output())

    def test_a_key_from_a_file_is_sent(self):
        path = os.path.join(self.dir, "key")

        with open(path, "w") as file:
            file.write("right\n")

        self.model.key = "right"
        worker = self.start(VFS_MODEL_API_KEY_FILE=path)
        self.send_events(10)
        self.await_stored(worker)

    def test_another_dimension_stops(self):
        self.model.dimension = 3
        self.define("tei")
        self.fails("vectors of 3 components, the definition has the "
                   "dimension 16")

    def test_an_unknown_model_stops(self):
        made = definition("kserve", self.model.url)
        made["sources"]["text"]["version"] = "8"

        with open(self.definition, "w") as file:
            json.dump(made, file)

        self.fails("/v2/models/toy/versions/8/infer answers sources.text "
                   "with status 404")

    def test_a_model_that_is_down_is_waited_for(self):
        port = self.model.port
        self.model.close()
        worker = self.start()
        self.send_events(20)
        wait_until("the worker notices", lambda: "event=model_unavailable" in
                   self.output(), 60, worker)
        self.model = Model(DIMENSION, port=port)
        self.await_stored(worker)

    def test_check_says_what_is_wrong(self):
        env = dict(os.environ, KAFKA_BROKERS=self.brokers,
                   PINECONE_INDEX_HOST=self.index.url,
                   VFS_DEFINITION=self.definition)

        def check(**more):
            return subprocess.run(
                [os.path.join(Case.build, "vfs-ingest"), "--check"],
                env=dict(env, **more), capture_output=True, text=True,
                timeout=60, check=False)

        self.assertEqual(check().returncode, 0)
        self.assertIn("has dimension 16, the definition has 384", check(
            VFS_DEFINITION="docs/examples/model.json").stdout)
        self.model.key = "right"
        found = check()
        self.assertEqual(found.returncode, 1)
        self.assertIn("refuses the key (status 401): set VFS_MODEL_API_KEY",
                      found.stdout)
        self.assertEqual(check(VFS_MODEL_API_KEY="right").returncode, 0)
        self.model.key = None
        self.model.dimension = 5
        self.define("tei")
        found = check()
        self.assertEqual(found.returncode, 1)
        self.assertIn("vectors of 5 components, the definition has the "
                      "dimension 16", found.stdout)
        self.model.close()
        found = check()
        self.assertEqual(found.returncode, 1)
        self.assertIn("does not answer", found.stdout)
        self.model = Model(DIMENSION)


if __name__ == "__main__":
    case.main()
