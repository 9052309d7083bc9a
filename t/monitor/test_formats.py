"""/stats against its schema, /metrics against promtool, both on live answers."""

import copy
import http.client
import json
import os
import re
import subprocess
import unittest

from jsonschema import Draft202012Validator

from gateway import ROOT, Gateway, ask
from schema import closed, faults

SCHEMA = os.path.join(ROOT, "docs", "stats.schema.json")

# Upper bounds of histograms: 50 us, by half powers of two, past 10 s.
BOUNDS = [first * 2 ** n / 1e6 for n in range(19) for first in (50, 70)][:37]


def promtool(*arguments, text=None):
    """(exit status, what it said)"""

    done = subprocess.run(["promtool", *arguments], input=text, text=True,
                          capture_output=True, timeout=60)

    return done.returncode, done.stdout + done.stderr


class Formats(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with open(SCHEMA) as schema:
            cls.schema = json.load(schema)

        cls.gateway = Gateway(2)

    @classmethod
    def tearDownClass(cls):
        cls.gateway.stop()

    def check(self, stats):
        self.assertEqual([], faults(closed(self.schema), stats))

    def busy(self):
        """Traffic of every route and class, and two workers' reports."""

        gateway = self.gateway
        port = gateway.port
        gateway.upsert("user-features", [
            {"id": "user:u%d" % n, "values": [1, n]} for n in range(3)])
        gateway.upsert("item-features", [
            {"id": "item:i%d" % n, "values": [1, n]} for n in range(3)])

        for path in ("/v1/features/user/u1", "/v1/features/user/nobody",
                     "/v1/features/user/u1/similar",
                     "/v1/features/user/u1/similar?topK=x",
                     "/v1/recommend/user/u1", "/readyz"):
            ask(port, path)

        ask(port, "/v1/features/user/batch", "POST", {"ids": ["u1"]})
        ask(port, "/v1/query", "POST", {"namespace": "item-features",
                                        "vector": [1, 2], "topK": 2})
        gateway.report("host-1")
        gateway.report("host-2", definition="fedcba9876543210", paused=True)
        gateway.verified("host-3")

    def test_the_schema_itself(self):
        Draft202012Validator.check_schema(self.schema)

    def test_stats_before_anything_has_come(self):
        with Gateway(1) as gateway:
            stats = gateway.stats()

        self.check(stats)
        self.assertEqual([], stats["definitions"])
        self.assertEqual(1, stats["gateway"]["requests"])   # healthz

    def test_stats_of_a_busy_gateway(self):
        self.busy()
        stats = self.gateway.stats()
        self.check(stats)

        self.assertEqual(["0123456789abcdef", "fedcba9876543210"],
                         sorted(stats["definitions"]))
        self.assertEqual(2, len(stats["ingest"]["workers"]))
        self.assertEqual(1, len(stats["verification"]["verifiers"]))
        self.assertLess(0, stats["zone"]["used_bytes"])
        self.assertLess(stats["zone"]["used_bytes"],
                        stats["zone"]["size_bytes"])

        for route in stats["gateway"]["routes"]:
            latency = route["latency_us"]
            self.assertLess(0, latency["count"])
            self.assertEqual(route["requests"], sum(route["status"].values()))
            rising = [latency[q] for q in ("p50", "p90", "p99", "p999", "max")]
            self.assertEqual(sorted(rising), rising)
            self.assertLessEqual(latency["mean"], latency["max"])
            self.assertLessEqual(route["recent_us"]["p99"], latency["max"])

    def test_a_frame_of_the_stream(self):
        self.busy()
        connection = http.client.HTTPConnection("127.0.0.1",
                                                self.gateway.port, timeout=30)
        connection.request("GET", "/stats/stream")
        lines = connection.getresponse()
        found = re.match(rb"data: (.*)\n",
                         [lines.readline() for _ in range(3)][2])
        connection.close()

        self.check(json.loads(found.group(1)))

    def test_the_schema_refuses_what_is_wrong(self):
        self.busy()
        stats = self.gateway.stats()
        self.check(stats)

        for path, value in ((("version",), 2),
                            (("gateway", "routes", 0, "status", "5xx"), -1),
                            (("gateway", "routes", 0, "route"), "fetched"),
                            (("ingest", "workers", 0, "alive"), "yes"),
                            (("ingest", "lag"), None),
                            (("gateway", "surprise"), 1)):
            broken = copy.deepcopy(stats)
            place = broken

            for step in path[:-1]:
                place = place[step]

            place[path[-1]] = value

            with self.assertRaises(AssertionError, msg=path):
                self.check(broken)

    def test_promtool_takes_the_metrics(self):
        with Gateway(1) as gateway:
            self.assertEqual((0, ""), promtool("check", "metrics",
                                               text=gateway.metrics()))

        self.busy()
        metrics = self.gateway.metrics()
        self.assertEqual((0, ""), promtool("check", "metrics", text=metrics))

        code, said = promtool("check", "metrics", text=metrics.replace(
            "# HELP vfs_consumer_lag", "# HELP vfs_consumer_lags"))
        self.assertNotEqual((0, ""), (code, said))

    def test_bounds_of_the_histograms(self):
        self.busy()
        metrics = self.gateway.metrics()

        for name, series in (("vfs_gateway_request_seconds", 6 * 5),
                             ("vfs_gateway_upstream_seconds", 2),
                             ("vfs_event_to_stored_seconds", 2)):
            found = re.findall(r'^%s_bucket{.*le="([^"]+)"} (\d+)$' % name,
                               metrics, re.MULTILINE)
            self.assertEqual(series * (len(BOUNDS) + 1), len(found), name)

            for i in range(0, len(found), len(BOUNDS) + 1):
                buckets = found[i:i + len(BOUNDS) + 1]
                counts = [int(count) for _, count in buckets]

                self.assertEqual("+Inf", buckets[-1][0])
                self.assertEqual(BOUNDS, [float(le) for le, _ in buckets[:-1]])
                self.assertEqual(sorted(counts), counts)

    def test_both_tell_the_same(self):
        self.busy()
        stats = self.gateway.stats()
        metrics = self.gateway.metrics()

        for route in stats["gateway"]["routes"]:
            if route["route"] == "other":
                continue

            for status, count in route["status"].items():
                self.assertIn(
                    'vfs_gateway_request_seconds_count{route="%s",'
                    'status_class="%s"} %d\n' % (route["route"], status,
                                                 count), metrics)


if __name__ == "__main__":
    unittest.main()
