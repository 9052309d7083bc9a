#!/usr/bin/env python3
"""From a clone to a running, installed, measured system, in a Debian 12 that
has nothing, by the commands of the documentation.

They are the blocks marked "fresh" (t/docs/blocks.py): "fresh build" and "fresh
measure" run as root in the clone, "fresh run" under the systemd of the booted
machine.  Besides those only what a text says in words is done here: make and
git, the address of Kafka in the services' settings, and events.
"""

import argparse
import os
import shutil
import stat
import sys
import tempfile
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.abspath(os.path.join(HERE, "..", ".."))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "kafka"),
                os.path.join(HERE, "..", "docs")]

from blocks import read_all    # noqa: E402
from processes import end_on_signals    # noqa: E402
from roots import Root, need_root, say    # noqa: E402

# a root file system becomes a machine with an init
INIT = ["dbus", "systemd-sysv"]

BEFORE = """\
#!/bin/sh
set -eux

vfs-broker --topic user_interactions:4 --address-file /run/broker \\
    >/dev/null &

for i in $(seq 100); do
    test -s /run/broker && break
    sleep 0.1
done

sed -i "s/^KAFKA_BROKERS=.*/KAFKA_BROKERS=$(cat /run/broker)/" \\
    /etc/vfs/vfs.env
"""

EVENTS = """
curl -fsS --retry 60 --retry-delay 1 --retry-all-errors \\
    http://127.0.0.1:8080/readyz
vfs-player --brokers "$(cat /run/broker)" --count 500 >/dev/null
curl -fsS --retry 60 --retry-delay 1 --retry-all-errors \\
    http://127.0.0.1:8080/v1/features/user/u1 >/dev/null
"""

AFTER = """
systemctl stop vfs-ingest vfs-gateway vfs-index
echo all commands succeeded
"""

options = None


class Fresh(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        found, _ = read_all(TOP)
        cls.blocks = {}

        for block in found:
            if block.how == "fresh":
                cls.blocks.setdefault(block.argument, []).append(block)

    def test_every_block_has_its_turn(self):
        self.assertEqual(set(self.blocks), {"build", "run", "measure"})
        self.assertGreater(len(self.blocks["run"]), 1)

    def test_from_clone_to_a_measured_system(self):
        with Root("bookworm", options.build) as root:
            self.step("apt-get install make git", lambda: root.run(
                ["sh", "-c", "apt-get -q update && apt-get -q -y install "
                 "--no-install-recommends make git " + " ".join(INIT)]))
            root.put_clone(TOP, "/srv/origin")
            root.run(["git", "clone", "-q", "/srv/origin", "/root/vfs"])

            for block in self.blocks["build"]:
                self.script(root, block)

            self.step("systemctl ..., booted", lambda: self.boot(root))

            for block in self.blocks["measure"]:
                self.script(root, block, {"BENCH_OPTIONS": "--quick"})

            self.measured(root)

    def step(self, title, action):
        begin = time.monotonic()
        result = action()
        say("%s: %d s" % (title, time.monotonic() - begin))

        return result

    def script(self, root, block, env=None):
        self.step("%s: %s" % (block.where, "; ".join(
            command for command, _ in block.commands())), lambda: root.run(
                ["sh", "-eux", "-c", block.text], cwd="/root/vfs", env=env))

    def boot(self, root):
        first, *others = self.blocks["run"]
        text = "\n".join([BEFORE, first.text, EVENTS,
                          *(block.text for block in others), AFTER])

        with tempfile.NamedTemporaryFile("w", suffix=".sh") as file:
            file.write(text)
            file.flush()
            os.chmod(file.name, stat.S_IRWXU)
            succeeded, said = root.boot(file.name)

        self.assertTrue(succeeded, said)
        self.assertIn("all commands succeeded", said)
        self.assertIn('{"id":"u1"', said)

    def measured(self, root):
        path = root.inside("/root/vfs/docs/benchmarks.md")

        with open(path) as file:
            text = file.read()

        self.assertIn("| processor | ", text)
        self.assertNotIn("**Failed", text)
        self.assertIn("![", text)
        shutil.copy(path, os.path.join(options.build, "fresh-benchmarks.md"))


def main():
    global options

    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--build", required=True)
    options, rest = parser.parse_known_args()
    need_root()
    end_on_signals()
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2)


if __name__ == "__main__":
    main()
