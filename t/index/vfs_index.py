"""Runs vfs-index for the tests and speaks HTTP to it; standard library only."""

import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time

PROGRAM = os.environ.get("VFS_INDEX", "build/vfs-index")
PATIENCE = float(os.environ.get("VFS_PATIENCE", 60))


class Answer:
    """What the server said: status, headers (lower case), text, JSON or None."""

    def __init__(self, status, headers, text):
        self.status = status
        self.headers = {name.lower(): value for name, value in headers}
        self.text = text

        try:
            self.json = json.loads(text)
        except ValueError:
            self.json = None

    def __repr__(self):
        return "%d %s" % (self.status, self.text[:600])


class Index:
    """One process on a port that the system chooses, and its directory."""

    def __init__(self, *options, data=None, environment=None):
        self.options = list(options)
        self.environment = environment
        self.own = data is None
        self.data = data or tempfile.mkdtemp(prefix="vfs-index-")
        self.log = tempfile.NamedTemporaryFile("w+", prefix="vfs-index-log-")
        self.connection = None
        self.process = None
        self.start()

    def start(self, wait=PATIENCE):
        self.log.seek(0)
        self.log.truncate()
        self.process = subprocess.Popen(
            [PROGRAM, "--listen", "127.0.0.1:0", "--data", self.data]
            + self.options, stderr=self.log,
            env=self.environment and os.environ | self.environment)

        deadline = time.monotonic() + wait

        while True:
            found = re.search(r"event=listening address=\S+:(\d+)",
                              self.read_log())
            if found:
                self.port = int(found.group(1))
                return

            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("vfs-index did not start: "
                                   + self.read_log())

            time.sleep(0.005)

    def read_log(self):
        with open(self.log.name) as log:
            return log.read()

    def stop(self, number=signal.SIGTERM):
        """Ends the process; its exit status."""

        if self.connection:
            self.connection.close()
            self.connection = None

        if self.process.poll() is None:
            self.process.send_signal(number)

        try:
            return self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise

    def remove(self):
        if self.process.poll() is None:
            self.stop(signal.SIGKILL)

        self.log.close()

        if self.own:
            shutil.rmtree(self.data, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *ignored):
        self.remove()

    def connect(self):
        return http.client.HTTPConnection("127.0.0.1", self.port,
                                          timeout=PATIENCE)

    def call(self, method, path, body=None, headers=None):
        """One request on a connection that is kept; body: JSON, str, bytes."""

        if isinstance(body, (dict, list)):
            body = json.dumps(body)

        if isinstance(body, str):
            body = body.encode()

        for attempt in (1, 2):
            if self.connection is None:
                self.connection = self.connect()

            try:
                self.connection.request(
                    method, path, body, headers or {}, encode_chunked=
                    "Transfer-Encoding" in (headers or {}))
                answer = self.connection.getresponse()
                text = answer.read().decode("utf-8")
                break
            except (http.client.RemoteDisconnected, BrokenPipeError,
                    ConnectionResetError):
                self.connection.close()
                self.connection = None

                if attempt == 2:
                    raise

        if answer.will_close:
            self.connection.close()
            self.connection = None

        return Answer(answer.status, answer.getheaders(), text)

    def get(self, path, **headers):
        return self.call("GET", path, None, headers)

    def post(self, path, body, **headers):
        return self.call("POST", path, body, headers)


def rss(pid):
    """Resident anonymous memory of a process, in bytes."""

    with open("/proc/%d/status" % pid) as status:
        return int(re.search(r"RssAnon:\s+(\d+) kB", status.read()).group(1)) \
            * 1024


class Plan:
    """Prints results in TAP and counts them."""

    def __init__(self):
        self.count = 0
        self.failed = 0

    def case(self, title, problem=None):
        self.count += 1

        if problem:
            self.failed += 1
            print("not ok %d - %s" % (self.count, title))
            for line in str(problem).splitlines():
                print("# " + line)
        else:
            print("ok %d - %s" % (self.count, title), flush=True)

    def end(self):
        print("1..%d" % self.count)
        return 1 if self.failed or not self.count else 0
