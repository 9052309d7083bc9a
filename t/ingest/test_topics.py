"""What happens to the worker's topics while it runs, on Apache Kafka.

    test_topics.py --build DIR --kafka JARS
"""

import os
import re
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE]

import test_group                                   # noqa: E402
from case import PARTITIONS, TOPIC                  # noqa: E402
from index import Index                             # noqa: E402
from processes import wait_until                    # noqa: E402

# More in each partition than is read before reading pauses.
USERS = 90000


class Topics(test_group.Kafka):

    def await_committed(self, worker, timeout=90):
        wait_until("all is committed", lambda: self.committed()
                   == self.offsets, timeout, worker, every=0.3)

    def test_retention_passes_a_worker_that_waits(self):
        port = self.index.port
        worker = self.start()
        self.send_events(50)
        self.await_stored(worker)
        self.index.close()

        for n in range(USERS):
            self.send(self.event("w%d" % n))

        self.producer.flush()
        wait_until("reading is paused", lambda: "event=reading_paused"
                   in self.output(), 60, worker)

        for partition, end in enumerate(self.offsets):
            self.producer.delete_records(TOPIC, partition, end - 10)

        self.index = Index(dimension=16, port=port)

        def lost():
            return set(re.findall("event=history_lost topic=%s partition=(.) "
                                  % TOPIC, self.output()))

        wait_until("the loss is said", lambda: len(lost()) == PARTITIONS, 90,
                   worker)
        self.await_committed(worker)
        self.send(self.event("after"))
        self.producer.flush()
        wait_until("the worker goes on",
                   lambda: self.index.vector("users", "user:after"), 60,
                   worker)
        self.assertEqual(worker.stop(), 0)
        self.assertEqual(self.letters(), [])

    def test_a_letter_too_large_for_its_topic_is_cut(self):
        self.producer.create_topic(TOPIC + ".dlq", 1,
                                   {"max.message.bytes": "1500"})
        worker = self.start()
        self.send("x" * 1500, "u1")
        self.send("x", "k" * 1500)
        self.send(self.event("u1"))
        self.producer.flush()
        self.await_stored(worker)
        self.await_committed(worker)
        self.assertEqual(worker.stop(), 0)
        self.assertEqual(
            sorted((letter.key or b"", letter.value or b"",
                    letter.header("vfs-reason")) for letter in self.letters()),
            [(b"", b"", b"bad-json"), (b"u1", b"", b"bad-json")])

    def test_more_partitions_stop_the_group(self):
        said = "error=\"topic %s has %d partitions, but had %d when the group vfs " \
               "began" % (TOPIC, PARTITIONS + 2, PARTITIONS)
        worker = self.start()
        self.send_events(50)
        self.await_stored(worker)
        self.await_committed(worker)

        # while it runs, and when it comes back
        self.producer.create_partitions(TOPIC, PARTITIONS + 2)
        self.assertEqual(worker.wait(60), 1)
        self.assertEqual(self.output().count(said), 1)
        self.assertEqual(self.start().wait(60), 1)
        self.assertEqual(self.output().count(said), 2)
        self.assertEqual(self.start("other").wait(60), 1)

        # the way out that is named
        worker = self.join(VFS_GROUP="again")
        self.await_stored(worker)
        self.assertEqual(worker.stop(), 0)

    def make_again(self, partitions):
        """Another topic of the same name."""

        self.producer.delete_topic(TOPIC)

        def made():
            self.producer.create_topic(TOPIC, partitions)
            return self.producer.topics().get(TOPIC) == partitions

        wait_until("the topic is there again", made, 60, every=0.2)
        self.offsets = [0] * partitions
        self.records = []

    def test_a_topic_that_is_made_again_stops_its_worker(self):
        worker = self.start()
        self.send_events(300)
        self.await_stored(worker)
        self.await_committed(worker)
        self.make_again(PARTITIONS)
        self.send_events(10)
        self.assertEqual(worker.wait(60), 1)

        # the latter where the group saw that it was missing
        self.assertRegex(self.output(), "error=\"topic %s, partition [0-9] "
                         "(begins anew at offset [0-9]+, but was read up to "
                         "[0-9]+|ends at offset [0-9]+, but events up to "
                         "[0-9]+ are already folded in): the topic was "
                         "deleted and made again" % TOPIC)

        # the way out that is named; nobody deletes what the new one lacks
        self.index.records.clear()
        worker = self.start(VFS_GROUP="again")
        self.await_stored(worker)
        self.assertEqual(worker.stop(), 0)

    def test_a_topic_that_was_made_again_with_more_partitions(self):
        worker = self.start()
        self.send_events(50)
        self.await_stored(worker)
        self.await_committed(worker)
        self.assertEqual(worker.stop(), 0)

        # it grows past what was read of the old one
        self.make_again(PARTITIONS + 2)
        self.send_events(1000)
        self.assertEqual(self.start().wait(60), 1)
        self.assertEqual(self.start("other").wait(60), 1)
        self.assertEqual(self.output().count(
            "error=\"topic %s has %d partitions, but had %d when the group "
            "vfs began" % (TOPIC, PARTITIONS + 2, PARTITIONS)), 2)


if __name__ == "__main__":
    test_group.main("Topics")
