#!/usr/bin/env python3
"""Executes the commands of the documentation against a running system.

The demo serves; its ports stand for 8080 and 5080, an embedded index that asks
for a key stands for one of Pinecone.  A console block's answers
are compared with the documented ones: JSON in its shape, other text by the
words that are no numbers in its first line.
"""

import gzip
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.abspath(os.path.join(HERE, "..", ".."))
BUILD = os.path.abspath(os.environ["VFS_BUILD"])
sys.path[:0] = [HERE, os.path.join(HERE, "..", "kafka")]

from blocks import documents, read_all    # noqa: E402
from links import broken    # noqa: E402
from names import Tree    # noqa: E402
from processes import (Process, end_on_signals, free_port,    # noqa: E402
                       wait_until)
from rdkafka import Producer    # noqa: E402

READY = "Ctrl-C ends it."
LIMIT = 180
PRELUDE = "set -eu\n"
PINECONE = r"https://[\w-]+\.svc\.us-east-1\.pinecone\.io"

RETAIL = """\
InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country
536365,85123A,WHITE HANGING HEART,6,2010-12-01 08:26:00,2.55,17850.0,United Kingdom
536366,22633,HAND WARMER UNION JACK,6,2010-12-01 08:28:00,1.85,17850.0,United Kingdom
536367,84879,BIRD ORNAMENT,32,2010-12-01 08:34:00,1.69,13047.0,United Kingdom
"""

LABELS = """\
id,time,customer,asked
u1,2026-01-31T10:00:00Z,u1,2026-01-31T10:00:00Z
u2,2026-02-01T10:00:00Z,u2,2026-02-01T10:00:00Z
"""

# the README's topic: one of its events, and one at fault
CLICKS = [
    {"customer": {"id": "c7"}, "sku": "A-100", "action": action,
     "at": "2026-01-31T10:00:00Z", "title": "red steel kettle"}
    for action in ("bought", "liked")]

blocks, complaints = read_all(TOP)


def answers(url):
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.status == 200

    except OSError:
        return False


def shape(value):
    """What a document consists of, whatever its values."""

    if isinstance(value, dict):
        return {key: shape(member) for key, member in value.items()}

    if isinstance(value, list):
        return [shape(value[0])] if value else []

    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return "number"

    return type(value).__name__


def words(text):
    return re.findall(r"[a-z_]{3,}", re.sub(r"\S*\d\S*", "", text))


