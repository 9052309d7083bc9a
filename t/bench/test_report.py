"""bench/report.py: what it says of benchmarks that work, fail and hang."""

import os
import subprocess
import sys
import tempfile
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
REPORT = os.path.join(HERE, "..", "..", "bench", "report.py")

HEAD = '''"""{title}.

What it measures.
"""

import argparse
import json
import os
import subprocess
import sys
import time

parser = argparse.ArgumentParser()
parser.add_argument("--build", required=True)
parser.add_argument("--json")
options = parser.parse_args()
'''

GOOD = HEAD.format(title="Good things") + '''
print("| figure |\\n|---|\\n| 42 |")

with open(options.json, "w") as file:
    json.dump({"answer": 42, "plots": [{
        "name": "x", "title": "T", "x": "a", "y": "b",
        "series": [{"name": "s", "points": [[1, 2], [2, 3]]}]}]}, file)
'''

BAD = HEAD.format(title="Bad things") + '''
print("half a table")
sys.exit("no <broker> here")
'''

HANGING = HEAD.format(title="Hanging things") + '''
child = subprocess.Popen(["sleep", "600"])

with open(os.path.join(options.build, "child"), "w") as file:
    file.write(str(child.pid))

time.sleep(600)
'''


def runs(pid):
    """Whether it does; one that nobody has asked for its status does not."""

    try:
        with open("/proc/%s/stat" % pid) as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"

    except OSError:
        return False


class Report(unittest.TestCase):

    def setUp(self):
        self.directory = tempfile.TemporaryDirectory()
        self.output = self.path("docs", "benchmarks.md")
        os.mkdir(self.path("scripts"))
        os.mkdir(self.path("docs"))

        # a module of theirs is no benchmark
        self.write("common.py", '"""Common."""\n')

    def tearDown(self):
        self.directory.cleanup()

    def path(self, *names):
        return os.path.join(self.directory.name, *names)

    def write(self, name, text):
        with open(self.path("scripts", name), "w") as file:
            file.write(text)

    def report(self, *more):
        child = subprocess.run(
            [sys.executable, "-B", REPORT, "--build", self.directory.name,
             "--scripts", self.path("scripts"), "--output", self.output,
             *more], capture_output=True, text=True, timeout=120)
        text = ""

        if os.path.exists(self.output):
            with open(self.output) as file:
                text = file.read()

        return child, text

    def test_what_fails_is_reported_and_the_rest_goes_on(self):
        self.write("a_bad.py", BAD)
        self.write("b_hanging.py", HANGING)
        self.write("c_good.py", GOOD)
        begin = time.monotonic()

        child, text = self.report("--limit", "2")

        self.assertLess(time.monotonic() - begin, 60)
        self.assertEqual(child.returncode, 1)
        self.assertIn("failed: a_bad, b_hanging", child.stdout)
        self.assertIn("## Bad things\n", text)
        self.assertIn("**Failed: exit status 1.**", text)
        self.assertIn("half a table", text)
        self.assertIn("no &lt;broker&gt; here", text)
        self.assertIn("**Failed: not done after 2 s.**", text)
        self.assertIn("| 42 |", text)
        self.assertNotIn("Common", text)

        with open(self.path("child")) as file:
            self.assertFalse(runs(file.read()))

    def test_figures_stand_in_the_report(self):
        self.write("good.py", GOOD)

        child, text = self.report()

        self.assertEqual((child.returncode, child.stderr), (0, ""))
        self.assertIn("## Good things\n\nWhat it measures.\n", text)
        self.assertIn('"answer": 42', text)
        self.assertIn("| processor | ", text)

        # matplotlib comes with the benchmarks, not with the tests
        try:
            import matplotlib    # noqa: F401

        except ImportError:
            self.assertIn("A plot is missing", text)
            return

        self.assertIn("![T](images/bench-x.svg)", text)

        with open(self.path("docs", "images", "bench-x.svg")) as file:
            self.assertIn("<svg", file.read())

    def test_one_can_be_chosen(self):
        self.write("good.py", GOOD)
        self.write("other.py", BAD)

        child, text = self.report("good")
        self.assertEqual(child.returncode, 0)
        self.assertNotIn("Bad things", text)

        child, _ = self.report("nothing")
        self.assertEqual((child.returncode, child.stdout), (1, ""))
        self.assertIn("no benchmark \"nothing\"", child.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
