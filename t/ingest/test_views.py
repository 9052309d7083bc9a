"""What the worker tells: --dry-run, reports and metrics.

    test_views.py --build DIR [TEST...]
"""

import json
import os
import re
import subprocess
import urllib.error
import urllib.request

import case
from case import (Case, DEFINITION, PARTITIONS, TOPIC, float_bits, short,
                  status)
from index import Index
from processes import wait_until


class DryRun(Case):

    def dry_run(self, count, **settings):
        env = dict(os.environ, KAFKA_BROKERS=self.brokers,
                   VFS_DEFINITION=self.definition,
                   VFS_DATA=os.path.join(self.dir, "data"),
                   PINECONE_INDEX_HOST=self.index.url, **settings)

        return subprocess.run([os.path.join(self.build, "vfs-ingest"), "--dry-run",
                               str(count)], env=env, text=True, timeout=60,
                              capture_output=True)

    def records_of(self, run):
        self.assertEqual((run.returncode, run.stderr.count("\n")), (0, 1),
                         run.stderr)
        records = [json.loads(line) for line in run.stdout.splitlines()]

        return {(record["namespace"], record["id"]): record
                for record in records}

    def assert_expected(self, found):
        expected = self.expected()
        self.assertEqual(set(found), set(expected))

        for key, record in expected.items():
            self.assertEqual(float_bits(found[key]["values"]), record.values)
            self.assertEqual(found[key]["metadata"], record.metadata)

    def test_it_prints_what_would_be_stored_and_writes_nothing(self):
        self.send_events(200)
        self.send(None, "u1")
        self.producer.flush()
        before = sorted(os.listdir(self.dir))
        run = self.dry_run(1000)
        self.assertIn("of 201 events 201 folded, 0 ignored, 0 at fault",
                      run.stderr)
        self.assert_expected(self.records_of(run))
        self.assertEqual(sorted(os.listdir(self.dir)), before)
        self.assertEqual(self.index.requests, [])
        self.assertEqual(self.letters(), [])

        self.assertEqual(sum(self.producer.ends("vfs-item-updates",
                                                PARTITIONS)), 0)
        self.assertEqual(self.committed(), [0] * PARTITIONS)

    def test_the_oldest_events_of_the_first_partition_come_first(self):
        self.send_events(100)
        first = [record for record in self.records if record[0] == 0]
        self.assertGreater(len(first), 10)
        run = self.dry_run(10)
        self.assertIn("of 10 events", run.stderr)
        self.records = first[:10]
        self.assert_expected(self.records_of(run))

    def test_faults_are_said_with_their_place(self):
        self.send_events(3)
        self.send("{", "u1")
        self.producer.flush()
        run = self.dry_run(100)
        partition, offset = self.records[-1][:2]
        self.assertEqual(run.returncode, 0)
        self.assertIn("partition %d, offset %d: bad-json: "
                      % (partition, offset), run.stderr)
        self.assertIn("3 folded, 0 ignored, 1 at fault", run.stderr)

    def test_wrong_counts(self):
        for count in ("0", "-1", "many", "100001", "1x"):
            run = self.dry_run(count)
            self.assertEqual(run.returncode, 2)
            self.assertIn("--dry-run", run.stderr)


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
                and found.get("vfs_item_updates_total") == 100 \
                and found.get('vfs_dlq_total{reason="bad-json"}') == 1 \
                else None

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


if __name__ == "__main__":
    case.main()
