#!/usr/bin/env python3
"""The gateway against a bare proxy_pass and against Fastify with two SDKs.

CPU time per request of the gateway's own process (user and system, from
/proc), 128 dimensions, one worker process, keepalive both ways, the same index
behind all.  The targets take turns in short rounds, so that a machine whose
speed drifts treats all alike; printed is the median over the rounds.
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

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "t", "kafka"))

from processes import Process, free_port, listening, wait_until  # noqa: E402

DIMENSION = 128
RECORDS = 1000
CONNECTIONS = 8
SDKS = ("8", "2")
PAGE = os.sysconf("SC_PAGE_SIZE")

NGINX = """
daemon off;
worker_processes 1;
pcre_jit on;
load_module %(build)s/ngx_http_vfs_module.so;
pid %(run)s/nginx.pid;
error_log %(run)s/error.log;

events {
    worker_connections 256;
}

http {
    access_log off;
    client_body_temp_path %(run)s/body;
    proxy_temp_path %(run)s/proxy;
    fastcgi_temp_path %(run)s/fastcgi;
    uwsgi_temp_path %(run)s/uwsgi;
    scgi_temp_path %(run)s/scgi;
    keepalive_requests 1000000;

    upstream index {
        server 127.0.0.1:%(index)d;
        keepalive 32;
        keepalive_requests 1000000;
    }

    proxy_http_version 1.1;
    proxy_set_header Connection "";
    proxy_buffers 16 16k;
    proxy_buffer_size 16k;

    server {
        listen 127.0.0.1:%(port)d;

        vfs_index /_index/;
        include %(root)s/conf/vfs.conf;

        location /_index/ {
            internal;
            proxy_pass http://index/;
            proxy_pass_request_headers off;
            proxy_set_header Connection "";
            proxy_set_header Content-Type application/json;
        }

        location /bare/ {
            proxy_pass http://index/;
        }
    }
}
"""

# What wrk's own summary leaves out; the body of POST goes before it.
LATENCY = """
function done(summary, latency, requests)
    for p = 1, 99 do
        io.write(string.format("percentile %d %d\\n", p, latency:percentile(p)))
    end
    io.write(string.format("percentile 99.9 %d\\n", latency:percentile(99.9)))
end
"""

POST = """
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = %s
"""


def vector(generator):
    return [round(generator.gauss(0, 1), 7) for _ in range(DIMENSION)]


def fill(port):
    generator = random.Random(1)
    connection = http.client.HTTPConnection("127.0.0.1", port)

    for entity in ("user", "item"):
        records = [{"id": "%s:%d" % (entity, n), "values": vector(generator),
                    "metadata": {"country": "Norway", "vfs_count": n}}
                   for n in range(RECORDS)]

        connection.request("POST", "/vectors/upsert", json.dumps(
            {"namespace": entity + "-features", "vectors": records}),
            {"Content-Type": "application/json"})

        reply = connection.getresponse()
        text = reply.read()

        if reply.status != 200:
            sys.exit("upsert: %d %s" % (reply.status, text[:200]))


class Gateway:
    """A running gateway and the process that does its work."""

    def __init__(self, name, port, pid, title=None):
        self.name = name
        self.title = title or name
        self.port = port
        self.pid = pid

    def cpu(self):
        """Seconds on a CPU, of all threads, to the nanosecond."""

        total = 0

        for thread in os.listdir("/proc/%d/task" % self.pid):
            with open("/proc/%d/task/%s/schedstat" % (self.pid, thread)) as stat:
                total += int(stat.read().split()[0])

        return total / 1e9

    def rss(self):
        with open("/proc/%d/statm" % self.pid) as statm:
            return int(statm.read().split()[1]) * PAGE


def load(url, seconds, script=None):
    """Requests answered; any error or status but 2xx ends the benchmark."""

    command = ["wrk", "-t1", "-c%d" % CONNECTIONS, "-d%gs" % seconds]

    if script is not None:
        command += ["-s", script]

    text = subprocess.run(command + [url], check=True, capture_output=True,
                          text=True).stdout

    if "Non-2xx" in text or "Socket errors" in text:
        sys.exit("%s:\n%s" % (url, text))

    return int(re.search(r"(\d+) requests in", text).group(1))


def measure(gateway, path, seconds, script=None):
    """Microseconds of CPU per request."""

    before = gateway.cpu()
    requests = load("http://127.0.0.1:%d%s" % (gateway.port, path), seconds,
                    script)

    return (gateway.cpu() - before) / requests * 1e6


def distribution(run, gateway, path, seconds, script=None):
    """[[percentile, microseconds]] as the client sees them."""

    own = os.path.join(run, "latency.lua")

    with open(own, "w") as out:
        if script is not None:
            with open(script) as text:
                out.write(text.read())

        out.write(LATENCY)

    text = subprocess.run(
        ["wrk", "-t1", "-c%d" % CONNECTIONS, "-d%gs" % seconds, "-s", own,
         "http://127.0.0.1:%d%s" % (gateway.port, path)], check=True,
        capture_output=True, text=True).stdout

    return [[float(p), int(us)] for p, us in re.findall(
        r"^percentile (\S+) (\d+)$", text, re.M)]


def distributions(run, nginx, fastify, endpoints, seconds):
    """One plot for each endpoint."""

    plots = []

    for name, path, bare, script in endpoints:
        series = [("vfs", distribution(run, nginx, path, seconds)),
                  ("bare proxy_pass", distribution(run, nginx, bare, seconds,
                                                   script)),
                  *((peer.title, distribution(run, peer, path, seconds))
                    for peer in fastify)]
        plots.append({
            "name": "gateway-" + name, "title": "Gateway: %s, %d connections"
            % (name, CONNECTIONS), "x": "percentile", "y": "us", "log": "y",
            "series": [{"name": key, "points": points}
                       for key, points in series]})

    return plots


def child_of(pid):
    with open("/proc/%d/task/%d/children" % (pid, pid)) as children:
        return [int(child) for child in children.read().split()]


def start_nginx(build, run, index):
    port = free_port()
    conf = os.path.join(run, "nginx.conf")

    with open(conf, "w") as out:
        out.write(NGINX % {"build": build, "run": run, "index": index,
                           "port": port, "root": ROOT})

    nginx = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")
    process = Process("nginx", [nginx, "-p", run, "-c", conf, "-e", "stderr"],
                      os.path.join(run, "nginx.log"))
    wait_until("nginx", lambda: listening(port), 30, process)
    worker = wait_until("nginx's worker", lambda: child_of(process.pid), 30,
                        process)[0]

    return Gateway("vfs", port, worker)


def start_fastify(build, run, index, sdk):
    """With the SDK's major version."""

    port = free_port()
    name = "fastify-" + sdk
    process = Process(
        name, ["node", os.path.join(build, "npm/fastify/server.mjs")],
        os.path.join(run, name + ".log"),
        env=dict(os.environ, PORT=str(port), NODE_ENV="production", SDK=sdk,
                 INDEX="http://127.0.0.1:%d" % index))
    wait_until(name, lambda: listening(port), 30, process)

    return Gateway(name, port, process.pid, "Fastify and SDK " + sdk)


