"""100,000 events through a worker that is built with AddressSanitizer, UBSan
and LeakSanitizer: a broker in memory, the embedded index, and a model for the
users' vectors.  At its end it is scraped until it is gone.

    test_leaks.py --build DIR [--events N]
"""

import argparse
import http.client
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "kafka")]

from model import Model                             # noqa: E402
from processes import (Process, end_on_signals, free_port,  # noqa: E402
                       wait_until)

TOPIC, DIMENSION = "user_interactions", 16

# The broker in memory forgets, so that much at a time.
CHUNK = 10000

DEFINITION = {
    "name": "leaks", "dimension": DIMENSION,
    "events": {
        "topic": TOPIC,
        "fields": {"user": "userId", "item": "itemId", "type": "eventType",
                   "time": "timestamp"},
        "weights": {"view": 1, "purchase": 5, "cancel": -5},
        "default_weight": 1},
    "sources": {
        "text": {"type": "model", "protocol": "openai", "model": "toy",
                 "fields": ["description"], "service": {}},
        "words": {"type": "hash", "fields": [
            {"field": "itemId"}, {"field": "description", "words": True}]}},
    "features": {
        "user": {"namespace": "users", "transform": "decayed_mean",
                 "source": "text", "half_life": "30d", "normalise": True,
                 "metadata": {"country": "country"}},
        "item": {"namespace": "items", "transform": "decayed_mean",
                 "source": "user", "half_life": "30d", "normalise": True,
                 "prior": {"source": "words", "weight": 2},
                 "metadata": {"price": "price"}}}}


def instrumented(path):
    """A build without the sanitizers would find nothing."""

    names = subprocess.run(["nm", "-D", path], check=True,
                           capture_output=True, text=True).stdout

    return "__asan_report_" in names and "__ubsan_handle_" in names


def metrics(port):
    """{name with labels: value} of the worker's own page."""

    with urllib.request.urlopen("http://127.0.0.1:%d/metrics" % port,
                                timeout=10) as page:
        lines = page.read().decode().splitlines()

    return {name: float(value) for name, value in (
        line.rsplit(" ", 1) for line in lines if not line.startswith("#"))}


class Scrapers:
    """Ask for the worker's page without a pause, even while it stops."""

    def __init__(self, port, threads=4):
        self.port = port
        self.stopping = threading.Event()
        self.counts = [0] * threads
        self.threads = [threading.Thread(target=self._run, args=(n,))
                        for n in range(threads)]

        for thread in self.threads:
            thread.start()

    def _run(self, n):
        while not self.stopping.is_set():
            try:
                metrics(self.port)
                self.counts[n] += 1

            except (OSError, http.client.HTTPException, ValueError):
                time.sleep(0.001)

    def stop(self):
        """How often the page was read."""

        self.stopping.set()

        for thread in self.threads:
            thread.join()

        return sum(self.counts)


def play(build, brokers, seed):
    subprocess.run([os.path.join(build, "vfs-player"), "--brokers", brokers,
                    "--count", str(CHUNK), "--seed", str(seed)], check=True,
                   capture_output=True, timeout=120)


def done(port, events):
    """The worker's numbers once it has stored so many events."""

    try:
        found = metrics(port)

    except OSError:
        return None

    return found if found["vfs_item_updates_total"] >= events \
        and found["vfs_ingest_pending_vectors"] == 0 else None


def run(build, events, directory):
    def path(name):
        return os.path.join(directory, name)

    worker_path = os.path.join(build, "vfs-ingest")
    assert instrumented(worker_path), worker_path + " is not instrumented"

    model = Model(DIMENSION)
    ports = [free_port() for _ in range(2)]
    DEFINITION["sources"]["text"]["service"]["url"] = model.url

    with open(path("features.json"), "w") as file:
        json.dump(DEFINITION, file)

    broker = Process("broker", [
        os.path.join(build, "vfs-broker"), "--topic", TOPIC + ":3", "--topic",
        "vfs-item-updates:3", "--topic", "vfs-features:3", "--topic",
        TOPIC + ".dlq:1", "--address-file", path("broker")],
        path("broker.log"))
    index = Process("index", [
        os.path.join(build, "vfs-index"), "--listen",
        "127.0.0.1:%d" % ports[0], "--data", path("index")],
        path("index.log"))
    wait_until("the broker is up", lambda: os.path.exists(path("broker")) and
               os.path.getsize(path("broker")), 60, broker)

    with open(path("broker")) as file:
        brokers = file.read().strip()

    env = {name: value for name, value in os.environ.items()
           if not name.startswith(("VFS_", "PINECONE_", "KAFKA_"))}
    env.update(KAFKA_BROKERS=brokers, VFS_DATA=path("data"),
               VFS_DEFINITION=path("features.json"), VFS_STATS_URL="",
               VFS_METRICS_ADDRESS="127.0.0.1:%d" % ports[1],
               PINECONE_INDEX_HOST="http://127.0.0.1:%d" % ports[0],
               ASAN_OPTIONS="detect_leaks=1")
    worker = Process("vfs-ingest", [worker_path], path("worker.log"), env=env)
    found = None

    for sent in range(CHUNK, events + 1, CHUNK):
        play(build, brokers, sent)
        found = wait_until("%d events are stored" % sent,
                           lambda: done(ports[1], sent), 300, worker,
                           every=0.2)

    scrapers = Scrapers(ports[1])
    wait_until("the worker is scraped", lambda: min(scrapers.counts) > 10, 60,
               worker)
    status = worker.stop()
    scraped = scrapers.stop()

    with open(path("worker.log"), errors="replace") as file:
        log = file.read()

    if status != 0 or "Sanitizer" in log or "runtime error" in log:
        print(log[-20000:])
        raise SystemExit("vfs-ingest ended with status %s" % status)

    letters = sum(value for name, value in found.items()
                  if name.startswith("vfs_dlq_total"))
    assert letters == 0, "%d dead letters" % letters
    assert found["vfs_ingest_state_keys"] > 500
    assert found['vfs_model_texts_total{source="text",result="answered"}'] \
        == len(model.texts())
    assert len(model.texts()) == len(set(model.texts())) > 100

    index.stop()
    broker.stop()
    model.close()
    print("ok - %d events, %d users and items, %d texts, scraped %d times "
          "while it ended: no leak, no report"
          % (events, found["vfs_ingest_state_keys"], len(model.texts()),
             scraped))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    parser.add_argument("--events", type=int, default=100000)
    options = parser.parse_args()

    end_on_signals()

    with tempfile.TemporaryDirectory(prefix="vfs-leaks-") as directory:
        run(options.build, options.events, directory)


if __name__ == "__main__":
    main()
