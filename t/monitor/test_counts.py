"""Every answer counts exactly once: four workers, reloads, a killed worker.

Clients note what they were answered, by route and class of status.  A request
whose connection ends without one byte of an answer was never read (a worker on
its way out closes idle connections), so the client asks again, as browsers do.
"""

import collections
import http.client
import json
import os
import random
import signal
import threading
import time
import unittest

from gateway import JSON, Gateway, wait_until

WORKERS = 4
CLIENTS = 8
SECONDS = float(os.environ.get("VFS_COUNT_SECONDS", 6))
RELOAD_EVERY = 0.7
RECORDS = 20

# route, class of status, method, path, body
REQUESTS = (
    ("fetch", "2xx", "GET", "/v1/features/user/u1", None),
    ("fetch", "2xx", "GET", "/api/v1/features/item/i2", None),
    ("fetch", "2xx", "GET", "/v1/user/features/u3", None),
    ("fetch", "4xx", "GET", "/v1/features/user/nobody", None),
    ("fetch", "4xx", "GET", "/v1/features/user/a%20b", None),
    ("fetch", "4xx", "PUT", "/v1/features/user/u1", {}),
    ("similar", "2xx", "GET", "/v1/features/user/u1/similar?topK=3", None),
    ("similar", "4xx", "GET", "/v1/features/user/u1/similar?topK=0", None),
    ("recommend", "2xx", "GET", "/v1/recommend/user/u2", None),
    ("recommend", "4xx", "GET", "/v1/recommend/user/nobody", None),
    ("batch", "2xx", "POST", "/v1/features/user/batch", {"ids": ["u1", "u2"]}),
    ("batch", "4xx", "POST", "/v1/features/user/batch", {"ids": []}),
    ("query", "2xx", "POST", "/v1/query",
     {"namespace": "item-features", "vector": [1, 2], "topK": 2}),
    ("query", "4xx", "POST", "/v1/query", {"topK": 2}),
    ("other", "2xx", "GET", "/healthz", None),
)


