#!/usr/bin/env python3
"""The worker beside one upsert request an event, 50,000 users.

    ingest.py --build DIR --kafka JARS [--quick] [--json FILE]

Apache Kafka, vfs-ingest and vfs-index on this machine, 128 dimensions.

The worker catches up with a topic that is already full: events a second and its
CPU time an event.  Then events come at 1,000 a second: how long each of some of
them takes until the index can be read for it.  The peer is one upsert request
an event, 32 in flight, by wrk (which costs less than any client that reads
Kafka, too), against the same index.  An index in a cloud is further away, so
both are measured through a relay that holds answers back as well.
"""

import argparse
import asyncio
import http.client
import json
import os
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "t", "kafka"))

from broker import KafkaBroker                      # noqa: E402
from processes import Process, free_port, listening, wait_until  # noqa: E402
from rdkafka import Consumer, Producer              # noqa: E402

TOPIC = "user_interactions"
NEAR, FAR = "near", "far"
PARTITIONS = 4
DIMENSION = 128
USERS = 50000
ITEMS = 20000
RATE = 1000
WARM_UP = 2
CONNECTIONS = 32
TICK = os.sysconf("SC_CLK_TCK")
JSON = {"Content-Type": "application/json"}

WORDS = ("red blue small large copper wooden folding plain silver glass guitar "
         "lamp chair table kettle clock mirror basket candle frame").split()

ONE_BY_ONE = """
local bodies = {}

for line in io.lines("%s") do
    bodies[#bodies + 1] = wrk.format("POST", "/vectors/upsert",
        { ["Content-Type"] = "application/json" }, line)
end

local n = 0

request = function()
    n = n %% #bodies + 1
    return bodies[n]
end
"""


def cpu_seconds(pid):
    with open("/proc/%d/stat" % pid) as stat:
        fields = stat.read().rpartition(")")[2].split()

    return (int(fields[11]) + int(fields[12])) / TICK


def memory_bytes(pid):
    """Of its own, and with the file of its states, which the kernel maps."""

    with open("/proc/%d/status" % pid) as status:
        text = status.read()

    return {name: int(re.search(field + r":\s+(\d+) kB", text).group(1)) * 1024
            for name, field in (("own", "RssAnon"), ("peak_with_maps",
                                                     "VmHWM"))}


def write_events(path, count):
    """Every user as often as any other, items as popular as they are."""

    generator = random.Random(1)
    users = [n % USERS for n in range(count)]
    generator.shuffle(users)

    with open(path, "w") as file:
        for n, user in enumerate(users):
            item = int(ITEMS * generator.random() ** 3)
            words = " ".join(WORDS[(item * k) % len(WORDS)]
                             for k in (1, 3, 7, 11))
            file.write(json.dumps({
                "userId": "u%d" % user, "itemId": "i%d" % item,
                "eventType": ("view", "click", "cart", "purchase")[n % 4],
                "timestamp": 1767225600000 + n * 10, "description": words,
                "price": item % 97 + 0.5, "country": "Norway"}) + "\n")


class Relay:
    """Passes connections on to a port, and answers on after a while."""

    def __init__(self, target, delay):
        self.target = target
        self.delay = delay
        self.port = free_port()
        self.loop = asyncio.new_event_loop()
        self.loop.run_until_complete(asyncio.start_server(
            self.serve, "127.0.0.1", self.port))
        threading.Thread(target=self.loop.run_forever, daemon=True).start()

    async def serve(self, reader, writer):
        upstream = await asyncio.open_connection("127.0.0.1", self.target)
        await asyncio.gather(self.forward(reader, upstream[1], 0),
                             self.forward(upstream[0], writer, self.delay),
                             return_exceptions=True)

    async def forward(self, reader, writer, delay):
        while data := await reader.read(1 << 18):
            if delay:
                await asyncio.sleep(delay)

            writer.write(data)
            await writer.drain()

        writer.close()


