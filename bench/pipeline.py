#!/usr/bin/env python3
"""The worker beside raw consumption, by partitions, workers and load.

Apache Kafka, vfs-ingest and vfs-index on this machine.  A full topic is read
by kcat, which does nothing with it, and by the worker, which stores the
vectors; then again with more partitions and more workers.  At last events
come at a rate, and probes among them tell how long an event takes until its
vector can be read.
"""

import argparse
import http.client
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "t", "kafka"))

from broker import KafkaBroker    # noqa: E402
from processes import (Process, free_port, listening,    # noqa: E402
                       wait_until)
from rdkafka import Consumer, Producer    # noqa: E402

TICK = os.sysconf("SC_CLK_TCK")
EVENTS = 100000
SHAPES = ((1, 1), (2, 1), (4, 1), (8, 1), (2, 2), (4, 2))
RATES = (100, 1000, 4000, 8000)
SECONDS = 10
PROBES = 25
PATIENCE = 30


def cpu(pid):
    with open("/proc/%d/stat" % pid) as stat:
        fields = stat.read().rsplit(")", 1)[1].split()

    return (int(fields[11]) + int(fields[12])) / TICK


class Bench:

    def __init__(self, options, run):
        self.build = options.build
        self.run = run
        self.broker = KafkaBroker(options.kafka, os.path.join(run, "kafka"))
        self.broker.start()
        self.topics = {}
        self.started = 0

    def path(self, name):
        return os.path.join(self.run, name)

    def topic(self, partitions, events):
        """A topic with events in it, made once."""

        name = "events-%d-%d" % (partitions, events)

        if name not in self.topics:
            with Producer(self.broker.address) as client:
                client.create_topic(name, partitions)

            if events:
                subprocess.run(
                    [os.path.join(self.build, "vfs-player"), "--brokers",
                     self.broker.address, "--topic", name, "--count",
                     str(events), "--users", "20000", "--items", "10000"],
                    check=True, stdout=subprocess.DEVNULL, timeout=300)

            self.topics[name] = partitions

        return name

    def definition(self, topic):
        with open(os.path.join(ROOT, "conf", "features.json")) as file:
            definition = json.load(file)

        definition["events"]["topic"] = topic
        path = self.path(topic + ".json")

        with open(path, "w") as file:
            json.dump(definition, file)

        return path

    def index(self):
        self.started += 1
        port = free_port()
        process = Process(
            "vfs-index", [os.path.join(self.build, "vfs-index"), "--listen",
                          "127.0.0.1:%d" % port, "--data",
                          self.path("index-%d" % self.started)],
            self.path("index-%d.log" % self.started))
        wait_until("the index", lambda: listening(port), 30, process)

        return port, process

    def worker(self, topic, group, port):
        self.started += 1
        name = "worker-%d" % self.started
        env = {key: value for key, value in os.environ.items()
               if not key.startswith(("VFS_", "PINECONE_"))}

        return Process(name, [os.path.join(self.build, "vfs-ingest")],
                       self.path(name + ".log"), env | {
                           "KAFKA_BROKERS": self.broker.address,
                           "PINECONE_INDEX_HOST": "http://127.0.0.1:%d" % port,
                           "VFS_DEFINITION": self.definition(topic),
                           "VFS_GROUP": group, "VFS_STATS_URL": "",
                           "VFS_DATA": self.path(name)})

    def behind(self, consumer, group, topic):
        """Records whose effects are not known to be in the index."""

        partitions = self.topics[topic]

        return sum(sum(consumer.ends(one, partitions))
                   - sum(max(0, n) for n in consumer.committed(one,
                                                               partitions))
                   for one in (topic, group + "-item-updates"))


def assigned(worker):
    with open(worker.log) as log:
        return "event=partitions_assigned" in log.read()


def consume(bench, topic, events):
    """What kcat takes for the same records."""

    with open(os.devnull, "wb") as nowhere:
        begin = time.monotonic()
        child = subprocess.Popen(
            ["kcat", "-C", "-q", "-e", "-b", bench.broker.address, "-t",
             topic, "-o", "beginning", "-f", "%s\n"], stdout=nowhere)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        elapsed = time.monotonic() - begin

    if child.returncode != 0:
        raise RuntimeError("kcat: exit status %d" % child.returncode)

    return {"events_per_second": events / elapsed,
            "cpu_us": (usage.ru_utime + usage.ru_stime) / events * 1e6}


def catch_up(bench, partitions, workers, events):
    """A full topic read by a group, from its assignment to the last commit."""

    topic = bench.topic(partitions, events)
    group = "bench-%d-%d" % (partitions, workers)
    port, index = bench.index()
    members = []

    # one after the other, so that the topics are made once
    for _ in range(workers):
        members.append(bench.worker(topic, group, port))
        wait_until("an assignment", lambda: assigned(members[-1]), 90,
                   members[-1], 0.01)

    begin = time.monotonic()
    before = sum(cpu(member.pid) for member in members)
    at_index = cpu(index.pid)

    with Consumer(bench.broker.address, group=group) as consumer:
        # while members join, the first ones have begun
        done = events - bench.behind(consumer, group, topic)
        wait_until("all is stored", lambda: bench.behind(
            consumer, group, topic) == 0, 300, members[0], 0.1)

    left = max(1, events - max(0, done))
    elapsed = time.monotonic() - begin
    row = {"partitions": partitions, "workers": workers, "events": left,
           "events_per_second": left / elapsed,
           "cpu_us": (sum(cpu(member.pid) for member in members) - before)
           / left * 1e6, "index_cpu_us": (cpu(index.pid) - at_index) / left
           * 1e6}

    for member in members:
        member.stop()

    index.kill()

    return row


