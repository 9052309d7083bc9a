#!/usr/bin/env python3
"""The embedded index: what it reaches, beside a plain scan and what a user
could take instead.

Everything over HTTP on loopback, 128 dimensions, with the metadata that the
worker stores.  "One core": the index on one, the load on another.  Prints each
figure with what is wanted of it; a missed one is marked, and with --strict
fails.  --json FILE also writes them for a report.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "t", "kafka"))

from processes import Process, free_port, listening, wait_until  # noqa: E402

SMALL = 100000
LARGE = 1000000
DIMENSION = 128

# what a record is made of: values, "user:N" and the metadata as JSON
RAW = 4 * DIMENSION + 11 + 136

FETCH = """
local n = 0
request = function()
    n = (n + 7919) %% %d
    return wrk.format("GET", "/vectors/fetch?ids=user%%3A" .. n)
end
""" % SMALL


class Index:
    """vfs-index on a directory, perhaps on certain cores."""

    def __init__(self, build, run, name, cores=None, threads=None):
        self.port = free_port()
        command = [os.path.join(build, "vfs-index"), "--listen",
                   "127.0.0.1:%d" % self.port, "--metric", "dotproduct",
                   "--data", os.path.join(run, name)]

        if threads is not None:
            command += ["--threads", str(threads)]

        if cores is not None:
            command = ["taskset", "-c", cores] + command

        start = time.monotonic()
        self.process = Process("vfs-index", command,
                               os.path.join(run, "%s-%d.log" % (
                                   name, self.port)))
        wait_until("the index", self.ready, 120, self.process, every=0.01)
        self.seconds = time.monotonic() - start

    def ready(self):
        with open(self.process.log) as log:
            return "event=listening" in log.read()

    def memory(self):
        """Resident memory but for files, in bytes."""

        with open("/proc/%d/status" % self.process.pid) as status:
            return 1024 * int(re.search(r"RssAnon:\s+(\d+) kB",
                                        status.read()).group(1))

    def stop(self):
        self.process.stop()


class Report:
    def __init__(self):
        self.figures = []

    def add(self, name, value, unit, wanted=None, least=False):
        met = None

        if wanted is not None:
            met = value >= wanted if least else value <= wanted

        self.figures.append({"name": name, "value": value, "unit": unit,
                             "wanted": wanted, "met": met})

        aim = "" if wanted is None else "%s %g %s" % (
            "at least" if least else "at most", wanted, unit)

        print("| %s | %.4g %s | %s | %s |" % (
            name, value, unit, aim, {None: "", True: "yes",
                                     False: "**no**"}[met]), flush=True)

    def missed(self):
        return [f["name"] for f in self.figures if f["met"] is False]


def bench(build, *arguments, core=None):
    command = [os.path.join(build, "bench", "index-bench")]

    if core is not None:
        command = ["taskset", "-c", core] + command

    words = subprocess.run(command + [str(a) for a in arguments], check=True,
                           capture_output=True, text=True).stdout.split()

    return {name: float(value) for name, value in zip(words[::2],
                                                      words[1::2])}


def small(build, run, report):
    """100,000 vectors: writes on both cores, then reads from one."""

    index = Index(build, run, "small")
    taken = bench(build, "upsert", index.port, SMALL, 100, 8)
    report.add("durable upserts in batches of 100",
               taken["records"] / taken["seconds"], "records/s", 20000, True)
    index.stop()

    index = Index(build, run, "small", cores="0", threads=1)
    got = bench(build, "query", index.port, SMALL, 500, core="1")
    report.add("query of 100,000, p50", got["index_p50_ms"], "ms", 3)
    report.add("query of 100,000, p99", got["index_p99_ms"], "ms")
    report.add("recall@10", got["recall"], "", 1, True)
    report.add("plain AVX2 scan, p50", got["scan_p50_ms"], "ms")
    report.add("query to plain scan", got["index_p50_ms"] / got["scan_p50_ms"],
               "", 1.2)

    script = os.path.join(run, "fetch.lua")

    with open(script, "w") as out:
        out.write(FETCH)

    text = subprocess.run(
        ["taskset", "-c", "1", "wrk", "-t1", "-c16", "-d5s", "-s", script,
         "http://127.0.0.1:%d" % index.port], check=True,
        capture_output=True, text=True).stdout

    if "Non-2xx" in text or "Socket errors" in text:
        sys.exit(text)

    report.add("fetch by id", float(re.search(r"Requests/sec:\s+([\d.]+)",
                                              text).group(1)),
               "requests/s", 15000, True)
    index.stop()

    return got["index_p50_ms"]


def large(build, run, report):
    """A million vectors on both cores."""

    index = Index(build, run, "large")
    bench(build, "upsert", index.port, LARGE, 500, 4)
    index.stop()

    index = Index(build, run, "large")
    report.add("restart with 1,000,000", index.seconds, "s", 10)
    report.add("memory to vectors, ids and metadata",
               index.memory() / (LARGE * RAW), "", 1.4)
    got = bench(build, "query", index.port, LARGE, 200)
    report.add("query of 1,000,000, p50", got["index_p50_ms"], "ms", 10)
    report.add("query of 1,000,000, p99", got["index_p99_ms"], "ms")
    report.add("recall@10 of 1,000,000", got["recall"], "", 1, True)
    report.add("plain AVX2 scan of 1,000,000 on one core, p50",
               got["scan_p50_ms"], "ms")
    index.stop()


def peers(build, run, p50):
    """In this process' neighbourhood, without HTTP, on one core."""

    path = os.path.join(run, "vectors")
    bench(build, "vectors", SMALL, 200, path)

    found = json.loads(subprocess.run(
        ["taskset", "-c", "1", os.path.join(build, "bench/venv/bin/python"),
         os.path.join(ROOT, "bench/index/peers.py"), path, str(SMALL),
         "200"], check=True, capture_output=True, text=True).stdout)

    print("\n| 100,000 vectors, one core | query p50, ms | recall@10 "
          "| to vfs-index | records/s, in memory |")
    print("|---|---|---|---|---|")
    print("| vfs-index, over HTTP | %.3f | 1.000 | 1 | see above |" % p50)

    for name, peer in found.items():
        peer["ratio"] = peer["p50_ms"] / p50
        print("| %s, in process | %.3f | %.3f | %.2f | %.0f |" % (
            name, peer["p50_ms"], peer["recall"], peer["ratio"],
            peer["records_per_second"]))

    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--build", required=True)
    parser.add_argument("--json")
    parser.add_argument("--strict", action="store_true")
    options = parser.parse_args()
    run = tempfile.mkdtemp(prefix="vfs-bench-")
    report = Report()

    try:
        print("| vfs-index, 128 dimensions | measured | wanted | met |")
        print("|---|---|---|---|")
        p50 = small(options.build, run, report)
        large(options.build, run, report)
        found = peers(options.build, run, p50)

    finally:
        Process.kill_all()
        shutil.rmtree(run, ignore_errors=True)

    if options.json:
        with open(options.json, "w") as out:
            json.dump({"index": report.figures, "peers": found}, out,
                      indent=1)
            out.write("\n")

    if options.strict and report.missed():
        sys.exit("missed: " + ", ".join(report.missed()))


if __name__ == "__main__":
    main()
