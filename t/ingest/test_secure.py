"""The worker over SASL and TLS, against Apache Kafka itself.

    test_secure.py --build DIR --kafka JARS
"""

import argparse
import os
import sys
import tempfile
import unittest

from case import Case, PARTITIONS, TOPIC
import broker
from processes import Process, end_on_signals, wait_until
from rdkafka import ACL_DESCRIBE, ACL_READ, Producer

KAFKA = None

CONFIG = """\
KAFKA_BROKERS = {brokers}
kafka.security.protocol = sasl_ssl
kafka.sasl.mechanism = PLAIN
kafka.sasl.username = {user}
kafka.sasl.password = {password}
kafka.ssl.ca.location = {certificate}
"""


class Secure(Case):

    def setUp(self):
        super().setUp()
        directory = tempfile.TemporaryDirectory(prefix="vfs-kafka-")
        self.addCleanup(directory.cleanup)
        self.kafka = broker.KafkaBroker(KAFKA, directory.name, secure=True)
        self.addCleanup(self.kafka.kill)
        self.kafka.start()
        self.producer.close()
        self.brokers = self.kafka.address
        self.producer = Producer(self.brokers)
        self.producer.create_topic(TOPIC, PARTITIONS)

    def config(self, **changes):
        path = os.path.join(self.dir, "worker.conf")
        values = {"brokers": self.kafka.secure_address, "user": broker.USER,
                  "password": broker.PASSWORD,
                  "certificate": self.kafka.certificate}
        values.update(changes)

        with open(path, "w") as file:
            file.write(CONFIG.format(**values))

        return path

    def check(self, path):
        env = dict(os.environ, VFS_DEFINITION=self.definition,
                   PINECONE_INDEX_HOST=self.index.url)
        env.pop("KAFKA_BROKERS", None)

        return Process("check", [os.path.join(self.build, "vfs-ingest"),
                                 "--config", path, "--check"], self.log,
                       env=env).wait(60)

    def test_events_come_and_letters_go_by_sasl_and_tls(self):
        path = self.config()
        self.assertEqual(self.check(path), 0, self.output())

        self.send_events(300)
        self.send("{", "u1")
        self.producer.flush()
        worker = self.start(KAFKA_BROKERS=None, VFS_CONFIG=path)
        self.await_stored(worker)
        wait_until("the letter is there", lambda: len(self.letters()) == 1,
                   60, worker, every=0.5)
        self.assertEqual(worker.stop(), 0)
        self.assertEqual(self.committed(), self.offsets)

        self.wrong(self.config(password="wr0ngsecret"), "uthentication failed")
        self.assertNotIn("wr0ngsecret", self.output())
        self.assertNotIn(broker.PASSWORD, self.output())

        # a certificate that another authority signed
        self.wrong(self.config(certificate="/etc/ssl/certs/ca-certificates"
                               ".crt"), "certificate verify failed")

    def test_a_topic_that_may_not_be_read_stops(self):
        path = self.config()
        worker = self.start(KAFKA_BROKERS=None, VFS_CONFIG=path)
        self.send_events(50)
        self.await_stored(worker)
        self.producer.deny(broker.USER, TOPIC, ACL_READ)
        self.assertEqual(worker.wait(60), 1)
        self.assertIn("Kafka does not let the worker read", self.output())

        # nor one that may not even be seen
        said = "Kafka does not let this user see topic " + TOPIC
        self.producer.deny(broker.USER, TOPIC, ACL_DESCRIBE)
        worker = self.start(KAFKA_BROKERS=None, VFS_CONFIG=path)
        self.assertEqual(worker.wait(60), 1)
        self.assertIn("event=stopped error=\"" + said, self.output())
        self.wrong(path, "vfs-ingest: " + said)
        self.assertNotIn("start Kafka", self.output())

    def wrong(self, path, expected):
        before = len(self.output())
        self.assertEqual(self.check(path), 1)
        self.assertIn(expected, self.output()[before:])


def main():
    global KAFKA

    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    parser.add_argument("--kafka", required=True)
    options, rest = parser.parse_known_args()
    KAFKA = options.kafka
    Case.build = options.build

    end_on_signals()
    unittest.main(argv=[sys.argv[0], *rest])


if __name__ == "__main__":
    main()
