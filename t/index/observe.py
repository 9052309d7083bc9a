"""Metrics and the access log."""

import http.client
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from vfs_index import PATIENCE, PROGRAM, Index, Plan

RECORDS = [{"id": "r%d" % i, "values": [i + 1, 1, 0]} for i in range(300)]


def samples(text):
    """{name with labels: value}"""

    return {name: float(value) for name, value in
            re.findall(r"^(\w+(?:\{.*\})?) (\S+)$", text, re.M)}


def well_formed():
    """promtool finds nothing to say, before and after traffic."""

    with Index() as index:
        for _ in range(2):
            answer = index.get("/metrics")

            if not answer.headers["content-type"].startswith("text/plain; "
                                                             "version=0.0.4"):
                return answer.headers["content-type"]

            run = subprocess.run(["promtool", "check", "metrics"],
                                 input=answer.text, capture_output=True,
                                 text=True)

            if run.returncode != 0 or run.stdout or run.stderr:
                return run.stdout + run.stderr

            index.post("/vectors/upsert", {"vectors": RECORDS})
            index.post("/query", {"id": "r1", "topK": 3})
            index.post("/query", "{")
            index.get("/nothing")

    return None


def counts():
    """Each counter says what was done."""

    with Index() as index:
        index.post("/vectors/upsert", {"vectors": RECORDS})
        index.post("/vectors/upsert", {"vectors": RECORDS[:1],
                                       "namespace": "n"})
        index.post("/vectors/upsert", {"vectors": []})
        sent = len(index.post("/query", {"id": "r1", "topK": 3}).text)
        index.get("/nothing")
        index.call("PUT", "/query")

        text = index.get("/metrics").text
        got = samples(text)
        operation = 'operation="%s"'

        for name, value in (
                ('requests_total{operation="upsert",status="2xx"}', 2),
                ('requests_total{operation="upsert",status="4xx"}', 1),
                ('requests_total{operation="query",status="2xx"}', 1),
                ('requests_total{operation="none",status="4xx"}', 2),
                ('request_seconds_count{operation="upsert"}', 3),
                ('request_seconds_bucket{operation="upsert",le="+Inf"}', 3),
                ('records{index="default"}', 301),
                ('namespaces{index="default"}', 2),
                ("searches_total", 1), ("searched_rows_total", 300),
                ("writes_total", 2), ("write_failures_total", 0), ("lsn", 2),
                ("connections", 1), ("requests_in_flight", 1),
                ("store_bytes", os.path.getsize(os.path.join(
                    index.data, "data.mdb")))):
            if got.get("vfs_index_" + name) != value:
                return "%s: expected %s in\n%s" % (name, value, text)

        if not 3 <= got["vfs_index_scored_rows_total"] <= 300:
            return "scored: %s" % got["vfs_index_scored_rows_total"]

        if got["vfs_index_sent_bytes_total"] < sent:
            return "sent: %s" % got["vfs_index_sent_bytes_total"]

        buckets = [value for name, value in got.items()
                   if name.startswith("vfs_index_request_seconds_bucket{"
                                      + operation % "upsert")]

        if len(buckets) < 30 or buckets != sorted(buckets):
            return "buckets: %s" % buckets

    return None


def needs_the_key():
    with tempfile.NamedTemporaryFile("w") as file:
        file.write("the-key\n")
        file.flush()

        with Index("--api-key-file", file.name) as index:
            for headers, status in (
                    ({}, 401), ({"Authorization": "Bearer the-kez"}, 401),
                    ({"Authorization": "Basic the-key"}, 401),
                    ({"Authorization": "Bearer"}, 401),
                    ({"Authorization": "Bearer the-key"}, 200),
                    ({"Api-Key": "the-key"}, 200)):
                answer = index.call("GET", "/metrics", None, headers)

                if answer.status != status:
                    return "%s: %r" % (headers, answer)

    return None


