"""vfs-train as a program, on files alone: what its tests have in common."""

import argparse
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


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    options, rest = parser.parse_known_args()
    Case.build = options.build

    unittest.main(module="__main__", argv=[sys.argv[0], *rest])