def start_index(build, run):
    port = free_port()
    process = Process(
        "vfs-index", [os.path.join(build, "vfs-index"), "--listen",
                      "127.0.0.1:%d" % port, "--data",
                      os.path.join(run, "index")],
        os.path.join(run, "index.log"))
    wait_until("the index", lambda: listening(port), 30, process)

    return port


def targets(run):
    """(endpoint, its path, bare path, bare script) for each endpoint."""

    script = os.path.join(run, "query.lua")

    with open(script, "w") as out:
        out.write(POST % json.dumps(json.dumps(
            {"topK": 6, "includeMetadata": True, "includeValues": False,
             "namespace": "user-features", "id": "user:1"})))

    fetch = "/bare/vectors/fetch?ids=user%3A1&namespace=user-features"

    return (("fetch", "/v1/features/user/1", fetch, None),
            ("similar", "/v1/features/user/1/similar", "/bare/query", script),
            ("recommend", "/v1/recommend/user/1", fetch, None))


def compare(nginx, fastify, endpoints, rounds, seconds):
    """{(endpoint, target): microseconds for each round}"""

    taken = {}

    for _ in range(rounds):
        for name, path, bare, script in endpoints:
            for key, figure in (
                    ("vfs", measure(nginx, path, seconds)),
                    ("bare", measure(nginx, bare, seconds, script)),
                    *((peer.name, measure(peer, path, seconds))
                      for peer in fastify)):
                taken.setdefault((name, key), []).append(figure)

    return taken


def ratio(taken, name, over, under):
    """Median over the rounds of one figure over another."""

    return statistics.median(
        a / b for a, b in zip(taken[name, over], taken[name, under]))


def report(taken, endpoints, fastify):
    print("| endpoint | vfs, us | bare proxy_pass, us | vfs/bare |"
          + "".join(" %s, us | to vfs |" % peer.title for peer in fastify))
    print("|---|---|---|---|" + "---|---|" * len(fastify))

    for name, _, _, _ in endpoints:
        middle = {key: statistics.median(figures) for (endpoint, key), figures
                  in taken.items() if endpoint == name}

        print("| %s | %.1f | %.1f | %.2f |" % (
            name, middle["vfs"], middle["bare"],
            ratio(taken, name, "vfs", "bare"))
            + "".join(" %.0f | %.1f |" % (
                middle[peer.name], ratio(taken, name, peer.name, "vfs"))
                for peer in fastify))


def flat_memory(nginx):
    """Resident memory before and after 100,000 requests."""

    url = "http://127.0.0.1:%d/v1/recommend/user/1" % nginx.port
    load(url, 1)
    before = nginx.rss()
    done = 0

    while done < 100000:
        done += load(url, 2)

    print("\nresident memory of the worker process: %d KiB, after %d more "
          "requests (recommend): %d KiB"
          % (before // 1024, done, nginx.rss() // 1024))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--build", required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=2)
    parser.add_argument("--quick", action="store_true",
                        help="short rounds, to see that it runs")
    parser.add_argument("--json", help="a file for the figures")
    options = parser.parse_args()

    if options.quick:
        options.rounds = 1
        options.seconds = 1

    run = tempfile.mkdtemp(prefix="vfs-bench-")

    try:
        os.chmod(run, 0o755)
        index = start_index(options.build, run)
        fill(index)
        nginx = start_nginx(options.build, run, index)
        fastify = [start_fastify(options.build, run, index, sdk)
                   for sdk in SDKS]
        endpoints = targets(run)

        print("CPU time of the gateway's process per request, median of %d "
              "rounds of %g s, %d connections, %d dimensions\n"
              % (options.rounds, options.seconds, CONNECTIONS, DIMENSION))

        taken = compare(nginx, fastify, endpoints, options.rounds,
                        options.seconds)
        report(taken, endpoints, fastify)
        flat_memory(nginx)

        if options.json:
            with open(options.json, "w") as file:
                json.dump({"cpu_us": {" ".join(key): figures for key, figures
                                      in taken.items()},
                           "plots": distributions(
                               run, nginx, fastify, endpoints,
                               options.seconds)}, file, indent=2)

    finally:
        Process.kill_all()
        shutil.rmtree(run, ignore_errors=True)


if __name__ == "__main__":
    main()
