"""What is done to the pipeline, and what must hold after it."""

import csv
import random

import edges
from checks import Checks
from pipeline import PARTITIONS, TOPIC
from processes import listening, wait_until
from rdkafka import Producer
from vfs_reference import Reference


class Scenario:

    def __init__(self, report, pipeline, seed=1):
        self.report = report
        self.pipeline = pipeline
        self.random = random.Random(seed)
        self.reference = Reference(pipeline.definition())
        self._seen = [0] * PARTITIONS

    def check(self, similar=0, once=True, batch=True):
        """All that must hold when the pipeline is at rest.

        similar: how many neighbour queries; once: no dead letter may come
        twice; batch: vectors are fetched by the hundred.
        """

        self.pipeline.settle()
        records = self._recompute()
        checks = Checks(self.report, self.pipeline, self.reference)
        checks.vectors(batch)

        if similar:
            checks.similar("user", 10, similar)
            checks.similar("item", 20, similar)
            checks.recommend(100, similar)

        checks.dead_letters(records, once)

        return checks

    def _recompute(self):
        records = self.pipeline.records(TOPIC)
        offsets = [0] * PARTITIONS

        for record in records:
            if record.offset != offsets[record.partition]:
                raise RuntimeError("the broker lost partition %d, offset %d"
                                   % (record.partition,
                                      offsets[record.partition]))

            offsets[record.partition] += 1

        self.reference.feed(
            record[:5] for record in records
            if record.offset >= self._seen[record.partition])
        self._seen = offsets

        return records

    # Scenarios

    def run(self, events_file=None):
        self.steady(events_file)
        self.worker_kills(3)
        self.clean_stop()
        self.index_outage()

    def steady(self, events_file=None):
        report, pipeline = self.report, self.pipeline
        report.section("events of every kind, nothing in the way")
        pipeline.play("--count", "4000", "--users", "200", "--items", "400")
        report.equal(self._sent(), 4000, "the player sends what it is told")
        self._edges()

        if events_file:
            self._file(events_file)

        checks = self.check(similar=60, batch=False)
        checks.counters(self._recompute())

    def _file(self, path):
        """The retail data: every row that has a customer."""

        with open(path, newline="", encoding="utf-8") as file:
            usable = sum(bool(row["CustomerID"])
                         for row in csv.DictReader(file))

        before = self._sent()
        self.pipeline.play("--file", path)
        self.report.equal(self._sent() - before, usable,
                          "the player sends every usable row of its file")

    def _edges(self):
        with Producer(self.pipeline.broker.address,
                      message_max_bytes=2000000) as producer:
            for key, value, time_ms in edges.good():
                producer.produce(TOPIC, key, value, time_ms=time_ms)

            for key, value in edges.bad():
                producer.produce(TOPIC, key, value)

            producer.flush()

    def index_outage(self):
        report, pipeline = self.report, self.pipeline
        report.section("the index is killed while events come, and returns")
        player = self._stream(3000, 500, seed=2)
        self._progress(0.2)
        pipeline.index.kill()

        name = next(iter(self.reference.states["user"]))
        answer = wait_until("an answer without an index", lambda:
                            pipeline.client.get("/v1/features/user/" + name))
        report.equal(answer.status, 503, "without the index a fetch is a 503")
        report.check(answer.headers.get("Retry-After", "").isdigit(),
                     "with Retry-After", answer.headers)

        self._played(player)

        if pipeline.keeps_history:
            self._many_users(21000)
            self._pauses()

        before = sum(pipeline.behind().values())
        report.check(before > 0, "what comes meanwhile is not committed")
        pipeline.start_index()
        self.check()

    def _pauses(self):
        def paused():
            return any(worker["paused"] for worker in
                       self.pipeline.stats()["ingest"]["workers"])

        wait_until("/stats tells that the worker pauses", paused, 180)
        self.report.check(True, "/stats tells that the worker pauses")

    def _many_users(self, count):
        """More ids than the worker lets wait."""

        with Producer(self.pipeline.broker.address) as producer:
            for i in range(count):
                user = b"many-%d" % i
                producer.produce(TOPIC, user, b"%s,many-%d" % (user, i % 50))

            producer.flush()

    def worker_kills(self, times):
        report, pipeline = self.report, self.pipeline
        report.section("the worker is killed %d times while events come"
                       % times)
        player = self._stream(1000 * times, 400, seed=3)

        for i in range(times):
            self._progress((i + self.random.random()) / times)
            pipeline.kill_worker()
            pipeline.start_worker()

        self._played(player)
        self.check(once=False)

    def clean_stop(self):
        report, pipeline = self.report, self.pipeline
        report.section("SIGTERM in the middle, and a new start")
        player = self._stream(2000, 1000, seed=4)
        self._progress(0.5)

        for process in (pipeline.workers.pop("w1"), pipeline.gateway,
                        pipeline.index):
            report.equal(process.stop(60), 0, "%s ends with status 0"
                         % process.name)
            report.check(not process.group_alive(),
                         "and leaves no process behind")
            process.kill()

        report.check(not listening(pipeline.port)
                     and not listening(pipeline.index_port),
                     "the ports are free")
        self._played(player)
        pipeline.client.close()
        pipeline.index_client.close()
        pipeline.start_index()
        pipeline.start_gateway()
        pipeline.start_worker()
        self.check(similar=10, once=False)

    def _stream(self, count, rate, seed, users=300, items=400):
        """Starts a player, of which _progress() then tells the share sent."""

        self._count = count
        self._base = self._sent()

        return self.pipeline.play(
            "--count", str(count), "--rate", str(rate), "--users", str(users),
            "--items", str(items), "--seed", str(seed), wait=False)

    def _sent(self):
        with Producer(self.pipeline.broker.address) as client:
            return sum(client.ends(TOPIC, PARTITIONS))

    def _progress(self, share):
        """Until the player has sent such a share of its events."""

        wait_until("%d %% of the events" % (100 * share), lambda: self._sent()
                   >= self._base + share * self._count, 120)

    def _played(self, player):
        if player.wait(300) != 0:
            raise RuntimeError(player.tail())

        player.kill()
