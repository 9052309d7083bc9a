#!/usr/bin/env python3
"""How the embedded index grows with vectors and with dimensions.

Memory, time to fill over HTTP, and the time of a query, exact, all on the same
machine: from ten thousand to a million vectors of 128 dimensions, and from 64
to 1536 dimensions of ten thousand vectors.
"""

import argparse
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
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "t", "kafka"))

from processes import Process, free_port, listening, wait_until  # noqa: E402

VECTORS = (10000, 30000, 100000, 300000, 1000000)
DIMENSIONS = (64, 128, 256, 512, 768, 1536)
RECORDS = 10000
QUERIES = 200
POOL = 200000
BODY = 1500000


class Index:

    def __init__(self, build, run, name):
        self.port = free_port()
        self.process = Process(
            "vfs-index", [os.path.join(build, "vfs-index"), "--nosync",
                          "--listen", "127.0.0.1:%d" % self.port, "--metric",
                          "dotproduct", "--data", os.path.join(run, name)],
            os.path.join(run, name + ".log"))
        wait_until("the index", lambda: listening(self.port), 30,
                   self.process)
        self.before = self.memory()

    def memory(self):
        with open("/proc/%d/status" % self.process.pid) as status:
            return 1024 * int(re.search(r"RssAnon:\s+(\d+) kB",
                                        status.read()).group(1))

    def grown(self):
        return self.memory() - self.before


def vectors(build, run, count):
    """One row of what count vectors take, by the load in C."""

    index = Index(build, run, "vectors-%d" % count)
    tool = os.path.join(build, "bench", "index-bench")

    def load(*arguments):
        words = subprocess.run([tool, *map(str, arguments)], check=True,
                               capture_output=True, text=True,
                               timeout=300).stdout.split()

        return {name: float(value) for name, value in zip(words[::2],
                                                          words[1::2])}

    filled = load("upsert", index.port, count, 500, 4)
    got = load("query", index.port, count, QUERIES)
    row = {"vectors": count, "dimensions": 128,
           "records_per_second": filled["records"] / filled["seconds"],
           "bytes": index.grown(), "p50_ms": got["index_p50_ms"],
           "p99_ms": got["index_p99_ms"], "scan_p50_ms": got["scan_p50_ms"]}
    index.process.kill()

    return row


def post(connection, path, text):
    connection.request("POST", path, text,
                       {"Content-Type": "application/json"})
    reply = connection.getresponse()
    body = reply.read()

    if reply.status != 200:
        raise RuntimeError("%s: %d %s" % (path, reply.status, body[:200]))

    return body


def dimensions(build, run, count):
    """One row for vectors of count dimensions.

    Their values are cut out of one long list of random numbers, so that what
    is measured is the index and not the formatting of numbers.
    """

    index = Index(build, run, "dimensions-%d" % count)
    generator = random.Random(count)
    pool = ["%.7g" % generator.gauss(0, 1) for _ in range(POOL)]
    connection = http.client.HTTPConnection("127.0.0.1", index.port)
    batch = max(1, min(500, BODY // (count * 12)))
    taken = 0.0

    def values():
        start = generator.randrange(POOL - count)

        return ",".join(pool[start:start + count])

    for first in range(0, RECORDS, batch):
        text = '{"namespace":"n","vectors":[%s]}' % ",".join(
            '{"id":"%d","values":[%s]}' % (n, values())
            for n in range(first, min(first + batch, RECORDS)))
        begin = time.perf_counter()
        post(connection, "/vectors/upsert", text)
        taken += time.perf_counter() - begin

    times = []

    for _ in range(QUERIES):
        text = '{"namespace":"n","topK":10,"vector":[%s]}' % values()
        begin = time.perf_counter()
        post(connection, "/query", text)
        times.append(1000 * (time.perf_counter() - begin))

    times.sort()
    row = {"vectors": RECORDS, "dimensions": count,
           "records_per_second": RECORDS / taken, "bytes": index.grown(),
           "p50_ms": statistics.median(times),
           "p99_ms": times[int(0.99 * len(times))]}
    connection.close()
    index.process.kill()

    return row


def table(rows, name):
    print("| %s | query p50, ms | query p99, ms | memory, MB | bytes a vector "
          "| upserts, records/s |" % name)
    print("|---|---|---|---|---|---|")

    for row in rows:
        print("| %d | %.3g | %.3g | %.0f | %.0f | %.0f |" % (
            row[name], row["p50_ms"], row["p99_ms"], row["bytes"] / 1e6,
            row["bytes"] / row["vectors"], row["records_per_second"]))

    print(flush=True)


def plots(many, wide):
    return [
        {"name": "index-vectors", "title": "Embedded index: time of a query",
         "x": "vectors of 128 dimensions", "y": "ms", "log": "xy", "series": [
             {"name": name, "points": [[r["vectors"], r[key]] for r in many]}
             for name, key in (("vfs-index, p50", "p50_ms"),
                               ("vfs-index, p99", "p99_ms"),
                               ("plain scan in process, p50",
                                "scan_p50_ms"))]},
        {"name": "index-memory", "title": "Embedded index: memory",
         "x": "vectors of 128 dimensions", "y": "MB", "log": "xy", "series": [
             {"name": "resident", "points": [
                 [r["vectors"], r["bytes"] / 1e6] for r in many]}]},
        {"name": "index-dimensions", "title":
         "Embedded index: time of a query of %d vectors" % RECORDS,
         "x": "dimensions", "y": "ms", "log": "xy", "series": [
             {"name": name, "points": [[r["dimensions"], r[key]]
                                       for r in wide]}
             for name, key in (("p50", "p50_ms"), ("p99", "p99_ms"))]}]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--build", required=True)
    parser.add_argument("--quick", action="store_true",
                        help="few sizes, to see that it runs")
    parser.add_argument("--json", help="a file for the figures")
    options = parser.parse_args()
    run = tempfile.mkdtemp(prefix="vfs-bench-")

    try:
        many = [vectors(options.build, run, count) for count in
                (VECTORS[:2] if options.quick else VECTORS)]
        table(many, "vectors")
        wide = [dimensions(options.build, run, count) for count in
                (DIMENSIONS[:2] if options.quick else DIMENSIONS)]
        table(wide, "dimensions")

    finally:
        Process.kill_all()
        shutil.rmtree(run, ignore_errors=True)

    if options.json:
        with open(options.json, "w") as file:
            json.dump({"vectors": many, "dimensions": wide,
                       "plots": plots(many, wide)}, file, indent=2)


if __name__ == "__main__":
    main()