class Documentation(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.mkdtemp(prefix="vfs-docs-")
        os.chmod(cls.directory, 0o755)
        cls.tree = os.path.join(cls.directory, "vfs")
        cls.serving = cls.ports()
        cls.make_tree()
        cls.broker = cls.start_broker()
        cls.pinecone = cls.start_pinecone()
        cls.demo = Process(
            "vfs demo", [os.path.join(TOP, "bin", "vfs"), "demo"],
            os.path.join(cls.directory, "demo.log"),
            cls.environment(cls.serving) | {
                "RATE": "200", "VFS_DATA": cls.data(),
                # few versions: the broker in memory soon forgets the first
                "VFS_KAFKA_FETCH_WAIT_MAX_MS": "250"}, cls.tree)
        wait_until("the demo", lambda: READY in cls.demo.tail(), 180, cls.demo)
        cls.serving["KAFKA_BROKERS"] = cls.address(
            os.path.join(cls.data(), "broker"), cls.demo)

    @classmethod
    def tearDownClass(cls):
        cls.demo.send(signal.SIGINT)
        cls.demo.wait(60)
        Process.kill_all()
        shutil.rmtree(cls.directory, ignore_errors=True)

    @staticmethod
    def ports():
        return {known: str(free_port()) for known in ("8080", "5080", "5082")}

    @classmethod
    def data(cls):
        """VFS_DATA of the demo that serves."""

        return os.path.join(cls.directory, "data")

    @classmethod
    def environment(cls, ports):
        kept = {key: value for key, value in os.environ.items()
                if not key.startswith(("VFS_", "PINECONE_", "KAFKA_", "MAKE"))
                and key not in ("MFLAGS", "EVENTS", "RATE", "BUILD")}

        if "KAFKA_BROKERS" in ports:
            kept["KAFKA_BROKERS"] = ports["KAFKA_BROKERS"]

        return kept | {
            "VFS_PORT": ports["8080"], "VFS_BUILD": BUILD,
            "PATH": ":".join((os.path.join(TOP, "bin"), BUILD, kept["PATH"],
                              "/usr/sbin")),
            "PINECONE_INDEX_HOST": "http://127.0.0.1:" + ports["5080"]}

    @classmethod
    def make_tree(cls):
        """The clone as a reader has it, with the files that texts name."""

        os.mkdir(cls.tree)

        for name in os.listdir(TOP):
            if name != ".git":
                os.symlink(os.path.join(TOP, name),
                           os.path.join(cls.tree, name))

        if not os.path.exists(os.path.join(cls.tree, "build")):
            os.symlink(BUILD, os.path.join(cls.tree, "build"))

        for name, text in (("online_retail.csv", RETAIL), ("key", "pcsk_x\n"),
                           ("labels.csv", LABELS),
                           ("my-features.json", cls.own_definition())):
            with open(os.path.join(cls.tree, name), "w") as file:
                file.write(text)

        with gzip.open(os.path.join(cls.tree, "events.json.gz"), "wt") as file:
            file.write('{"userId":"u1","itemId":"i1","eventType":"view",'
                       '"timestamp":"2026-01-30T10:00:00Z"}\n')

    @staticmethod
    def own_definition():
        """The README's example of one."""

        with open(os.path.join(TOP, "README.md")) as file:
            return re.search(r'```json\n(\{\n  "name": "shop".*?\n\})\n```',
                             file.read(), re.S).group(1)

    @classmethod
    def start_broker(cls):
        path = os.path.join(cls.directory, "address")
        process = Process(
            "vfs-broker", [os.path.join(BUILD, "vfs-broker"), "--topic",
                           "user_interactions:4", "--topic", "shop-clicks:1",
                           "--address-file", path],
            os.path.join(cls.directory, "broker.log"))
        address = cls.address(path, process)

        with Producer(address) as producer:
            for click in CLICKS:
                producer.produce("shop-clicks", b"c7",
                                 json.dumps(click).encode())

            producer.flush()

        return address

    @classmethod
    def start_pinecone(cls):
        port = free_port()
        process = Process(
            "an index with a key", [
                os.path.join(BUILD, "vfs-index"), "--listen",
                "127.0.0.1:%d" % port, "--data",
                os.path.join(cls.directory, "pinecone"), "--api-key-file",
                os.path.join(cls.tree, "key")],
            os.path.join(cls.directory, "pinecone.log"))
        url = "http://127.0.0.1:%d" % port
        wait_until("the index with a key",
                   lambda: answers(url + "/healthz"), 30, process)

        return url

    @staticmethod
    def address(path, process):
        """A broker's, once it is there."""

        wait_until("the broker", lambda: os.path.exists(path)
                   and os.path.getsize(path), 30, process)

        with open(path) as file:
            return file.read().strip()

    def local(self, text, ports):
        """The addresses of this run for those of the text."""

        for known, here in ports.items():
            if not known.isdigit():
                continue

            text = re.sub(r"\b(127\.0\.0\.1|localhost):%s\b" % known,
                          r"\1:" + here, text)

        return re.sub(r"\b(?:kafka-1|127\.0\.0\.1|localhost):9092\b",
                      self.broker, re.sub(PINECONE, self.pinecone, text))

    def start(self, block, script, ports):
        data = self.data()

        if ports is not self.serving:
            data = tempfile.mkdtemp(dir=self.directory)

        log = os.path.join(self.directory, re.sub(r"\W", "-", block.where))

        if os.path.exists(log):
            os.unlink(log)

        return Process(block.where, ["sh", "-c", script], log,
                       self.environment(ports) | {"VFS_DATA": data},
                       self.tree)

    def run_script(self, block):
        script = self.local(block.text, self.serving)
        process = self.start(block, PRELUDE + script, self.serving)

        try:
            self.assertEqual(process.wait(LIMIT), 0, process.tail())

        finally:
            process.kill()

    def run_watches(self, block):
        self.run_until(block, self.serving)

    def run_until(self, block, serving=None):
        """Each command until it has printed the text, then Ctrl-C."""

        text = block.argument.strip('"')

        for command, _ in block.commands():
            ports = serving or self.ports()
            process = self.start(block, "exec env "
                                 "--default-signal=INT sh -c '%s'"
                                 % self.local(command, ports)
                                 .replace("'", "'\\''"), ports)

            try:
                wait_until("\"%s\"" % text, lambda: text in process.tail(),
                           LIMIT, process)
                os.killpg(process.pid, signal.SIGINT)
                process.wait(60)

            finally:
                process.kill()

    def run_serves(self, block):
        """The script until an address answers."""

        ports = self.ports()
        process = self.start(block, self.local(block.text, ports), ports)

        try:
            wait_until(block.argument, lambda: answers(
                self.local(block.argument, ports)), LIMIT, process)

        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(60)
            wait_until("the end", lambda: not process.group_alive(), 60)
            process.kill()

    def run_console(self, block):
        before = ""

        for command, documented in block.commands():
            if command.startswith("export "):
                before += command + "\n"
                continue

            said = subprocess.run(
                ["sh", "-c", self.local(before + command, self.serving)],
                cwd=self.tree, env=self.environment(self.serving),
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT, text=True, timeout=LIMIT)

            self.compare(command, documented, said)

    def compare(self, command, documented, said):
        first = documented.split("\n")[0]

        if not first.startswith("{"):
            self.assertEqual(said.returncode, 0, command + "\n" + said.stdout)

            for word in words(first):
                self.assertIn(word, said.stdout, command)

            return

        wanted = json.loads(re.sub(r",\.\.\.", "", first))
        text = next((line for line in said.stdout.split("\n")
                     if line.startswith("{")), "null")

        self.assertEqual(shape(json.loads(text)), shape(wanted), command)

    def test_commands_stand_in_blocks_that_are_run(self):
        self.assertEqual(complaints, [])
        self.assertGreater(len(blocks), 10)

    def test_every_page_is_linked_from_the_readme(self):
        with open(os.path.join(TOP, "README.md")) as file:
            text = file.read()

        for name in os.listdir(os.path.join(TOP, "docs")):
            if name.endswith(".md"):
                self.assertIn("(docs/%s)" % name, text)

    def test_links_lead_somewhere(self):
        names = [*documents(TOP), "CHANGELOG.md"]

        self.assertEqual(broken(TOP, names), [])

    def test_operations_knows_every_setting(self):
        with open(os.path.join(TOP, "docs", "operations.md")) as file:
            text = file.read()

        usage = subprocess.run([os.path.join(TOP, "bin", "vfs"), "help"],
                               capture_output=True, text=True).stdout
        usage += subprocess.run([os.path.join(BUILD, "vfs-ingest"), "--help"],
                                capture_output=True, text=True).stdout
        names = set(re.findall(r"\b(?:VFS|PINECONE|KAFKA)_[A-Z_]*[A-Z]\b",
                               usage))

        self.assertGreater(len(names), 12)
        self.assertEqual({name for name in names
                          if "`%s`" % name not in text}, set())

    def test_files_and_functions_are_where_pages_say(self):
        tree = Tree(TOP)

        self.assertEqual([complaint for page in documents(TOP)
                          for complaint in tree.missing(page)], [])
        self.assertEqual(tree.table("docs/index.md", "index")
                         + tree.table("docs/ingest.md", "ingest"), [])

        with open(os.path.join(TOP, "docs", "architecture.md")) as file:
            self.assertGreater(len(re.findall(r"`\w+\(\)` in `[^`]+`",
                                              file.read())), 20)


def add_tests():
    runners = {"until": "run_until", "watches": "run_watches",
               "serves": "run_serves", "": ""}
    counted = {"here": 0, "fresh": [], "elsewhere": []}

    for block in blocks:
        if block.how in ("fresh", "elsewhere"):
            counted[block.how].append(block)
            continue

        counted["here"] += 1
        runner = runners[block.how] or ("run_console" if block.language
                                        == "console" else "run_script")

        def test(self, block=block, runner=runner):
            getattr(self, runner)(block)

        name = "test_" + re.sub(r"\W+", "_", block.where)
        setattr(Documentation, name, test)

    print("# %d blocks of commands: %d run here" % (len(blocks),
                                                    counted["here"]))

    for block in counted["fresh"]:
        print("# %s: in a fresh Debian, make test-ship" % block.where)

    for block in counted["elsewhere"]:
        print("# %s: not run: %s" % (block.where, block.argument))

    sys.stdout.flush()


if __name__ == "__main__":
    end_on_signals()
    add_tests()
    unittest.main(verbosity=2)
