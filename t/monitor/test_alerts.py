"""The alert rules and the Grafana dashboard of conf/: promtool takes and runs
the rules, and every metric that either names is there in /metrics."""

import json
import os
import re
import subprocess
import unittest

from gateway import ROOT, Gateway, ask

RULES = os.path.join(ROOT, "conf", "prometheus-alerts.yml")
RULE_TESTS = os.path.join(ROOT, "t", "monitor", "alerts.yml")
GRAFANA = os.path.join(ROOT, "conf", "grafana.json")


def promtool(*arguments):
    done = subprocess.run(["promtool", *arguments], text=True,
                          capture_output=True, timeout=60)

    return done.returncode, done.stdout + done.stderr


def members(value, name):
    """Every member of that name, however deep."""

    if isinstance(value, dict):
        for key, inner in value.items():
            if key == name:
                yield inner

            yield from members(inner, name)

    elif isinstance(value, list):
        for inner in value:
            yield from members(inner, name)


def named(text):
    """Names and (label, value) pairs of the metrics in PromQL or samples."""

    return (set(re.findall(r"\bvfs_[a-z_]+", text)),
            set(re.findall(r'\b(route|status_class|result)!?="([^"]+)"',
                           text)))


class Alerts(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with Gateway(1) as gateway:
            gateway.report("host-1")
            gateway.verified("host-2")
            ask(gateway.port, "/v1/features/user/nobody")
            cls.metrics, cls.labels = named(gateway.metrics())

    def check_named(self, text, least):
        metrics, labels = named(text)

        self.assertGreater(len(metrics), least)
        self.assertEqual(set(), metrics - self.metrics)
        self.assertEqual(set(), labels - self.labels)

    def rules(self):
        with open(RULES) as rules:
            return rules.read()

    def expressions(self):
        with open(GRAFANA) as dashboard:
            dashboard = json.load(dashboard)

        return list(members(dashboard, "expr")) + [
            query["query"] for query in members(dashboard, "query")
            if isinstance(query, dict)]

    def test_promtool_takes_the_rules(self):
        self.assertEqual(0, promtool("check", "rules", RULES)[0])

    def test_every_rule_fires_when_it_should(self):
        code, said = promtool("test", "rules", RULE_TESTS)

        self.assertEqual(0, code, said)

        with open(RULE_TESTS) as tests:
            tested = tests.read()

        for alert in re.findall(r"- alert: (\w+)", self.rules()):
            silent, fires = (re.search(pattern, tested) for pattern in (
                r"\{eval_time: \w+, alertname: %s\}" % alert,
                r"alertname: %s\n +exp_alerts:" % alert))

            self.assertTrue(silent, alert)
            self.assertTrue(fires, alert)

    def test_metrics_of_the_rules_exist(self):
        self.check_named("\n".join(re.findall(
            r"expr: (?:>-\n)?((?:.+\n)+?) +(?:for|labels):", self.rules())), 8)

    def test_metrics_of_the_dashboard_exist(self):
        self.check_named("\n".join(self.expressions()), 15)

    def test_a_metric_that_does_not_exist_is_found(self):
        with self.assertRaises(AssertionError):
            self.check_named("\n".join(self.expressions()
                                       + ["vfs_gateway_request_second"]), 15)

        with self.assertRaises(AssertionError):
            self.check_named("\n".join(self.expressions()
                                       + ['x{status_class="6xx"}']), 15)

    def test_expressions_of_the_dashboard_parse(self):
        """promtool parses them as rules; Grafana puts in its variables."""

        rules = os.path.join(os.environ.get("TMPDIR", "/tmp"),
                             "vfs-grafana-%d.json" % os.getpid())
        expressions = [re.sub(r"\$__\w*interval", "1m", expression)
                       for expression in self.expressions()
                       if not expression.startswith("label_values(")]

        with open(rules, "w") as out:
            json.dump({"groups": [{"name": "grafana", "rules": [
                {"record": "vfs:%d" % i, "expr": expression}
                for i, expression in enumerate(expressions)]}]}, out)

        try:
            code, said = promtool("check", "rules", rules)

        finally:
            os.unlink(rules)

        self.assertEqual(0, code, said)

    def test_panels_of_the_dashboard(self):
        with open(GRAFANA) as dashboard:
            panels = json.load(dashboard)["panels"]

        self.assertEqual(len(panels), len({panel["id"] for panel in panels}))

        for panel in panels:
            place = panel["gridPos"]
            self.assertLessEqual(place["x"] + place["w"], 24, panel["title"])
            self.assertTrue(panel["targets"], panel["title"])

            for other in panels:
                if other is not panel:
                    far = other["gridPos"]
                    self.assertTrue(
                        place["x"] + place["w"] <= far["x"]
                        or far["x"] + far["w"] <= place["x"]
                        or place["y"] + place["h"] <= far["y"]
                        or far["y"] + far["h"] <= place["y"],
                        "%s lies on %s" % (panel["title"], other["title"]))


if __name__ == "__main__":
    unittest.main()