LINE = re.compile(
    r'time=\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z client=127\.0\.0\.1 '
    r'method="(\w+)" path="(\S*)" operation=(\w+) status=(\d+) '
    r'received=(\d+) sent=(\d+) us=(\d+)\n')


def lines(path, n):
    """The log's lines once there are "n"; the last may come after its answer.
    """

    deadline = time.monotonic() + PATIENCE

    while True:
        with open(path) as log:
            got = log.readlines()

        if len(got) >= n or time.monotonic() > deadline:
            return got

        time.sleep(0.005)


def access_log(directory):
    """A line for each request, without parameters and without the key."""

    path = os.path.join(directory, "access.log")
    key = os.path.join(directory, "key")

    with open(key, "w") as file:
        file.write("the-key\n")

    with Index("--access-log", path, "--api-key-file", key) as index:
        body = '{"vectors":[{"id":"a","values":[1,2]}]}'
        secret = {"Api-Key": "the-key"}
        index.call("POST", "/vectors/upsert", body, secret)
        text = index.call("GET", "/vectors/fetch?ids=a", None, secret).text
        index.call("GET", '/no"thing%0a', None, secret)
        index.call("GET", "/query", None, {"Api-Key": "wrong"})

        want = [("POST", "/vectors/upsert", "upsert", "200", str(len(body))),
                ("GET", "/vectors/fetch", "fetch", "200", "0"),
                ("GET", '/no\\"thing%0a', "none", "404", "0"),
                ("GET", "/query", "query", "401", "0")]
        log = lines(path, len(want))
        got = [found.groups() for found in map(LINE.fullmatch, log) if found]

        if [line[:5] for line in got] != want:
            return "".join(log)

        if got[1][5] != str(len(text)) or "the-key" in "".join(log):
            return "".join(log)

        # what logrotate does
        os.rename(path, path + ".1")
        index.process.send_signal(signal.SIGHUP)
        deadline = time.monotonic() + PATIENCE

        while not os.path.exists(path):
            if time.monotonic() > deadline:
                return "SIGHUP does not open the log anew"
            time.sleep(0.005)

        index.call("GET", "/healthz")
        log = lines(path, 1)

        if len(log) != 1 or "operation=health" not in log[0]:
            return "after SIGHUP: %s" % log

        if index.stop() != 0:
            return "it did not end well"

    run = subprocess.run([PROGRAM, "--data", directory, "--listen",
                          "127.0.0.1:0", "--access-log", "/none/such"],
                         capture_output=True, text=True, timeout=PATIENCE)

    if run.returncode != 1 or "--access-log" not in run.stderr:
        return "status %d: %s" % (run.returncode, run.stderr)

    return None


def dropped(index):
    return samples(index.get("/metrics").text)[
        "vfs_index_access_lines_dropped_total"]


def fifo_without_reader(directory):
    """Nothing waits for one: not the start, no request, not SIGHUP, not the
    end.  What the pipe holds is there for a reader that comes later."""

    path = os.path.join(directory, "access.fifo")
    os.mkfifo(path)
    long = "/" + "x" * 480

    with Index("--access-log", path) as index:
        for _ in range(5000):
            if index.get(long).status != 404:
                return "a request was not answered"

        index.process.send_signal(signal.SIGHUP)
        index.get("/healthz")

        if dropped(index) == 0:
            return "5000 lines fit a pipe"

        reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        deadline = time.monotonic() + PATIENCE
        got = b""

        while b"operation=health" not in got:
            try:
                got += os.read(reader, 65536)
            except BlockingIOError:
                time.sleep(0.005)

            if time.monotonic() > deadline:
                return "after SIGHUP a reader gets: %r" % got[-300:]

        os.close(reader)
        broken = [line for line in got.decode().splitlines(True)
                  if not LINE.fullmatch(line)]

        if broken:
            return "a broken line: %r" % broken[0]

        for _ in range(300):
            index.get(long)

        if index.stop() != 0:
            return "it did not end well"

    # a file that became a FIFO, and the way back
    plain = os.path.join(directory, "plain.log")

    with Index("--access-log", plain) as index:
        os.unlink(plain)
        os.mkfifo(plain)
        index.process.send_signal(signal.SIGHUP)
        index.get("/healthz")
        os.unlink(plain)
        index.process.send_signal(signal.SIGHUP)
        deadline = time.monotonic() + PATIENCE

        while not os.path.exists(plain):
            if time.monotonic() > deadline:
                return "the second SIGHUP was not seen"
            time.sleep(0.005)

        if index.stop() != 0:
            return "it did not end well with a FIFO in the file's place"

    return None