class Client(threading.Thread):
    """Asks over kept connections until told to stop."""

    def __init__(self, port, seed, stop):
        super().__init__()
        self.port = port
        self.random = random.Random(seed)
        self.stopped = stop
        self.answered = collections.Counter()
        self.unread = 0
        self.broken = 0
        self.fault = None

    def run(self):
        connection = self.connect()

        while not self.stopped.is_set() and self.fault is None:
            try:
                self.ask(connection, *self.random.choice(REQUESTS))

            except (http.client.RemoteDisconnected, ConnectionError):
                self.unread += 1
                connection.close()

            except http.client.IncompleteRead:
                self.broken += 1
                connection.close()

            except (http.client.HTTPException, OSError) as error:
                self.fault = error

        connection.close()

    def connect(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)

    def ask(self, connection, route, status, method, path, body):
        connection.request(method, path, body and json.dumps(body), JSON)
        answer = connection.getresponse()
        answer.read()

        if "%dxx" % (answer.status // 100) != status:
            self.fault = "%s %s: %d" % (method, path, answer.status)

        self.answered[route, status] += 1


class Counts(unittest.TestCase):
    def setUp(self):
        self.gateway = Gateway(WORKERS)
        self.addCleanup(self.gateway.stop)

        for entity in ("user", "item"):
            self.gateway.upsert(entity + "-features", [
                {"id": "%s:%s%d" % (entity, entity[0], n), "values": [1, n]}
                for n in range(RECORDS)])

        self.noted = collections.Counter({("other", "2xx"): 1})   # healthz

    def load(self, meanwhile):
        """Clients ask while meanwhile() runs; what they were answered is
        noted.  Returns how often they found a connection closed, and how often
        in the middle of an answer."""

        stop = threading.Event()
        clients = [Client(self.gateway.port, seed, stop)
                   for seed in range(CLIENTS)]

        for client in clients:
            client.start()

        try:
            meanwhile()

        finally:
            stop.set()

            for client in clients:
                client.join()

        self.assertEqual([None] * CLIENTS,
                         [client.fault for client in clients])

        for client in clients:
            self.noted.update(client.answered)

        return (sum(client.unread for client in clients),
                sum(client.broken for client in clients))

    def stats(self):
        """/stats, and on the same connection something that is not counted:
        when that is answered, the request before it has been counted."""

        connection = http.client.HTTPConnection("127.0.0.1",
                                                self.gateway.port, timeout=30)

        for path in ("/stats", "/favicon.svg"):
            connection.request("GET", path)
            answer = connection.getresponse()
            text = answer.read()
            self.assertEqual(200, answer.status)

            if path == "/stats":
                stats = json.loads(text)

        connection.close()

        return stats

    def counted(self):
        stats = self.stats()
        self.noted["other", "2xx"] += 1     # when the next one asks
        counts = {(route["route"], status): count
                  for route in stats["gateway"]["routes"]
                  for status, count in route["status"].items() if count}

        return counts, stats

    def settled(self):
        """The counters once no request is being answered."""

        def quiet():
            stats = self.counted()[1]
            return stats["gateway"]["in_flight"] == 1

        wait_until("no request in flight", quiet, 30)
        expected = dict(self.noted)
        counts, stats = self.counted()

        return expected, counts, stats

    def check_equal(self):
        expected, counts, stats = self.settled()

        self.assertEqual(expected, counts)
        self.assertEqual(sum(expected.values()), stats["gateway"]["requests"])

        for route in stats["gateway"]["routes"]:
            self.assertEqual(route["requests"], route["latency_us"]["count"])

        self.assertEqual(
            sum(count for (route, _), count in expected.items()
                if route != "other"),
            sum(n for _, n in stats["gateway"]["latency_buckets_us"]))

        return stats

    def test_four_workers_and_reloads(self):
        first = set(self.gateway.workers())
        self.assertEqual(WORKERS, len(first))
        seen = set(first)
        reloads = 0

        def reload():
            nonlocal reloads
            end = time.monotonic() + SECONDS

            while time.monotonic() < end:
                self.gateway.reload()
                reloads += 1
                seen.update(self.gateway.workers())
                time.sleep(RELOAD_EVERY)

            seen.update(self.gateway.workers())

        self.assertEqual(0, self.load(reload)[1])
        stats = self.check_equal()

        self.assertGreater(len(seen), len(first) + WORKERS)
        self.assertGreater(stats["gateway"]["requests"], 1000)
        print("%d requests, %d reloads, %d worker processes: exact"
              % (stats["gateway"]["requests"], reloads, len(seen)))

    def test_every_worker_killed_in_turn(self):
        killed = 0

        for _ in range(WORKERS):
            self.load(lambda: time.sleep(0.3))
            before = self.check_equal()
            victim = self.gateway.workers()[0]
            os.kill(victim, signal.SIGKILL)
            killed += 1

            def replaced():
                workers = self.gateway.workers()
                return victim not in workers and len(workers) == WORKERS

            wait_until("another worker", replaced, 30)
            after = self.check_equal()
            self.assertLess(before["gateway"]["requests"],
                            after["gateway"]["requests"])

        self.load(lambda: time.sleep(0.3))
        self.check_equal()
        self.assertEqual(WORKERS, killed)

    def test_killed_under_load(self):
        """What a client cannot know is whether the request counted whose
        connection broke; nothing else may differ, and none stays in flight."""

        kills = 0

        def kill():
            nonlocal kills

            for _ in range(WORKERS):
                time.sleep(0.4)
                os.kill(self.gateway.workers()[0], signal.SIGKILL)
                kills += 1

        lost = self.load(kill)
        expected, counts, stats = self.settled()

        self.assertEqual(1, stats["gateway"]["in_flight"])
        self.assertLessEqual(
            abs(sum(expected.values()) - sum(counts.values())),
            max(sum(lost), kills))
        self.assertGreater(sum(counts.values()), 500)


if __name__ == "__main__":
    unittest.main()
