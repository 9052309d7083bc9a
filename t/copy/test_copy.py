"""vfs copy: every record, to the bit, and what it notices."""

import http.server
import json
import os
import random
import struct
import subprocess
import sys
import tempfile
import threading
import unittest
import urllib.parse
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.join(HERE, "..", "..")
sys.path.insert(0, os.path.join(HERE, "..", "kafka"))

from processes import (Process, end_on_signals, free_port,    # noqa: E402
                       listening, wait_until)

BUILD = os.environ["VFS_BUILD"]
VFS = os.path.join(ROOT, "bin", "vfs")


def f32(generator):
    """Any finite value of binary32 but small ones, as its double."""

    while True:
        value, = struct.unpack("<f", struct.pack("<I", generator.getrandbits(
            32)))

        if value == value and 1e-3 < abs(value) < 1e6:
            return value


def ask(port, path, body):
    request = urllib.request.Request(
        "http://127.0.0.1:%d%s" % (port, path), json.dumps(body).encode(),
        {"Content-Type": "application/json"})

    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def record(generator, name):
    return {"id": name, "values": [f32(generator) for _ in range(8)],
            "metadata": {"country": "Österreich", "count": 2 ** 53 - 1,
                         "price": 0.1, "tags": ["a", "b"], "ok": True}}