def probe(bench, topic, port, rate, seconds):
    """Milliseconds from sending an event to reading its vector.

    Each is of a user that has had no event before, at no other rate either.
    """

    connection = http.client.HTTPConnection("127.0.0.1", port)
    waiting = {}
    took = []
    sent = 0
    begin = time.monotonic()

    with Producer(bench.broker.address) as producer:
        while time.monotonic() - begin < seconds or waiting:
            now = time.monotonic() - begin

            if now < seconds and now >= sent / PROBES:
                name = "probe-%d-%d" % (rate, sent)
                producer.produce(topic, name.encode(),
                                 ("%s,i%d" % (name, sent % 100)).encode())
                waiting["user:" + name] = time.monotonic()
                sent += 1

            if now > seconds + PATIENCE:
                raise RuntimeError("%d events are not readable %d s later"
                                   % (len(waiting), PATIENCE))

            if waiting:
                # the oldest ones: a URL has a usual length
                connection.request(
                    "GET", "/vectors/fetch?namespace=user-features&ids="
                    + "&ids=".join(list(waiting)[:50]))
                found = json.loads(connection.getresponse().read())["vectors"]
                now = time.monotonic()
                took += [1000 * (now - waiting.pop(name)) for name in found]

            time.sleep(0.002)

    return sorted(took)


def latency(bench, rates, seconds):
    topic = bench.topic(4, 0)
    port, index = bench.index()
    worker = bench.worker(topic, "bench-latency", port)
    wait_until("an assignment", lambda: assigned(worker), 90, worker)
    rows = []

    for rate in rates:
        player = Process(
            "player", [os.path.join(bench.build, "vfs-player"), "--brokers",
                       bench.broker.address, "--topic", topic, "--rate",
                       str(rate), "--count", str(rate * (seconds + 1)),
                       "--users", "20000", "--items", "10000", "--start",
                       "now"], bench.path("player.log"))
        times = probe(bench, topic, port, rate, seconds)
        player.wait(120)
        rows.append({
            "rate": rate, "probes": len(times),
            "p50_ms": statistics.median(times),
            "p90_ms": times[int(0.9 * len(times))],
            "p99_ms": times[int(0.99 * len(times))], "max_ms": times[-1],
            "percentiles": [[p, times[min(len(times) - 1,
                                          int(p / 100 * len(times)))]]
                            for p in range(1, 100)]})

    worker.stop()
    index.kill()

    return rows


def report(raw, rows, slow):
    one = next(row for row in rows if row["workers"] == 1)
    print("| reading the same topic | events/s | CPU of an event, us |")
    print("|---|---|---|")
    print("| kcat, to /dev/null | %.0f | %.1f |" % (
        raw["events_per_second"], raw["cpu_us"]))
    print("| vfs-ingest, stored in the index | %.0f | %.1f |" % (
        one["events_per_second"], one["cpu_us"]))
    print("| vfs-ingest to kcat | %.2f | %.1f |\n" % (
        one["events_per_second"] / raw["events_per_second"],
        one["cpu_us"] / raw["cpu_us"]))

    print("| partitions | workers | events/s | worker's CPU of an event, us "
          "| index's, us |")
    print("|---|---|---|---|---|")

    for row in rows:
        print("| %d | %d | %.0f | %.1f | %.1f |" % (
            row["partitions"], row["workers"], row["events_per_second"],
            row["cpu_us"], row["index_cpu_us"]))

    print("\n| events a second | event to readable p50, ms | p90 | p99 | max |")
    print("|---|---|---|---|---|")

    for row in slow:
        print("| %d | %.1f | %.1f | %.1f | %.1f |" % (
            row["rate"], row["p50_ms"], row["p90_ms"], row["p99_ms"],
            row["max_ms"]))

    print(flush=True)


def plots(rows, slow):
    return [
        {"name": "workers", "title": "Catching up with a full topic",
         "x": "partitions", "y": "events/s", "log": "x", "series": [
             {"name": "%d worker%s" % (n, "s" if n > 1 else ""), "points": [
                 [row["partitions"], row["events_per_second"]]
                 for row in rows if row["workers"] == n]}
             for n in sorted({row["workers"] for row in rows})]},
        {"name": "event-to-readable", "title": "Event to readable",
         "x": "percentile", "y": "ms", "log": "y", "series": [
             {"name": "%d events/s" % row["rate"],
              "points": row["percentiles"]} for row in slow]}]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--build", required=True)
    parser.add_argument("--kafka", required=True)
    parser.add_argument("--quick", action="store_true",
                        help="few events, to see that it runs")
    parser.add_argument("--json", help="a file for the figures")
    options = parser.parse_args()
    run = tempfile.mkdtemp(prefix="vfs-bench-")
    events = 5000 if options.quick else EVENTS

    try:
        bench = Bench(options, run)
        raw = consume(bench, bench.topic(SHAPES[0][0], events), events)
        rows = [catch_up(bench, *shape, events) for shape in
                (SHAPES[:2] if options.quick else SHAPES)]
        slow = latency(bench, RATES[:1] if options.quick else RATES,
                       3 if options.quick else SECONDS)
        report(raw, rows, slow)

    finally:
        Process.kill_all()
        shutil.rmtree(run, ignore_errors=True)

    if options.json:
        with open(options.json, "w") as file:
            json.dump({"kcat": raw, "catch_up": rows, "latency": slow,
                       "plots": plots(rows, slow)}, file, indent=2)


if __name__ == "__main__":
    main()
