#!/usr/bin/env python3
"""What the statistics cost of a fetch: instructions by callgrind, and time.

One nginx process under callgrind, the index beside it, one kept connection.  A
long run less a short one leaves what requests take; of it the functions that
count and read the clock are told apart.  Callgrind sees user space alone, of
which the statistics are a larger share than of all.

Atomic additions and clock readings take longer than other instructions, so
they are also timed by themselves, as many as a fetch has, and compared with a
fetch's CPU time, the kernel's part included, without callgrind.
"""

import argparse
import glob
import http.client
import os
import re
import subprocess
import sys
import tempfile

from gateway import (NGINX, Process, fill, free_port, listening,
                     start_index, wait_until)

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

TICK = os.sysconf("SC_CLK_TCK")
LIMIT = 2       # percent

# Two series and a gauge, up and down; when a request and its subrequest begin
# and end.
ADDITIONS = 2 * 3 + 2
READINGS = 4
ROUNDS = 1000000

TIMED = r'''
#include <stdint.h>
#include <stdio.h>
#include <time.h>

static uint64_t now(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t) ts.tv_sec * 1000000000 + (uint64_t) ts.tv_nsec;
}

int main(void)
{
    static uint64_t words[ADDITIONS][1024];
    uint64_t start = now(), sum = 0;
    for (int i = 0; i < ROUNDS; i++) {
        for (int k = 0; k < ADDITIONS; k++)
            __sync_fetch_and_add(&words[k][i % 1024], 1);
        for (int k = 0; k < READINGS; k++)
            sum += now();
    }
    printf("%f\n", (double) (now() - start) / ROUNDS + (double) (sum == 1));
    return 0;
}
'''

# They call no other of them.
COUNTING = ("ngx_http_vfs_stats_enter", "ngx_http_vfs_stats_leave",
            "ngx_http_vfs_stats_log", "ngx_http_vfs_stats_call")
CLOCK = ("ngx_http_vfs_now",)


def configuration(build, run, index, port):
    """That of the gateway's benchmark, in one process."""

    text = NGINX % {"build": build, "run": run, "index": index, "port": port,
                    "root": ROOT}

    return text.replace("worker_processes 1;", "master_process off;")


def fetch(port, requests):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    for _ in range(requests):
        connection.request("GET", "/v1/features/user/1")
        answer = connection.getresponse()
        answer.read()

        if answer.status != 200:
            sys.exit("fetch: %d" % answer.status)

    connection.close()


def serve(command, build, run, index, requests):
    """Runs nginx for that many fetches; returns its CPU time meanwhile."""

    port = free_port()
    conf = os.path.join(run, "nginx.conf")

    with open(conf, "w") as out:
        out.write(configuration(build, run, index, port))

    nginx = Process("nginx", command + ["-p", run, "-c", conf, "-e", "stderr"],
                    os.path.join(run, "nginx.log"))
    wait_until("nginx", lambda: listening(port), 120, nginx)
    fetch(port, 50)
    before = cpu(nginx.pid)
    fetch(port, requests)
    seconds = cpu(nginx.pid) - before
    nginx.stop(120)

    return seconds


def cpu(pid):
    with open("/proc/%d/stat" % pid) as stat:
        fields = stat.read().rsplit(")", 1)[1].split()

    return (int(fields[11]) + int(fields[12])) / TICK


def instructions(nginx, build, run, index, requests):
    """(all, those of COUNTING, those of CLOCK) of a run under callgrind."""

    out = os.path.join(run, "callgrind.%d" % requests)
    serve(["valgrind", "--tool=callgrind", "--callgrind-out-file=" + out,
           nginx], build, run, index, requests)

    text = subprocess.run(
        ["callgrind_annotate", "--inclusive=yes", "--threshold=100",
         "--show-percs=no", out], check=True, capture_output=True,
        text=True).stdout

    def taken(name):
        found = re.search(r"^\s*([\d,]+)\s+\S*:%s(?:'\d+)?\s" % re.escape(name),
                          text, re.MULTILINE)

        if found is None:
            sys.exit("callgrind saw nothing of " + name)

        return int(found.group(1).replace(",", ""))

    total = re.search(r"^\s*([\d,]+)\s+PROGRAM TOTALS", text, re.MULTILINE)

    return (int(total.group(1).replace(",", "")),
            sum(map(taken, COUNTING)), sum(map(taken, CLOCK)))


def timed(run):
    """Nanoseconds of a fetch's atomic additions and clock readings."""

    program = os.path.join(run, "timed")
    subprocess.run(["gcc", "-O2", "-x", "c", "-o", program]
                   + ["-D%s=%d" % named for named in (
                       ("ADDITIONS", ADDITIONS), ("READINGS", READINGS),
                       ("ROUNDS", ROUNDS))] + ["-"],
                   input=TIMED, text=True, check=True)

    return min(float(subprocess.run([program], check=True, text=True,
                                    capture_output=True).stdout)
               for _ in range(5))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--build", required=True)
    parser.add_argument("--requests", type=int, default=1000)
    options = parser.parse_args()
    run = tempfile.mkdtemp(prefix="vfs-bench-")
    nginx = next(iter(glob.glob("/usr/sbin/nginx")
                      + glob.glob("/usr/bin/nginx")), None)

    if nginx is None:
        sys.exit("no nginx here")

    try:
        index = start_index(options.build, run)
        fill(index)
        short, long = (instructions(nginx, options.build, run, index, n)
                       for n in (options.requests, 3 * options.requests))
        every, counting, clock = (
            (b - a) / (2 * options.requests) for a, b in zip(short, long))

        print("instructions of a fetch in user space: %.0f\n"
              "of them counting: %.0f (%.2f %%)\n"
              "of them reading the clock: %.0f (%.2f %%)\n"
              "statistics in all: %.2f %%"
              % (every, counting, 100 * counting / every,
                 clock, 100 * clock / every,
                 100 * (counting + clock) / every))

        share = 100 * (counting + clock) / every
        fetches = 20 * options.requests
        whole = serve([nginx], options.build, run, index, fetches) / fetches
        part = timed(run)

        print("CPU time of a fetch: %.1f us; %d atomic additions and %d "
              "readings of the clock: %.3f us (%.2f %%)"
              % (whole * 1e6, ADDITIONS, READINGS, part / 1e3,
                 part / whole / 1e7))

        if max(share, part / whole / 1e7) > LIMIT:
            sys.exit("more than %g %%" % LIMIT)

    finally:
        for process in list(Process.running):
            process.kill()


if __name__ == "__main__":
    main()