class Limiting(http.server.BaseHTTPRequestHandler):
    """In front of an index: every other request is turned away at first."""

    protocol_version = "HTTP/1.1"
    port = None
    refused = 0
    asked = 0

    def serve(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        Limiting.asked += 1

        if Limiting.asked % 2:
            Limiting.refused += 1
            self.reply(429, b'{"code":8,"message":"limit"}',
                       ("Retry-After", "0"))
            return

        request = urllib.request.Request(
            "http://127.0.0.1:%d%s" % (Limiting.port, self.path),
            body or None, {"Content-Type": "application/json"})

        with urllib.request.urlopen(request) as answer:
            self.reply(200, answer.read())

    do_GET = do_POST = serve

    def reply(self, status, body, *headers):
        self.send_response(status)

        for name, value in (*headers, ("Content-Length", str(len(body)))):
            self.send_header(name, value)

        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Copy(unittest.TestCase):

    def setUp(self):
        self.directory = tempfile.TemporaryDirectory()
        self.generator = random.Random(7)
        self.source = self.start("source")
        self.target = self.start("target")

    def tearDown(self):
        Process.kill_all()
        self.directory.cleanup()

    def start(self, name, *more):
        port = free_port()
        path = os.path.join(self.directory.name, name)
        process = Process(name, [
            os.path.join(BUILD, "vfs-index"), "--nosync", "--listen",
            "127.0.0.1:%d" % port, "--data", path, *more], path + ".log")
        wait_until(name, lambda: listening(port), 30, process)

        return port

    def fill(self, port, namespace, names):
        records = [record(self.generator, name) for name in names]

        for n in range(0, len(records), 500):
            ask(port, "/vectors/upsert", {"namespace": namespace,
                                          "vectors": records[n:n + 500]})

        return records

    def copy(self, *more, source=None, target=None):
        return subprocess.run(
            [VFS, "copy", "--from", "http://127.0.0.1:%d" % (
                source or self.source), "--to", "http://127.0.0.1:%d" % (
                    target or self.target), "--rate", "2000", "--patience",
             "1", *more], capture_output=True, text=True, timeout=120)

    def all_of(self, port, namespace, names):
        found = {}

        for n in range(0, len(names), 50):
            query = urllib.parse.urlencode(
                [("ids", name) for name in names[n:n + 50]]
                + [("namespace", namespace)])

            with urllib.request.urlopen(
                    "http://127.0.0.1:%d/vectors/fetch?%s" % (port, query)
                    ) as answer:
                found.update(json.load(answer)["vectors"])

        return found

    def test_every_record_of_every_namespace_arrives_to_the_bit(self):
        users = ["user:%d" % n for n in range(1234)]
        items = ["item:%s" % ("x" * (n % 120) + str(n)) for n in range(250)]
        self.fill(self.source, "user-features", users)
        self.fill(self.source, "item-features", items)

        said = self.copy()

        self.assertEqual((said.returncode, said.stderr), (0, ""))
        self.assertIn("user-features: 1234 records copied\n"
                      "user-features: 1234 records, 0 differ, 0 only in the "
                      "target\n", said.stdout)

        for namespace, names in (("user-features", users),
                                 ("item-features", items)):
            here = self.all_of(self.source, namespace, names)

            self.assertEqual(len(here), len(names))
            self.assertEqual(here, self.all_of(self.target, namespace, names))

        # and back, into a third
        back = self.start("back")

        self.assertEqual(self.copy(source=self.target,
                                   target=back).returncode, 0)
        self.assertEqual(self.all_of(self.source, "user-features", users),
                         self.all_of(back, "user-features", users))

    def test_a_difference_is_found_and_named(self):
        names = ["user:%d" % n for n in range(20)]
        records = self.fill(self.source, "n", names)
        self.assertEqual(self.copy().returncode, 0)

        value, = struct.unpack("<I", struct.pack("<f",
                                                 records[3]["values"][5]))
        records[3]["values"][5], = struct.unpack("<f", struct.pack(
            "<I", value ^ 1))
        records[4]["metadata"]["price"] = 0.2
        ask(self.target, "/vectors/upsert", {
            "namespace": "n", "vectors": records[3:5]})
        ask(self.target, "/vectors/delete", {"namespace": "n",
                                             "ids": ["user:9"]})
        self.fill(self.target, "n", ["user:new"])

        said = self.copy("--verify-only")

        self.assertEqual(said.returncode, 1)
        self.assertIn("n: 20 records, 3 differ, 1 only in the target",
                      said.stdout)

        for line in ("differs: user:3", "differs: user:4", "differs: user:9",
                     "only in the target: user:new"):
            self.assertIn(line, said.stdout)

        # run again, it mends what differs and says what is left
        said = self.copy()
        self.assertEqual(said.returncode, 1)
        self.assertIn("0 differ, 1 only in the target", said.stdout)

    def test_an_index_that_limits_is_waited_for(self):
        self.fill(self.source, "n", ["user:%d" % n for n in range(300)])
        Limiting.port = self.target
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Limiting)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)

        said = self.copy(target=server.server_address[1])

        self.assertEqual((said.returncode, said.stderr), (0, ""))
        self.assertGreater(Limiting.refused, 3)

    def test_one_namespace_may_be_chosen(self):
        self.fill(self.source, "a", ["1"])
        self.fill(self.source, "b", ["1"])

        self.assertEqual(self.copy("--namespace", "a").returncode, 0)
        self.assertEqual(list(ask(self.target, "/describe_index_stats",
                                  {})["namespaces"]), ["a"])

    def test_what_cannot_work_is_said_in_one_line(self):
        key = os.path.join(self.directory.name, "key")

        with open(key, "w") as file:
            file.write("pcsk_secret\n")

        self.fill(self.source, "n", ["1"])
        locked = self.start("locked", "--api-key-file", key)
        other = self.start("other")
        ask(other, "/vectors/upsert", {
            "namespace": "n", "vectors": [{"id": "1", "values": [1, 2]}]})
        wrong = os.path.join(self.directory.name, "wrong")

        with open(wrong, "w") as file:
            file.write("pcsk_wrong\n")

        for expected, how in (
                ("status 401", {"target": locked}),
                ("dimension 8", {"target": other}),
                ("same index", {"target": self.source})):
            said = self.copy(**how)

            self.assertEqual(said.returncode, 1, expected)
            self.assertIn(expected, said.stderr)
            self.assertEqual(said.stderr.count("\n"), 1)

        said = self.copy("--to-key-file", wrong, target=locked)
        self.assertIn("status 401", said.stderr)
        self.assertNotIn("pcsk_", said.stderr + said.stdout)

        self.assertIn("has n", self.copy("--namespace", "m").stderr)
        self.assertEqual(self.copy("--to-key-file", key,
                                   target=locked).returncode, 0)


if __name__ == "__main__":
    end_on_signals()
    unittest.main(verbosity=2)
