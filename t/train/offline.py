"""vfs-train as a program, on files alone: what its tests have in common."""

import argparse
import csv
import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest


def float_bits(values):
    return struct.pack("<%df" % len(values), *values)


class Case(unittest.TestCase):

    build = None

    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="vfs-train-")

    def tearDown(self):
        shutil.rmtree(self.dir)

    def path(self, name):
        return os.path.join(self.dir, name)

    def run_train(self, *args, code=0, **env):
        result = subprocess.run(
            [os.path.join(self.build, "vfs-train"), *args],
            capture_output=True, text=True, timeout=120,
            env=dict(os.environ, TMPDIR=self.dir, **env))
        self.assertEqual(result.returncode, code, result.stderr)
        self.stderr = result.stderr

        return result

    def said(self, text):
        self.assertIn(text, self.stderr)


class LogCase(Case):
    """With a file of the feature log, and labels."""

    def setUp(self):
        super().setUp()
        self.log = self.path("log")

    def labels(self, rows, name="labels.csv", opener=open):
        path = self.path(name)

        with opener(path, "wt", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["note", "id", "time"])
            writer.writerows(rows)

        return path

    def join(self, labels, *args, **options):
        result = self.run_train("join", "--log", self.log, "--labels", labels,
                                *args, **options)

        return [json.loads(line) for line in result.stdout.splitlines()]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    options, rest = parser.parse_known_args()
    Case.build = options.build

    unittest.main(module="__main__", argv=[sys.argv[0], *rest])
