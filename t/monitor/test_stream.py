"""GET /stats/stream over sockets that the test controls: slow listeners, many
of them, compression, HTTP/2 and reloads."""

import concurrent.futures
import json
import os
import re
import socket
import subprocess
import time
import unittest
import zlib

from gateway import Gateway, free_port, wait_until

MAX_STREAMS = 8
SEND_TIMEOUT = 3
EVENT = re.compile(rb"retry: 2000\nid: (\d{13})\ndata: (\{[^\n]*\})\n\n")

# A frame of this many workers is larger than what the kernels buffer.
REPORTS = 60
PARTITIONS = 256

# What a reload may take on a busy machine; the tick is one second.
SOON = 4
PATIENCE = 60


class Stream:
    """A listener; with "window" one whose kernel takes no more than that."""

    def __init__(self, port, window=None, headers=""):
        self.socket = socket.socket()
        self.text = b""

        if window is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, window)

        self.socket.settimeout(30)
        self.socket.connect(("127.0.0.1", port))
        self.socket.sendall(("GET /stats/stream HTTP/1.1\r\nHost: x\r\n%s\r\n"
                             % headers).encode())

    def head(self):
        while b"\r\n\r\n" not in self.text:
            self.receive()

        head, self.text = self.text.split(b"\r\n\r\n", 1)

        return head.decode()

    def receive(self):
        """False at the end of the connection."""

        part = self.socket.recv(65536)
        self.text += part

        return part != b""

    def body(self):
        """What has come of it, and whether its end has."""

        body, rest = b"", self.text

        while True:
            size, newline, rest = rest.partition(b"\r\n")

            if newline == b"" or size == b"":
                return body, False

            if int(size, 16) == 0:
                return body, True

            body += rest[:int(size, 16)]
            rest = rest[int(size, 16) + 2:]

    def events(self, number):
        """[(id, data)] of at least so many events."""

        last = time.monotonic() + PATIENCE

        while time.monotonic() < last:
            events = EVENT.findall(self.body()[0])

            if len(events) >= number:
                return events

            if not self.receive():
                raise RuntimeError("the stream ended after %d events"
                                   % len(events))

        raise RuntimeError("%d events not within %d seconds"
                           % (number, PATIENCE))

    def close(self):
        self.socket.close()


class StreamTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.gateway = gateway = Gateway(1)
        cls.h2 = free_port()
        conf = os.path.join(gateway.data, "nginx", "nginx.conf")

        with open(conf) as text:
            rendered = text.read()

        for old, new in (
                ("http {", "http { send_timeout %ds; vfs_max_streams %d;"
                 % (SEND_TIMEOUT, MAX_STREAMS)),
                ("gzip_types ", "gzip_types text/event-stream "),
                ("127.0.0.1:%d;" % gateway.port,
                 "127.0.0.1:%d sndbuf=16k;" % gateway.port),
                ("server_name ", "listen 127.0.0.1:%d http2; server_name "
                 % cls.h2)):
            if old not in rendered:
                raise RuntimeError("nginx.conf has no \"%s\"" % old)

            rendered = rendered.replace(old, new, 1)

        with open(conf, "w") as out:
            out.write(rendered)

        before = gateway.workers()
        gateway.reload()
        wait_until("the changed configuration", lambda: not set(
            before) & set(gateway.workers()), 30)

    @classmethod
    def tearDownClass(cls):
        cls.gateway.stop()

    def setUp(self):
        self.streams = []

    def tearDown(self):
        for stream in self.streams:
            stream.close()

        wait_until("no stream left", lambda: self.in_flight() == 1, 30)

    def in_flight(self):
        return self.gateway.stats()["gateway"]["in_flight"]

    def open(self, *arguments, **named):
        self.streams.append(Stream(self.gateway.port, *arguments, **named))

        return self.streams[-1]

    def test_all_listeners_get_the_same_frame(self):
        streams = [self.open() for _ in range(3)]

        def read(stream):
            self.assertIn("text/event-stream", stream.head())
            return dict(stream.events(4)[1:])

        with concurrent.futures.ThreadPoolExecutor() as pool:
            frames = list(pool.map(read, streams))

        common = set(frames[0]).intersection(*frames[1:])

        self.assertGreaterEqual(len(common), 2)

        for time_ in common:
            self.assertEqual(1, len({frame[time_] for frame in frames}))
            self.assertEqual(int(time_), json.loads(frames[0][time_])["time"])

    def test_one_frame_a_second(self):
        stream = self.open()
        stream.head()
        times = [int(time_) for time_, _ in stream.events(5)]

        for before, after in zip(times[1:], times[2:]):
            self.assertTrue(900 <= after - before <= 3000, times)

    def test_number_of_streams_is_bounded(self):
        for _ in range(MAX_STREAMS):
            self.assertIn("200 OK", self.open().head())

        head = self.open().head()
        self.assertIn("503 Service", head)
        self.assertIn("Retry-After: 5", head)

        self.streams.pop(0).close()

        def free():
            stream = Stream(self.gateway.port)
            good = "200 OK" in stream.head()

            if good:
                self.streams.append(stream)
            else:
                stream.close()

            return good

        wait_until("the place of one that left", free, 30)

    def test_compressed_frames_come_one_by_one(self):
        stream = self.open(headers="Accept-Encoding: gzip\r\n")
        self.assertIn("Content-Encoding: gzip", stream.head())

        # each is whole when it comes, not when the compressor is full
        for number in (1, 2, 3):
            while True:
                events = EVENT.findall(zlib.decompressobj(31).decompress(
                    stream.body()[0]))

                if len(events) >= number:
                    break

                self.assertTrue(stream.receive())

            self.assertEqual(number, len(events))
            json.loads(events[-1][1])

    def reports(self):
        """Makes frames large."""

        lag = {str(n): 1000000000 + n for n in range(PARTITIONS)}

        for n in range(REPORTS):
            self.gateway.report("host-%d" % n, lag=lag)

    def test_a_slow_listener_misses_frames_and_then_is_cut(self):
        self.reports()
        quick, slow = self.open(), self.open(window=4096)
        quick.head()
        slow.head()
        slow.events(1)

        # nothing is read for two frames, so at least one must be left out
        quick.events(4)
        events = slow.events(3)
        times = [int(time_) for time_, _ in events]

        self.assertGreater(max(after - before for before, after
                               in zip(times, times[1:])), 1700, times)

        for _, data in events:
            self.assertEqual(REPORTS,
                             len(json.loads(data)["ingest"]["workers"]))

        # and now nothing at all
        begun = time.monotonic()
        wait_until("the slow one to be cut", lambda: self.in_flight() == 2,
                   30)
        self.assertGreater(time.monotonic() - begun, SEND_TIMEOUT - 2)

        with self.assertRaises((RuntimeError, ConnectionError)):
            slow.events(1000)

        self.assertGreater(len(quick.events(6)), 5)

    def test_a_reload_ends_streams_within_a_tick(self):
        streams = [self.open() for _ in range(4)]

        for stream in streams:
            stream.head()

        curl = subprocess.Popen(
            ["curl", "-sS", "--http2-prior-knowledge", "--max-time", "60",
             "http://127.0.0.1:%d/stats/stream" % self.h2],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(curl.kill)
        wait_until("HTTP/2", lambda: self.in_flight() == 6, 30)
        old = set(self.gateway.workers())
        begun = time.monotonic()
        self.gateway.reload()

        for stream in streams:
            while stream.receive():
                self.assertLess(time.monotonic() - begun, SOON)

            body, ended = stream.body()
            self.assertTrue(ended)
            self.assertEqual(b"", EVENT.sub(b"", body))

        out, err = curl.communicate(timeout=30)
        self.assertEqual((0, b""), (curl.returncode, err))
        self.assertEqual(b"", EVENT.sub(b"", out))
        self.assertLess(time.monotonic() - begun, SOON)

        wait_until("the old worker to leave", lambda: not old & set(
            self.gateway.workers()), 30)


if __name__ == "__main__":
    unittest.main()
