"""The system under test: broker, index, worker and gateway as processes."""

import os
import shutil
import tempfile
import traceback

from broker import KafkaBroker
from gateway import Client
from processes import (Process, end_on_signals, free_port, listening,
                       wait_until)
from rdkafka import Consumer, KafkaError, Producer
from report import Report

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
TOPIC = "user_interactions"
GROUP = "vfs"
PARTITIONS = 4


class MockBroker:
    """build/vfs-broker: what the demo runs on."""

    def __init__(self, build, directory, groups):
        self._file = os.path.join(directory, "broker.address")
        self._command = [os.path.join(build, "vfs-broker"),
                         "--address-file", self._file]
        self._log = os.path.join(directory, "broker.log")
        self._process = None
        self.address = None

        for topic, partitions in topics(groups):
            self._command += ["--topic", "%s:%d" % (topic, partitions)]

    def start(self):
        self._process = Process("vfs-broker", self._command, self._log)
        wait_until("the broker's address", lambda: os.path.exists(self._file),
                   30, self._process)

        with open(self._file) as address:
            self.address = address.read().strip()

    def tail(self):
        return self._process.tail()


def topics(groups):
    return ((TOPIC, PARTITIONS), (TOPIC + ".dlq", 1),
            *((group + kind, PARTITIONS) for group in groups
              for kind in ("-item-updates", "-features")))


class Pipeline:

    def __init__(self, build, kafka_jars=None, session_ms=6000,
                 groups=(GROUP,)):
        self._groups = groups
        self.build = os.path.abspath(build)
        self.session_ms = session_ms
        self.directory = tempfile.mkdtemp(prefix="vfs-system-")
        self.index_port = free_port()
        self.port = free_port()
        self.features = os.path.join(ROOT, "conf", "features.json")
        self.client = Client(self.port)
        self.index_client = Client(self.index_port)
        self.index = None
        self.gateway = None
        self.workers = {}

        # the one in memory keeps the newest 5 MB of a partition
        self.keeps_history = kafka_jars is not None

        os.chmod(self.directory, 0o755)

        if kafka_jars is None:
            self.broker = MockBroker(self.build, self.directory, groups)

        else:
            self.broker = KafkaBroker(kafka_jars,
                                      os.path.join(self.directory, "kafka"))

    # What runs

    def start(self):
        self.start_broker()
        self.start_index()
        self.start_gateway()
        self.start_worker()

    def start_broker(self):
        self.broker.start()

        if isinstance(self.broker, KafkaBroker):
            with Producer(self.broker.address) as admin:
                for topic, partitions in topics(self._groups):
                    admin.create_topic(topic, partitions)

    def start_index(self):
        self.index = self._vfs("index")
        wait_until("the index listens", lambda: listening(self.index_port),
                   60, self.index)

    def start_gateway(self):
        self.gateway = self._vfs("gateway")

        def healthy():
            try:
                return self.client.get("/healthz").status == 200

            except OSError:
                return False

        wait_until("the gateway answers", healthy, 60, self.gateway)

    def start_worker(self, name="w1", **env):
        self.workers[name] = self._vfs("ingest", name, **env)

        return self.workers[name]

    def kill_worker(self, name="w1"):
        self.workers.pop(name).kill()

    def play(self, *options, wait=True):
        player = Process("vfs-player", [
            os.path.join(self.build, "vfs-player"), *options],
            self._path("player.log"), self.env())

        if not wait:
            return player

        if player.wait(300) != 0:
            raise RuntimeError(player.tail())

        player.kill()

        return player

    def _vfs(self, command, name=None, **env):
        name = name or command

        return Process("vfs %s" % name, [os.path.join(ROOT, "bin", "vfs"),
                                         command], self._path(name + ".log"),
                       self.env(VFS_DATA=self._path(name), **env))

    def _path(self, name):
        return os.path.join(self.directory, name)

    def env(self, **more):
        env = {name: value for name, value in os.environ.items()
               if not name.startswith(("VFS_", "PINECONE_", "KAFKA_"))}

        return env | {
            "KAFKA_BROKERS": self.broker.address or "",
            "PINECONE_INDEX_HOST": "http://127.0.0.1:%d" % self.index_port,
            "VFS_BUILD": self.build,
            "VFS_GROUP": GROUP,
            "VFS_DEFINITION": self.features,
            "VFS_BIND": "127.0.0.1",
            "VFS_PORT": str(self.port),
            "VFS_WORKERS": "2",
            # a killed member is missed sooner
            "VFS_KAFKA_SESSION_TIMEOUT_MS": str(self.session_ms),
            "VFS_KAFKA_HEARTBEAT_INTERVAL_MS":
                str(self.session_ms // 6)} | more

    # What it has done

    def definition(self):
        with open(self.features) as text:
            return text.read()

    def records(self, topic=TOPIC):
        """Every record of a topic; none if there is no such topic."""

        with Consumer(self.broker.address) as consumer:
            partitions = consumer.topics().get(topic, 0)

            return consumer.read(topic, partitions) if partitions else []

    def behind(self):
        """How many records the worker has not committed, by topic."""

        lag = {}

        with Consumer(self.broker.address, group=GROUP) as consumer:
            present = consumer.topics()

            for topic in (TOPIC, GROUP + "-item-updates"):
                partitions = present.get(topic, 0)

                if partitions:
                    ends = consumer.ends(topic, partitions)
                    done = consumer.committed(topic, partitions)
                    lag[topic] = sum(ends) - sum(done)

        return lag

    def settle(self, timeout=300):
        """Until every effect of every record is acknowledged.

        The worker commits an offset only after that, and an item update is
        written before its event is committed: so the events are looked at
        first, and when they are done the item updates cannot grow any more.
        """

        def done():
            self.check_alive()

            try:
                return not any(self.behind().values())

            except KafkaError:
                return False

        wait_until("all is committed", done, timeout, every=0.2)

    def stats(self):
        return self.client.get("/stats").plain()

    def check_alive(self):
        for process in (self.index, self.gateway, *self.workers.values()):
            if process is not None and process.code() is not None:
                raise RuntimeError("%s ended by itself, status %s\n%s" % (
                    process.name, process.code(), process.tail()))

    def tails(self):
        for process in Process.running:
            if os.path.exists(process.log):
                print(process.tail(), flush=True)

    def close(self, keep=False):
        Process.kill_all()

        if keep:
            print("# logs and data are in %s" % self.directory)

        else:
            shutil.rmtree(self.directory, ignore_errors=True)


def run(pipeline, work, keep=False):
    """Starts it for work(report), and returns the exit status.

    Nothing is left behind, but with "keep" logs and data.
    """

    end_on_signals()
    report = Report()

    try:
        pipeline.start()
        work(report)

    except Exception:  # noqa: BLE001, the processes' output is wanted for any
        report.check(False, "the run itself", traceback.format_exc())

    finally:
        if report.failed:
            pipeline.tails()

        pipeline.close(keep)

    return report.finish()