def slow_reader(directory):
    """Each line is read whole, or counted as dropped."""

    path = os.path.join(directory, "slow.fifo")
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    got = b""
    n = 4000

    with Index("--access-log", path) as index:
        for i in range(n):
            index.get("/" + "y" * 480)

            if i % 200 == 0:
                try:
                    got += os.read(reader, 20000)
                except BlockingIOError:
                    pass

        deadline = time.monotonic() + PATIENCE
        lost = dropped(index)

        while got.count(b"operation=none") + lost < n:
            try:
                got += os.read(reader, 65536)
            except BlockingIOError:
                time.sleep(0.005)

            if time.monotonic() > deadline:
                return "%d lines read, %d dropped of %d" % (
                    got.count(b"\n"), lost, n)

    os.close(reader)

    if lost == 0:
        return "nothing was dropped"

    for line in got.decode().splitlines(True):
        if not LINE.fullmatch(line):
            return "a broken line: %r" % line

    return None


def full_disk():
    """Requests are answered; the log says once what is wrong."""

    with Index("--access-log", "/dev/full") as index:
        for _ in range(50):
            if index.get("/healthz").status != 200:
                return "a request was not answered"

        deadline = time.monotonic() + PATIENCE

        while dropped(index) < 50:
            if time.monotonic() > deadline:
                return "%d lines were dropped" % dropped(index)

        log = index.read_log()

        if log.count("event=access_log_failed") != 1 \
                or "No space left" not in log:
            return log

        if index.stop() != 0:
            return "it did not end well"

    return None


def stuck_stderr(directory):
    """--access-log - into a pipe that nobody reads any more."""

    reader, writer = os.pipe()
    process = subprocess.Popen(
        [PROGRAM, "--listen", "127.0.0.1:0", "--data",
         os.path.join(directory, "stuck"), "--access-log", "-"],
        stderr=writer)
    os.close(writer)

    try:
        text = b""

        while b"listening" not in text:
            more = os.read(reader, 4096)

            if not more:
                return "it did not start: %s" % text
            text += more

        port = int(re.search(rb"address=\S+:(\d+)", text).group(1))
        client = http.client.HTTPConnection("127.0.0.1", port,
                                            timeout=PATIENCE)

        for _ in range(3000):
            client.request("GET", "/" + "z" * 480)
            client.getresponse().read()

        client.close()
        os.close(reader)
        reader = None
        process.send_signal(signal.SIGTERM)

        if process.wait(PATIENCE) != 0:
            return "it ended with %d" % process.returncode

    except OSError as error:
        return "no answer: %r" % error

    finally:
        if process.poll() is None:
            process.kill()
        process.wait()

        if reader is not None:
            os.close(reader)

    return None


def main():
    plan = Plan()
    directory = tempfile.mkdtemp(prefix="vfs-index-")

    plan.case("promtool finds the metrics well-formed", well_formed())
    plan.case("counters say what was done", counts())
    plan.case("metrics need the key, as Api-Key or as bearer token",
              needs_the_key())
    plan.case("the access log has a line for each request",
              access_log(directory))
    plan.case("the access log in a FIFO without a reader",
              fifo_without_reader(directory))
    plan.case("the access log in a FIFO with a slow reader",
              slow_reader(directory))
    plan.case("the access log on a full disk", full_disk())
    plan.case("the access log on a standard error that is stuck",
              stuck_stderr(directory))

    shutil.rmtree(directory)

    return plan.end()


if __name__ == "__main__":
    sys.exit(main())
