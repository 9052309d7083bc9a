#!/usr/bin/env python3
"""The Dockerfile and the compose files, without a container engine.

The Dockerfile's steps are executed in fresh root file systems, from a clone.
The image that comes out runs as its user on a read-only root; then the
services of compose.yaml run together, Apache Kafka from its jars, in a network
of their own.
"""

import argparse
import ctypes
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.abspath(os.path.join(HERE, "..", ".."))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "kafka")]

from compose import Container, active, load    # noqa: E402
from dockerfile import Builder, make_context    # noqa: E402
from processes import (Process, end_on_signals, listening,    # noqa: E402
                       wait_until)
from roots import need_root    # noqa: E402

CLONE_NEWNS = 0x00020000
CLONE_NEWNET = 0x40000000
LEAN = 320 * 1024 * 1024
KAFKA_TOPICS = "org.apache.kafka.tools.TopicCommand"

options = None
builder = None
stage = None
work = None


def own_network(hosts):
    """A network with nothing but loopback, where these names are known."""

    libc = ctypes.CDLL(None, use_errno=True)

    if libc.unshare(CLONE_NEWNS | CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "unshare")

    path = os.path.join(work, "hosts")

    with open(path, "w") as file:
        file.write("127.0.0.1 localhost %s\n" % " ".join(hosts))

    for command in (["mount", "--make-rprivate", "/"],
                    ["mount", "--bind", path, "/etc/hosts"],
                    ["ip", "link", "set", "lo", "up"]):
        subprocess.run(command, check=True)

    shutil.copy(path, stage.root.inside("/etc/hosts"))


def get(url, body=None):
    """(status, document)"""

    request = urllib.request.Request(
        url, None if body is None else json.dumps(body).encode(),
        {"Content-Type": "application/json"})

    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, json.load(answer)

    except urllib.error.HTTPError as error:
        return error.code, json.load(error)

    except OSError:
        return 0, None


def size(directory):
    return int(subprocess.run(["du", "-sxb", directory], check=True,
                              capture_output=True, text=True)
               .stdout.split()[0])


def start(name, container):
    return Process(name, container.command(),
                   log_of(name))


def log_of(name):
    """A log that the container's user may open again, as nginx does."""

    path = os.path.join(work, name + ".log")

    with open(path, "a"):
        pass

    os.chmod(path, 0o666)

    return path


def stop(process, container):
    """The image's stop signal to the container's process 1, which gets but
    what it has a handler for."""

    with open("/proc/%d/task/%d/children" % (process.pid,
                                             process.pid)) as file:
        first, = file.read().split()

    os.kill(int(first), getattr(signal, container.stop_signal))


