"""Two workers share Apache Kafka's partitions; they die, come back and hang.

    test_group.py --build DIR --kafka JARS
"""

import argparse
import os
import signal
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "kafka"), HERE]

from case import Case, PARTITIONS, TOPIC            # noqa: E402
from broker import KafkaBroker                      # noqa: E402
from processes import end_on_signals, wait_until    # noqa: E402
from rdkafka import Producer                        # noqa: E402

KAFKA = None


class Kafka(Case):
    """Apache Kafka in place of the broker in memory."""

    def setUp(self):
        super().setUp()
        self.kafka_dir = tempfile.TemporaryDirectory(prefix="vfs-kafka-")
        self.addCleanup(self.kafka_dir.cleanup)
        kafka = KafkaBroker(KAFKA, self.kafka_dir.name)
        self.addCleanup(kafka.kill)
        kafka.start()
        self.producer.close()
        self.brokers = kafka.address
        self.producer = Producer(self.brokers)
        self.producer.create_topic(TOPIC, PARTITIONS)


class Group(Kafka):

    def await_rebalance(self, worker, before):
        wait_until("both have partitions",
                   lambda: self.assigned() >= before + 2, 90, worker)

    def test_partitions_move_and_nothing_is_lost_or_doubled(self):
        first = self.start("first")
        self.send_events(2000)
        wait_until("the first is at work", lambda: self.index.requests, 60,
                   first)

        before = self.assigned()
        second = self.start("second")
        self.await_rebalance(second, before)
        self.send_events(2000)
        first.kill()
        self.send_events(2000)
        self.await_stored(second)

        before = self.assigned()
        first = self.start("first")
        self.await_rebalance(first, before)
        self.send_events(1000)
        self.await_stored(first)

        # stopped beyond its session, it wakes as a former owner
        before = self.assigned()
        second.send(signal.SIGSTOP)
        self.send_events(2000)
        wait_until("its partitions go to the first", lambda: self.assigned()
                   > before, 90, first)
        second.send(signal.SIGCONT)
        self.send_events(500)
        self.await_stored(first)
        self.assertIn("event=partitions_lost", self.output())

        self.assertEqual(first.stop(), 0)
        self.assertEqual(second.stop(), 0)
        self.assertEqual(self.committed(), self.offsets)
        self.assertTrue(self.is_stored())


def main(name):
    global KAFKA

    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    parser.add_argument("--kafka", required=True)
    options, rest = parser.parse_known_args()
    KAFKA = options.kafka
    Case.build = options.build

    end_on_signals()
    unittest.main(argv=[sys.argv[0], *(rest or [name])])


if __name__ == "__main__":
    main("Group")
