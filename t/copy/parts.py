"""What the tests of vfs copy have in common: indexes, and what stands between
vfs copy and an index to spoil what they say to each other."""

import http.client
import http.server
import json
import os
import random
import re
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

from processes import (Process, end_on_signals, free_port,    # noqa: E402, F401
                       listening, wait_until)

BUILD = os.environ["VFS_BUILD"]
VFS = os.path.join(ROOT, "bin", "vfs")

# a line every ten seconds
PROGRESS = re.compile(r"vfs copy: (copying|comparing) \S*: \d+ %, \d+ s, about "
                      r"\d+ s left")


def f32(generator):
    """Any finite value of binary32 but small ones, as its double."""

    while True:
        value, = struct.unpack("<f", struct.pack("<I", generator.getrandbits(
            32)))

        if value == value and 1e-3 < abs(value) < 1e6:
            return value


def other_bit(value):
    """The value of binary32 whose lowest bit is another one."""

    bits, = struct.unpack("<I", struct.pack("<f", value))

    return struct.unpack("<f", struct.pack("<I", bits ^ 1))[0]


def ask(port, path, body):
    request = urllib.request.Request(
        "http://127.0.0.1:%d%s" % (port, path), json.dumps(body).encode(),
        {"Content-Type": "application/json"})

    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def record(generator, name, dimension=8):
    return {"id": name, "values": [f32(generator) for _ in range(dimension)],
            "metadata": {"country": "Österreich", "count": 2 ** 53 - 1,
                         "price": 0.1, "tags": ["a", "b"], "ok": True}}


class Asked:
    """A request on its way to an index."""

    def __init__(self, number, path, body):
        parts = urllib.parse.urlsplit(path)

        self.number = number    # from 1, of this path
        self.url = path
        self.path = parts.path
        self.query = urllib.parse.parse_qs(parts.query,
                                           keep_blank_values=True)
        self.body = body


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def serve(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        between = self.server.between
        asked = between.note(self.path, body)
        said = between.script(asked)

        if said is None:
            said = between.forward(asked)

        if callable(said):
            said(self)
            return

        status, text, *headers = said
        self.answer(status, text, *headers)

    do_GET = do_POST = serve

    def answer(self, status, text, *headers, length=None):
        lines = ["HTTP/1.1 %d Scripted" % status,
                 "Content-Type: application/json",
                 "Content-Length: %d" % (len(text) if length is None
                                         else length)]
        lines += ["%s: %s" % header for header in headers]
        self.wfile.write("\r\n".join(lines + ["", ""]).encode() + text)

    def hang_up(self):
        self.close_connection = True

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        """vfs copy may have left."""


class Between:
    """A server before an index: script(asked) gives None to pass a request
    on, (status, body, header...), or what is called with the handler."""

    def __init__(self, port, script=lambda asked: None, context=None):
        self.index = port
        self.script = script
        self.lock = threading.Lock()
        self.asked = []
        self.server = Server(("127.0.0.1", 0), Handler)
        self.server.between = self

        if context is not None:
            self.server.socket = context.wrap_socket(self.server.socket,
                                                     server_side=True)

        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever,
                         daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def note(self, path, body):
        with self.lock:
            asked = Asked(0, path, body)
            self.asked.append(asked)
            asked.number = sum(one.path == asked.path for one in self.asked)

            return asked

    def forward(self, asked):
        connection = http.client.HTTPConnection("127.0.0.1", self.index,
                                                timeout=30)

        try:
            connection.request("POST" if asked.body else "GET", asked.url,
                               asked.body or None,
                               {"Content-Type": "application/json"})
            answer = connection.getresponse()

            return answer.status, answer.read()

        finally:
            connection.close()


class Case(unittest.TestCase):

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
        wait_until(name, lambda: listening(port), 60, process)

        return port

    def between(self, port, script=lambda asked: None, **how):
        between = Between(port, script, **how)
        self.addCleanup(between.close)

        return between

    def fill(self, port, namespace, names, dimension=8):
        records = [record(self.generator, name, dimension) for name in names]

        for n in range(0, len(records), 500):
            ask(port, "/vectors/upsert", {"namespace": namespace,
                                          "vectors": records[n:n + 500]})

        return records

    def command(self, *more, source=None, target=None):
        """Options that come later win."""

        return [VFS, "copy", "--from", "http://127.0.0.1:%d" % (
            source or self.source), "--to", "http://127.0.0.1:%d" % (
                target or self.target), "--rate", "2000", "--patience", "1",
                *more]

    def copy(self, *more, source=None, target=None, **how):
        """What it said of how far it is, on a slow machine, is in .progress
        and not in .stderr."""

        said = subprocess.run(
            self.command(*more, source=source, target=target),
            capture_output=True, text=True, timeout=300, **how)

        self.assertNotIn("Sanitizer", said.stderr)
        self.assertNotIn("runtime error", said.stderr)

        lines = said.stderr.splitlines(True)
        said.progress = [line for line in lines if PROGRESS.match(line)]
        said.stderr = "".join(line for line in lines
                              if not PROGRESS.match(line))

        return said

    def refused(self, expected, *more, status=1, **how):
        """It fails and says why in one line, the last one."""

        said = self.copy(*more, **how)
        lines = [line for line in said.stderr.splitlines()
                 if "; trying again" not in line]

        self.assertEqual(said.returncode, status, said)
        self.assertEqual(len(lines), 1, said.stderr)
        self.assertTrue(lines[0].startswith("vfs copy: "), said.stderr)
        self.assertIn(expected, lines[0])

        return said

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