class SlowIndex(BaseHTTPRequestHandler):
    """Answers a fetch when it is let."""

    protocol_version = "HTTP/1.1"
    asked = threading.Event()
    let = threading.Event()

    def do_GET(self):
        SlowIndex.asked.set()
        SlowIndex.let.wait(30)
        body = json.dumps({"namespace": "user-features", "vectors": {
            "user:u1": {"id": "user:u1", "values": [0.25]}}}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Image(unittest.TestCase):

    def tearDown(self):
        Process.kill_all()

    def container(self, name, **service):
        return Container(stage, {"read_only": True} | service,
                         os.path.join(work, name))

    def test_it_is_lean(self):
        base = builder.stages[0].root
        taken = size(stage.root.path)
        print("# the image: %d MiB" % (taken >> 20))

        self.assertLess(taken, LEAN)
        self.assertLess(taken, size(base.path) / 2)

        for tool in ("gcc", "make", "node", "git"):
            self.assertFalse(os.path.exists(
                stage.root.inside("/usr/bin/" + tool)), tool)

    def test_every_program_finds_its_libraries(self):
        names = [name for name in os.listdir(stage.root.inside("/usr/bin"))
                 if name.startswith("vfs-")]

        self.assertLessEqual({"vfs-index", "vfs-ingest", "vfs-player",
                              "vfs-train"}, set(names))

        for name in names:
            said = self.container("help").run([name, "--help"])
            self.assertEqual((said.returncode, said.stderr), (0, ""), name)
            self.assertRegex(said.stdout,
                             "usage: " + name.replace("-", "[- ]"))

    def test_it_runs_as_an_ordinary_user_on_a_read_only_root(self):
        container = self.container("probe")

        self.assertEqual(container.run(["id", "-u"]).stdout.strip(), "10001")
        self.assertNotEqual(container.run(["touch", "/etc/x"]).returncode, 0)
        self.assertEqual(
            container.run(["touch", "/var/lib/vfs/x"]).returncode, 0)

    def test_the_gateway_serves_a_feature_of_the_index(self):
        index = start("image-index", self.container(
            "index", command=["index", "--listen", "127.0.0.1:5080"]))
        wait_until("the index", lambda: get(
            "http://127.0.0.1:5080/healthz")[0] == 200, 30, index)
        container = self.container("gateway")

        self.assertFalse(container.healthy())

        gateway = start("image-gateway", container)
        wait_until("the gateway is healthy", container.healthy, 30, gateway)
        vector = {"id": "user:u1", "values": [0.25, 0.5, 0.75, 1],
                  "metadata": {"country": "Kenya"}}
        status, _ = get("http://127.0.0.1:5080/vectors/upsert",
                        {"namespace": "user-features", "vectors": [vector]})

        self.assertEqual(status, 200)
        self.assertEqual(
            get("http://127.0.0.1:8080/v1/features/user/u1"),
            (200, {"id": "u1", "values": vector["values"],
                   "metadata": vector["metadata"]}))

        with urllib.request.urlopen("http://127.0.0.1:8080/") as page:
            self.assertIn(b"<html", page.read().lower())

        # its logs go where a container's logs go
        wait_until("a line in the log", lambda: "route=fetch"
                   in gateway.tail(), 10)


    def test_a_stop_of_the_gateway_answers_what_was_begun(self):
        SlowIndex.asked.clear()
        SlowIndex.let.clear()
        index = ThreadingHTTPServer(("127.0.0.1", 5080), SlowIndex)
        threading.Thread(target=index.serve_forever).start()
        self.addCleanup(index.server_close)
        self.addCleanup(index.shutdown)
        self.addCleanup(SlowIndex.let.set)
        container = self.container("stopped")
        gateway = start("image-stopped", container)
        wait_until("the gateway is healthy", container.healthy, 30, gateway)
        answers = []
        client = threading.Thread(target=lambda: answers.append(
            get("http://127.0.0.1:8080/v1/features/user/u1")))
        client.start()
        self.assertTrue(SlowIndex.asked.wait(30))
        stop(gateway, container)
        wait_until("nobody listens", lambda: not listening(8080), 30)
        SlowIndex.let.set()
        client.join(30)

        self.assertEqual(answers, [(200, {"id": "u1", "values": [0.25],
                                          "metadata": {}})])
        self.assertEqual(gateway.wait(15), 0)

    def test_a_stop_ends_the_index(self):
        container = self.container("stopped-index", command=["index"])
        index = start("image-stopped-index", container)
        wait_until("the index", lambda: get(
            "http://127.0.0.1:5080/healthz")[0] == 200, 30, index)
        stop(index, container)

        self.assertEqual(index.wait(15), 0)


class Compose(unittest.TestCase):

    def tearDown(self):
        Process.kill_all()

    FILES = [os.path.join(TOP, "compose.yaml")]

    def kafka(self, project):
        """compose.yaml's broker: its settings, Kafka's own jars."""

        service = project["services"]["kafka"]
        directory = os.path.join(work, "kafka")
        os.makedirs(directory)
        path = os.path.join(directory, "server.properties")

        with open(path, "w") as file:
            for key, value in service["environment"].items():
                if key == "KAFKA_LOG_DIRS":
                    value = directory + "/logs"

                file.write("%s=%s\n" % (
                    key[len("KAFKA_"):].lower().replace("_", "."), value))

        java = ["java", "-Xmx512m", "-XX:+UseSerialGC", "-cp",
                os.path.join(options.kafka, "*")]
        tool = Process("kafka storage tool", [
            *java, "kafka.tools.StorageTool", "format", "--cluster-id",
            "dmZzLXRlc3QtY2x1c3Rlcg", "--config", path], path + ".log")

        self.assertEqual(tool.wait(120), 0, tool.tail())

        broker = Process("kafka", [*java, "kafka.Kafka", path],
                         os.path.join(directory, "kafka.log"))
        self.topics(java, project, broker)

    def topics(self, java, project, broker):
        """Its command, as soon as the broker answers."""

        command = project["services"]["topics"]["command"]
        self.assertEqual(os.path.basename(command[0]), "kafka-topics.sh")

        def made():
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", 9092)) != 0:
                    return False

            return subprocess.run([*java, KAFKA_TOPICS, *command[1:]],
                                  capture_output=True,
                                  timeout=120).returncode == 0

        wait_until("the topics", made, 180, broker)

    def test_the_services_work_together(self):
        project = load(self.FILES, {})
        services = project["services"]
        order = active(project, ["player"])

        self.assertLess(order.index("index"), order.index("gateway"))
        self.kafka(project)
        started = {}

        for name in order:
            if "image" in services[name] and services[name]["image"] != "vfs":
                continue

            container = Container(stage, services[name],
                                  os.path.join(work, "compose-" + name))
            self.assertTrue(container.read_only, name)
            process = start("compose-" + name, container)
            started[name] = (process, container)

            if not services[name].get("healthcheck", {}).get("disable"):
                try:
                    wait_until("%s is healthy" % name, container.healthy, 90,
                               process, 0.5)

                except RuntimeError:
                    self.fail("%s: %s" % (name, container.run(
                        container.healthcheck)))

        url = "http://127.0.0.1:8080"
        wait_until("a vector of user u1", lambda: get(
            url + "/v1/features/user/u1")[0] == 200, 90)
        wait_until("the worker's counters", lambda: any(
            worker["alive"] for worker in get(
                url + "/stats")[1]["ingest"]["workers"]), 30)

        def recommended():
            return len(get(url + "/v1/recommend/user/u1?topK=3")[1]["items"])

        try:
            wait_until("three recommendations", lambda: recommended() == 3, 60)

        except RuntimeError:
            self.fail("%d recommendations; %s\n%s" % (
                recommended(), get(url + "/stats")[1]["ingest"],
                "\n".join(process.tail() for process in Process.running)))

        for name in reversed(started):
            process, container = started[name]
            stop(process, container)
            self.assertEqual(process.wait(30), 0, name)

    def test_pinecone_needs_two_variables_and_no_index(self):
        files = [*self.FILES, os.path.join(TOP, "compose.pinecone.yaml")]
        env = {"PINECONE_INDEX_HOST": "https://m-1.svc.x.pinecone.io",
               "PINECONE_API_KEY": "pcsk_x"}

        for name in env:
            with self.assertRaisesRegex(ValueError, name):
                load(files, env | {name: ""})

        project = load(files, env)

        self.assertNotIn("index", active(project))
        self.assertIn("index", active(load(self.FILES, {})))

        for name in ("gateway", "worker"):
            environment = project["services"][name]["environment"]
            self.assertLessEqual(env.items(), environment.items())

        self.assertIn("KAFKA_BROKERS",
                      project["services"]["worker"]["environment"])


def main():
    global options, builder, stage, work

    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--build", required=True)
    parser.add_argument("--kafka", required=True)
    options, rest = parser.parse_known_args()
    need_root()
    end_on_signals()
    work = tempfile.mkdtemp(prefix="vfs-image-")
    os.chmod(work, 0o755)
    clone = os.path.join(work, "clone")
    context = os.path.join(work, "context")

    try:
        subprocess.run(["git", "clone", "-q", TOP, clone], check=True)
        make_context(clone, context)
        builder = Builder(os.path.join(clone, "Dockerfile"), context,
                          options.build)
        begin = time.monotonic()
        stage = builder.run()
        print("# built in %d s" % (time.monotonic() - begin), flush=True)
        own_network(["kafka", "index", "gateway", "worker"])

        return not unittest.main(argv=[sys.argv[0], *rest], verbosity=2,
                                 exit=False).result.wasSuccessful()

    finally:
        Process.kill_all()

        if builder is not None:
            builder.close()

        shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
