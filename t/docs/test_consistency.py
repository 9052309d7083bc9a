#!/usr/bin/env python3
"""One page against another and against the sources: anchors, defaults of
settings, names and labels of metrics, what the failure guide quotes.  Nothing
is started.
"""

import glob
import os
import re
import unittest

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))

PAGES = sorted(glob.glob(os.path.join(TOP, "*.md"))
               + glob.glob(os.path.join(TOP, "docs", "*.md")))

# bin/vfs sets these by where it is installed and where the gateway listens
BY_BIN_VFS = {"VFS_DATA", "VFS_STATS_URL"}


def read(*path):
    with open(os.path.join(TOP, *path)) as file:
        return file.read()


def sources(*patterns):
    return "\n".join(read(path) for pattern in patterns
                     for path in sorted(glob.glob(os.path.join(TOP, pattern))))


def messages(*patterns):
    """Sources with messages of several lines put together."""

    code = re.sub(r'" \\\n\s*"', " ", sources(*patterns))

    return re.sub(r'"\s*\n\s*"', "", code)


def anchors(text):
    """As GitHub makes them of headings."""

    text = re.sub(r"(?ms)^```.*?^```", "", text)

    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")
            for heading in re.findall(r"(?m)^#+ (.*)$", text)}


def rows(page):
    """First and second cell of each row that begins with a setting."""

    for name, default in re.findall(r"(?m)^\| (`[A-Z][^|]*) \|([^|]*)\|",
                                    page):
        for word in re.findall(r"`([A-Z_]+)`", name):
            yield word, default.strip("` ")


class Consistency(unittest.TestCase):

    def test_anchors_are_headings(self):
        checked = 0

        for path in PAGES:
            with open(path) as file:
                text = file.read()

            for page, anchor in re.findall(r"\]\(([^)#\s:]*)#([^)\s]+)\)",
                                           text):
                target = os.path.join(os.path.dirname(path), page) \
                    if page else path

                with open(target) as file:
                    self.assertIn(anchor, anchors(file.read()),
                                  "%s: %s#%s" % (path, page, anchor))

                checked += 1

        self.assertGreater(checked, 15)

    def test_defaults_of_settings_are_those_of_the_worker(self):
        code = dict(re.findall(
            r'vfs_setting_\w+\("([A-Z_]+)",\s*"?([^",]+?)"?,',
            read("ingest", "vfs_ingest_settings.c")))
        code = {name: "" if default == "NULL" else default
                for name, default in code.items()
                if not default.startswith("&")}

        self.assertGreater(len(code), 9)

        for name in ("ingest.md", "operations.md"):
            table = dict(rows(read("docs", name)))

            for setting, default in code.items():
                if name == "operations.md" and setting in BY_BIN_VFS:
                    continue

                wanted = {default} if default else {"", "required"}
                self.assertIn(table.get(setting), wanted,
                              "%s: %s" % (name, setting))

    def test_metrics_are_those_of_the_sources(self):
        page = read("docs", "stats.md")
        named = set(re.findall(r"`(vfs_[a-z_]+)`", page))
        code = sources("ngx_vfs_module/*metrics*.c", "ngx_vfs_module/*skew*.c",
                       "ngx_vfs_module/*ingest*.c",
                       "ingest/vfs_ingest_exposition*.c")
        made = set(re.findall(r'"(vfs_[a-z]+_[a-z_]+)["{ ]', code))
        made -= {name for name in made
                 if re.search(r"_(?:bucket|sum|count)$", name)}

        self.assertGreater(len(made), 20)
        self.assertEqual(made - named - {"vfs_max_streams"}, set(),
                         "not in docs/stats.md")

        for name in named - made:
            self.assertRegex(
                sources("*/*.c"), '"%s|ngx_string\\("%s' % (name, name),
                "docs/stats.md names it, nothing makes it")

    def test_metrics_of_alerts_and_dashboards_are_documented(self):
        page = read("docs", "stats.md")

        for name in ("prometheus-alerts.yml", "grafana.json"):
            used = set(re.findall(r"\bvfs_[a-z_]+", read("conf", name)))

            for metric in used:
                base = re.sub(r"_(?:bucket|sum|count)$", "", metric)
                self.assertTrue(metric in page or base in page,
                                "%s: %s" % (name, metric))

    def test_alerts_are_explained(self):
        alerts = re.findall(r"alert: (\w+)",
                            read("conf", "prometheus-alerts.yml"))
        page = read("docs", "operations.md")

        self.assertGreater(len(alerts), 8)
        self.assertEqual(sorted(alerts),
                         sorted(re.findall(r"(?m)^\| `(Vfs\w+)` \|", page)))

    def test_what_the_failure_guide_quotes_is_said(self):
        """Events of the log, and the words of messages."""

        guide = re.search(r"(?ms)^## When something fails$(.*?)^## ",
                          read("docs", "operations.md")).group(1)
        code = {"worker": messages("ingest/*.c", "feature/*.c", "lib/*.c"),
                "index": messages("index/*.c", "lib/*.c"),
                "dashboard": messages("html/src/notices.js"),
                "": messages("bin/vfs", "bin/commands/*", "*/*.c")}
        quotes = [(code.get(row.partition(":")[0], code[""]), quote)
                  for row in re.findall(r"(?m)^\| ([^|]*) \|", guide)
                  if not row.startswith("nginx:")
                  for quote in re.findall(r"`([^`]+)`", row)]
        events = words = 0

        for code, quote in quotes:
            event = re.fullmatch(r"event=(\w+)", quote)

            if event is not None:
                self.assertTrue('"%s"' % event.group(1) in code, quote)
                events += 1
                continue

            for part in re.split(r"\.\.\.|\b\d+\b|vfs: |VFS_\w+: ", quote):
                part = part.strip(" ,")

                if part.count(" ") > 0:
                    self.assertTrue(part in code, quote)
                    words += 1

        self.assertGreater(events, 6)
        self.assertGreater(words, 7)


if __name__ == "__main__":
    unittest.main(verbosity=2)