class Bench:

    def __init__(self, build, kafka_jars, directory, round_trip):
        self.build = os.path.abspath(build)
        self.directory = directory
        self.port = free_port()
        self.relay = Relay(self.port, round_trip / 1000)
        self.broker = KafkaBroker(kafka_jars, self.path("kafka"))
        self.env = {name: value for name, value in os.environ.items()
                    if not name.startswith(("VFS_", "PINECONE_", "KAFKA_"))}

    def path(self, name):
        return os.path.join(self.directory, name)

    def program(self, name, *arguments, **env):
        return Process(name, [os.path.join(self.build, name), *arguments],
                       self.path(name + ".log"), {**self.env, **env})

    def start(self):
        self.broker.start()

        with Producer(self.broker.address) as admin:
            for topic, partitions in ((TOPIC, PARTITIONS),
                                      (TOPIC + ".dlq", 1),
                                      *((updates(group), PARTITIONS)
                                        for group in (NEAR, FAR))):
                admin.create_topic(topic, partitions)

        self.index = self.program("vfs-index", "--listen",
                                  "127.0.0.1:%d" % self.port, "--data",
                                  self.path("index"))
        wait_until("the index listens", lambda: listening(self.port), 60,
                   self.index)

    def start_worker(self, group, port):
        return self.program(
            "vfs-ingest", KAFKA_BROKERS=self.broker.address, VFS_STATS_URL="",
            PINECONE_INDEX_HOST="http://127.0.0.1:%d" % port,
            VFS_DATA=self.path("data"), VFS_GROUP=group,
            VFS_DEFINITION=os.path.join(ROOT, "conf", "features.json"))

    def play(self, *options):
        return self.program("vfs-player", *options,
                            KAFKA_BROKERS=self.broker.address)

    def count(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        connection.request("POST", "/describe_index_stats", "{}", JSON)
        spaces = json.loads(connection.getresponse().read())["namespaces"]
        connection.close()

        return {name: space.get("vectorCount", space.get("recordCount"))
                for name, space in spaces.items()}


def updates(group):
    return group + "-item-updates"


def behind(consumer, group):
    """Records whose effects are not known to be in the index."""

    return sum(sum(consumer.ends(topic, PARTITIONS))
               - sum(consumer.committed(topic, PARTITIONS))
               for topic in (TOPIC, updates(group)))


def catch_up(bench, count, group, port):
    with Consumer(bench.broker.address, group=group) as consumer:
        worker = bench.start_worker(group, port)
        before = os.path.getsize(worker.log)

        def assigned():
            with open(worker.log) as log:
                log.seek(before)
                return "event=partitions_assigned" in log.read()

        wait_until("it begins", assigned, 60, worker, every=0.01)
        began, cpu = time.monotonic(), cpu_seconds(worker.pid)
        index_cpu = cpu_seconds(bench.index.pid)
        wait_until("all is stored", lambda: behind(consumer, group) == 0, 300, worker,
                   every=0.1)
        elapsed = time.monotonic() - began
        cpu = cpu_seconds(worker.pid) - cpu
        index_cpu = cpu_seconds(bench.index.pid) - index_cpu

    stored = bench.count()

    return worker, {
        "events": count, "users": stored["user-features"],
        "items": stored["item-features"], "seconds": round(elapsed, 2),
        "events_per_second": round(count / elapsed),
        "worker_cpu_us_per_event": round(cpu * 1e6 / count, 1),
        "index_cpu_us_per_event": round(index_cpu * 1e6 / count, 1)}


def write_requests(bench):
    generator = random.Random(2)
    bodies, script = bench.path("bodies"), bench.path("upsert.lua")

    with open(bodies, "w") as file:
        for n in range(2000):
            file.write(json.dumps({"namespace": "one-by-one", "vectors": [{
                "id": "user:u%d" % n,
                "values": [round(generator.gauss(0, 0.1), 8)
                           for _ in range(DIMENSION)],
                "metadata": {"country": "Norway", "vfs_count": n}}]}) + "\n")

    with open(script, "w") as file:
        file.write(ONE_BY_ONE % bodies)

    return script


def one_by_one(script, port, seconds=5):
    """Requests a second, each with one vector of its own."""

    run = subprocess.run(["wrk", "-t", "1", "-c", str(CONNECTIONS), "-d",
                          "%ds" % seconds, "-s", script,
                          "http://127.0.0.1:%d" % port],
                         check=True, capture_output=True, text=True)

    if "Non-2xx" in run.stdout:
        raise RuntimeError(run.stdout)

    return float(re.search(r"Requests/sec:\s+([0-9.]+)", run.stdout).group(1))


def readable(bench, seconds):
    """Event to readable, in ms, of twenty users a second among the others.

    The first seconds, in which clients connect, do not count.
    """

    seconds += WARM_UP
    player = bench.play("--rate", str(RATE), "--count", str(RATE * seconds),
                        "--users", str(USERS), "--start", "now")
    reader = http.client.HTTPConnection("127.0.0.1", bench.port)
    waiting, took, n = {}, [], 0
    began = time.monotonic()

    with Producer(bench.broker.address) as producer:
        while time.monotonic() - began < seconds or waiting:
            now = time.monotonic()

            if now - began < seconds and now - began >= n / 20:
                ident = "probe-%d" % n
                producer.produce(TOPIC, ident.encode(),
                                 b"%s,i%d" % (ident.encode(), n % 100))
                waiting["user:" + ident] = (time.monotonic(),
                                            now - began > WARM_UP)
                n += 1

            if not waiting:
                time.sleep(0.002)
                continue

            reader.request("GET", "/vectors/fetch?namespace=user-features&ids="
                           + "&ids=".join(waiting))
            found = json.loads(reader.getresponse().read())["vectors"]
            now = time.monotonic()

            for sent, counts in map(waiting.pop, found):
                if counts:
                    took.append(1000 * (now - sent))

            if now - began > seconds + 30:
                raise RuntimeError("%d events cannot be read" % len(waiting))

            time.sleep(0.002)

    if player.wait(60) != 0:
        raise RuntimeError(player.tail())

    took.sort()

    return {"events_per_second": RATE, "events": len(took), "probes": n,
            "p50_ms": round(statistics.median(took), 1),
            "p99_ms": round(took[int(0.99 * len(took))], 1),
            "max_ms": round(took[-1], 1)}


def side_by_side(caught_up, single):
    return {"worker": caught_up, "one_upsert_an_event": {
        "in_flight": CONNECTIONS, "requests_per_second": round(single)},
        "times": round(caught_up["events_per_second"] / single, 1)}


def run(options, directory):
    bench = Bench(options.build, options.kafka, directory, options.round_trip)
    bench.start()

    events, script = bench.path("events.jsonl"), write_requests(bench)
    write_events(events, options.events)
    player = bench.play("--file", events)

    if player.wait(300) != 0:
        raise RuntimeError(player.tail())

    worker, near = catch_up(bench, options.events, NEAR, bench.port)
    latency = readable(bench, options.seconds)
    memory = memory_bytes(worker.pid)

    if worker.stop(60) != 0:
        raise RuntimeError(worker.tail())

    near = side_by_side(near, one_by_one(script, bench.port))
    count = options.events + latency["probes"] \
        + RATE * (options.seconds + WARM_UP)
    worker, far = catch_up(bench, count, FAR, bench.relay.port)
    worker.kill()
    far = side_by_side(far, one_by_one(script, bench.relay.port))

    return {"cpus": os.cpu_count(), "dimension": DIMENSION,
            "index_here": near, "event_to_readable": latency,
            "worker_memory_bytes": memory,
            "index_far": {"round_trip_ms": options.round_trip, **far}}


def show(figures):
    print("| index | events | users, items | events a second | worker's CPU an "
          "event | index's | one upsert an event, a second | times |")
    print("|---|--:|--:|--:|--:|--:|--:|--:|")

    for name, part in (
            ("on this machine", figures["index_here"]),
            ("%g ms away" % figures["index_far"]["round_trip_ms"],
             figures["index_far"])):
        worker = part["worker"]
        print("| %s | %d | %d, %d | %d | %.1f µs | %.1f µs | %d | %.1f |" % (
            name, worker["events"], worker["users"], worker["items"],
            worker["events_per_second"], worker["worker_cpu_us_per_event"],
            worker["index_cpu_us_per_event"],
            part["one_upsert_an_event"]["requests_per_second"],
            part["times"]))

    latency = figures["event_to_readable"]
    memory = figures["worker_memory_bytes"]
    print("\nAt %d events a second an event can be read after %g ms (p50), "
          "%g ms (p99), %g ms (the longest of %d).  The worker holds %d MB of "
          "its own, %d MB with its states' file." % (
              latency["events_per_second"], latency["p50_ms"],
              latency["p99_ms"], latency["max_ms"], latency["events"],
              memory["own"] / 1e6, memory["peak_with_maps"] / 1e6))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", required=True)
    parser.add_argument("--kafka", required=True)
    parser.add_argument("--events", type=int, default=200000)
    parser.add_argument("--seconds", type=int, default=15)
    parser.add_argument("--round-trip", type=float, default=50, help="ms")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", help="a file for the figures")
    options = parser.parse_args()

    if options.quick:
        options.events, options.seconds = 20000, 3

    directory = tempfile.mkdtemp(prefix="vfs-bench-")

    try:
        figures = run(options, directory)

    finally:
        Process.kill_all()
        shutil.rmtree(directory, ignore_errors=True)

    show(figures)

    if options.json:
        with open(options.json, "w") as file:
            json.dump(figures, file, indent=2)


if __name__ == "__main__":
    main()
