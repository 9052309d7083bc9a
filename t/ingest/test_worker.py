"""The worker against faults of the index, crashes and wrong settings.

    test_worker.py --build DIR [TEST...]
"""

import json
import os
import shutil
import signal
import struct
import time

import case
from case import (Case, PARTITIONS, TOPIC, done_but, refuse, reset,
                  reset_after, short, slow, status)
from index import Index
from processes import Process, wait_until


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
        self.assert_logged()

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

        # all are folded in before one may be stored, so that they go at once
        refuse_bad = self.index.always
        self.index.always = status(503)
        worker = self.start()
        self.send(self.event("first"))
        self.producer.flush()
        wait_until("the index is asked", lambda: self.index.requests, 60,
                   worker)

        for i in range(500):
            self.send(self.event("u%d" % i if i != 250 else "bad"))

        self.producer.flush()
        wait_until("they are folded in", lambda: sum(self.producer.ends(
            "vfs-item-updates", PARTITIONS)) == 501, 60, worker)
        self.index.always = refuse_bad
        self.records_of_others()
        wait_until("the letter is there", lambda: len(self.letters()) == 1,
                   60, worker, every=0.5)
        wait_until("all others are stored",
                   lambda: self.index.count("users") == 500, 60, worker)
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

        # as a part of the batch, of its halves, and by itself
        sizes = [len(body["vectors"]) for _, _, body, _ in self.index.requests
                 if any(record["id"] == "user:bad"
                        for record in body.get("vectors", []))]
        refused = len(sizes)
        self.assertGreaterEqual(sizes[0], 500)
        self.assertGreaterEqual(refused, 10)
        self.assertEqual(letter.header("vfs-attempts"), b"%d" % refused)

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
                   lambda: len(self.letters()) == len(bad), 60, worker,
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

    def test_a_tombstone_deletes_an_item_for_good_and_not_for_ever(self):
        worker = self.start()
        stamp = 1700000000000

        def events(users, when):
            for user in users:
                self.send(dict(self.event(user, "gone"), when=when))

            self.producer.flush()
            self.await_stored(worker)

        events(("u1", "u2", "u3"), stamp - 1000)
        self.assertIsNotNone(self.index.vector("items", "item:gone"))
        self.send(None, "item:gone")
        self.producer.flush()
        self.await_stored(worker)
        self.assertIsNone(self.index.vector("items", "item:gone"))
        events(("u1", "u4"), stamp)
        self.assertIsNone(self.index.vector("items", "item:gone"))
        worker.kill()
        worker = self.start()
        events(("u2",), stamp + 1)
        self.assertEqual(self.index.vector("items", "item:gone")
                         ["metadata"]["vfs_count"], 1)
        self.assertEqual(self.letters(), [])


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

        # all may be stored already, but for this worker to find out
        worker = self.join()
        self.await_stored(worker)
        self.assertEqual(worker.stop(), 0)
        self.assertEqual(self.committed(), self.offsets)

    def test_sigterm_ends_it_though_kafka_has_gone(self):
        worker = self.start()
        self.send_events(200)
        self.await_stored(worker)
        self.broker.kill()
        self.assertEqual(worker.stop(), 0)

    def test_sigterm_ends_it_though_events_are_read_ahead(self):

        def ahead():
            """Whether it ended before it had folded in all it could read."""

            self.send_events(30000)
            worker = self.start()

            def end(handler, body):
                worker.send(signal.SIGTERM)
                return False

            self.index.faults.append(end)
            self.assertEqual(worker.wait(60), 0)
            self.assertEqual(len(self.index.faults), 0)

            return sum(self.committed()) < sum(self.offsets)

        # on a busy machine it may be done before the signal arrives
        self.assertTrue(any(ahead() for _ in range(5)))

        worker = self.start()
        self.await_stored(worker)

    def test_a_former_owner_that_wakes_sends_nothing(self):
        """What it had to send when it was stopped is out of date by then."""

        late = []

        def refuse_all(handler, body):
            if first.woken and self.assigned() == 2:
                late.append(body)

            return status(503)(handler, body)

        self.index.always = refuse_all
        first = self.start()
        first.woken = False
        self.send_events(50)
        wait_until("the first has something to send",
                   lambda: "index_unavailable" in self.output(), 60, first)
        first.suspend()

        others = Index(dimension=16)
        self.addCleanup(others.close)
        second = self.start("second", PINECONE_INDEX_HOST=others.url)
        wait_until("the second has stored it", lambda: others.count()
                   == len(self.expected()), 90, second, every=0.3)
        first.woken = True
        first.resume()
        wait_until("the first has partitions again", lambda: self.assigned()
                   >= 3, 60, first)
        self.assertIn("event=partitions_lost", self.output())
        self.assertEqual(late, [])

    def test_a_clean_stop_leaves_nothing_to_do(self):
        worker = self.start()
        self.send_events(500)
        self.await_stored(worker)
        self.assertEqual(worker.stop(number=signal.SIGQUIT), 0)
        self.assertEqual(self.committed(), self.offsets)

        self.index.requests.clear()
        worker = self.join()
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
                            ("VFS_KAFKA_group.id", "x"),
                            ("VFS_KAFKA_Transactional_Id", "x"),
                            ("VFS_KAFKA_DELIVERY_REPORT_ONLY_ERROR", "true"),
                            ("VFS_KAFKA_NO_SUCH_THING", "1"),
                            ("VFS_STATS_URL", "nowhere"),
                            ("VFS_METRICS_ADDRESS", "9464"),
                            ("VFS_FEATURE_LOG", "yes"),
                            ("VFS_MAX_REQUESTS", "0")):
            with self.subTest(name):
                self.fails(name, **{name: value})

    def config(self, text):
        path = os.path.join(self.dir, "worker.conf")

        with open(path, "w") as file:
            file.write(text)

        return path

    def test_a_file_of_settings_is_checked_by_the_line(self):
        for text, expected in (
                ("nonsense", ":1: expected a name"),
                ("# a\n\nkafka.no.such = 1", ':3: librdkafka has no property '
                 '"no.such"'),
                ("kafka.linger.ms = s3cret", ":1: not a value"),
                ("kafka.group.id = x", ":1: kafka.group.id cannot be set: set "
                 "VFS_GROUP"),
                ("VFS_GROUP =", ":1: VFS_GROUP has no value"),
                ("VFS_GRUOP = a", ':1: no setting is called "VFS_GRUOP"'),
                ("PINECONE_API_KEY = s3cret", "PINECONE_API_KEY_FILE"),
                ("VFS_GROUP = a\n VFS_GROUP = b", ":2: set before, in line 1"),
                ("\nVFS_GROUP = a b", ":2: VFS_GROUP is"),
                ("kafka.sasl.password = " + "s3cret" * 700, ":1: the line is "
                 "longer than 4096"),
                ("kafka.%s = 1" % ("x" * 130), ":1: the name is too long")):
            with self.subTest(text[:40]):
                self.fails(expected, VFS_CONFIG=self.config(text))

        self.fails("VFS_CONFIG: cannot open", VFS_CONFIG="/nonexistent")
        self.assertNotIn("s3cret", self.output())

    def test_a_file_of_settings_comes_after_the_environment(self):
        path = self.config("# the worker's\n"
                           "VFS_GROUP = from-the-file\n"
                           "PINECONE_INDEX_HOST=http://127.0.0.1:9\n"
                           "  kafka.client.id  =  told by the file  \n"
                           "kafka.session.timeout.ms = 7000\n")
        worker = self.start(VFS_CONFIG=path,
                            VFS_KAFKA_DEBUG="conf", VFS_LOG_LEVEL="debug")
        self.send_events(20)
        self.await_stored(worker)
        self.assertIn("group=from-the-file", self.output())
        self.assertIn("client.id = told by the file", self.output())
        self.assertIn("session.timeout.ms = 6000", self.output())
        self.assertEqual(worker.stop(), 0)

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

    def leave(self, *idents):
        """Vectors of users that another definition has left behind."""

        for ident in idents:
            self.index.records["users", ident] = {
                "id": ident, "values": [1] * 16,
                "metadata": {"vfs_definition": "0123456789abcdef"}}

    def test_vectors_of_another_definition_alone_stop(self):
        self.leave("user:old1", "user:old2")
        self.fails("features.user.namespace: the index holds vectors of the "
                   "definition 0123456789abcdef in users (user:old1 is one; "
                   "none of the 2 looked at is of this one")

    def test_remnants_of_another_definition_are_warned_of(self):
        worker = self.start()
        self.send_events(50)
        self.await_stored(worker)
        self.assertEqual(worker.stop(), 0)

        self.leave("user:Aold", "user:Bold")
        self.join("another-machine")
        self.assertIn("event=vectors_of_another_definition namespace=users "
                      "id=user:Aold definition=0123456789abcdef",
                      self.output())

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
            return Process("check", [os.path.join(self.build, "vfs-ingest"),
                                     "--check"], self.log, env=env).wait(60)

        self.assertEqual(check(), 0)
        env["VFS_DATA"] = os.path.join(self.definition, "data")
        self.assertEqual(check(), 1)
        self.assertIn('VFS_DATA: "%s" is no directory' % self.definition,
                      self.output())
        env["VFS_DATA"] = os.path.join(self.dir, "not", "yet")
        self.assertEqual(check(), 0)
        self.index.dimension = 5
        self.assertEqual(check(), 1)
        self.assertIn("dimension 5, the definition has 16", self.output())
        self.index.close()
        self.assertEqual(check(), 1)
        self.assertIn("does not answer", self.output())
        self.index = Index(dimension=16)


if __name__ == "__main__":
    case.main()
