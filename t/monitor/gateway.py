"""A gateway with the index behind it, as bin/vfs starts them, on free ports."""

import http.client
import json
import os
import shutil
import signal
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "t", "kafka"))

from processes import Process, free_port, wait_until  # noqa: E402

BUILD = os.environ.get("VFS_BUILD", os.path.join(ROOT, "build"))
VFS = os.path.join(ROOT, "bin", "vfs")
JSON = {"Content-Type": "application/json"}

# lib/vfs_histogram.h: 20 ms fall into this bucket.
BUCKET_OF_20_MS = 326


def ask(port, path, method="GET", body=None):
    """(status, text) of one request on a connection of its own."""

    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)

    try:
        connection.request(method, path,
                           None if body is None else json.dumps(body), JSON)
        answer = connection.getresponse()

        return answer.status, answer.read().decode()

    finally:
        connection.close()


class Gateway:
    """Both processes; a context manager that ends them."""

    def __init__(self, workers):
        self.data = tempfile.mkdtemp(prefix="vfs-monitor-")
        self.port = free_port()
        self.index_port = free_port()

        env = {name: value for name, value in os.environ.items()
               if not name.startswith(("VFS_", "PINECONE_", "KAFKA_"))}
        env.update(VFS_BUILD=BUILD, VFS_DATA=self.data,
                   VFS_PORT=str(self.port), VFS_WORKERS=str(workers),
                   PINECONE_INDEX_HOST="http://127.0.0.1:%d" % self.index_port)
        self.env = env

        try:
            self.index = self._start("index", self.index_port,
                                     "/describe_index_stats")
            self.nginx = self._start("gateway", self.port, "/healthz")

        except BaseException:
            self.stop()
            raise

    def _start(self, command, port, path):
        process = Process("vfs " + command, [VFS, command],
                          os.path.join(self.data, command + ".log"), self.env)

        def answers():
            try:
                return ask(port, path)[0] < 500

            except OSError:
                return False

        wait_until("vfs " + command, answers, 30, process)

        return process

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        for process in (getattr(self, "nginx", None),
                        getattr(self, "index", None)):
            if process is not None:
                process.stop()
                process.kill()

        shutil.rmtree(self.data, ignore_errors=True)

    def workers(self):
        """The pids of nginx's workers, those on their way out included."""

        with open("/proc/%d/task/%d/children" % (self.nginx.pid,
                                                 self.nginx.pid)) as pids:
            return [int(pid) for pid in pids.read().split()]

    def reload(self):
        self.nginx.send(signal.SIGHUP)

    def upsert(self, namespace, vectors):
        status, text = ask(self.index_port, "/vectors/upsert", "POST",
                           {"namespace": namespace, "vectors": vectors})

        if status != 200:
            raise RuntimeError("upsert: %d %s" % (status, text))

    def stats(self):
        return json.loads(ask(self.port, "/stats")[1])

    def metrics(self):
        return ask(self.port, "/metrics")[1]

    def post(self, body):
        status, text = ask(self.port, "/stats/ingest", "POST", body)

        if status != 204:
            raise RuntimeError("report: %d %s" % (status, text))

    def verified(self, verifier):
        """What vfs-train verify --watch posts."""

        self.post({
            "verifier": verifier, "definition": "0123456789abcdef",
            "uptime_ms": 61000, "interval_ms": 30000, "rounds": 3,
            "compared": 3000, "different": 1, "missing": 0, "extra": 0,
            "not_comparable": 9, "round_compared": 1000,
            "round_mismatches": 1})

    def report(self, worker, **changes):
        """What vfs-ingest posts once a second."""

        self.post({
            "worker": worker, "definition": "0123456789abcdef",
            "uptime_ms": 33000, "paused": False,
            "counters": {
                "events": 5000, "folded": 4990, "ignored": 2,
                "item_updates": 4990, "upserts": 3000, "deletes": 1,
                "batches": 40, "retries": 3, "dead_letters": 8},
            "gauges": {"in_flight": 1, "pending": 12, "state_keys": 800},
            "lag": {"0": 3, "1": 0},
            "event_to_stored_us": [[BUCKET_OF_20_MS, 3000]],
            "retries": {"limit": 2, "connection": 1},
            "dead_letters": {"bad-json": 8},
            "upserts": {"user-features": {"stored": 2000, "refused": 1},
                        "item-features": {"stored": 1000}},
            "sums": {"event_to_stored_us": 60000000, "batch_us": 160000,
                     "batch_bytes": 3600000},
            "batch_us": [[221, 40]],
            "batch_bytes": [[365, 40]],
        } | changes)
