"""Kills, pauses and outages, on a broker that keeps what it is given."""

import time

from pipeline import GROUP, PARTITIONS, TOPIC
from processes import wait_until
from rdkafka import Consumer, KafkaError
from scenario import Scenario
from verify import Train, counts


class Chaos(Scenario):

    def run(self):
        self.random_kills(events=100000, kills=30)
        self.two_workers()
        self.suspended_worker()
        self.broker_restarts()
        self.long_outage(20)
        self.million_vectors()

    def random_kills(self, events, kills):
        report, pipeline = self.report, self.pipeline
        report.section("the worker is killed %d times at random moments of "
                       "%d events" % (kills, events))
        self._edges()
        player = self._stream(events, 900, seed=11, users=5000, items=2000)
        during = 0

        for kill in range(kills):

            # on a slow machine they outlast the events
            if self._sent() >= self._base + self._count:
                self._played(player)
                player = self._stream(events // 10, 900, seed=100 + kill,
                                      users=5000, items=2000)

            self._random_moment()
            during += self._sent() < self._base + self._count
            pipeline.kill_worker()
            pipeline.start_worker()

        self._played(player)
        report.check(during > kills // 2, "most kills came while events did "
                     "(%d)" % during)
        self.check(similar=20, once=False)

    def _random_moment(self):
        """Often in the middle of work, sometimes while it starts."""

        if self.random.random() < 0.8:
            before = self._committed()
            wait_until("the worker works", lambda: self._committed() > before
                       or not any(self.pipeline.behind().values()), 60)

        time.sleep(self.random.uniform(0, 1.5))

    def _committed(self):
        """A broker that has just started may not know its groups yet."""

        def committed():
            try:
                return consumer.committed(TOPIC, PARTITIONS)

            except KafkaError:
                return None

        with Consumer(self.pipeline.broker.address, group=GROUP) as consumer:
            return sum(wait_until("the group's offsets", committed, 60))

    def two_workers(self):
        report, pipeline = self.report, self.pipeline
        report.section("a second worker, killed under load, and a third")
        player = self._stream(20000, 1000, seed=12, users=3000)
        self._progress(0.1)
        pipeline.start_worker("w2")
        self._shared(2)
        self._progress(0.4)
        pipeline.kill_worker("w2")
        self._progress(0.6)
        pipeline.start_worker("w3")
        self._shared(2)
        self._progress(0.8)
        report.equal(pipeline.workers.pop("w1").stop(60), 0,
                     "one that is asked to end in between ends with status 0")
        self._played(player)
        self.check(once=False)

    def _shared(self, workers):
        """Until so many workers have partitions of the events' topic."""

        def shared():
            alive = [worker for worker in
                     self.pipeline.stats()["ingest"]["workers"]
                     if worker["alive"] and worker["lag"]]

            return len(alive) >= workers

        wait_until("%d workers share the partitions" % workers, shared, 60)

    def suspended_worker(self):
        report, pipeline = self.report, self.pipeline
        report.section("a worker stands still past its session, and wakes")
        pipeline.start_worker("w4")
        self._shared(2)
        player = self._stream(10000, 1000, seed=13, users=3000)
        self._progress(0.2)
        worker = pipeline.workers["w4"]
        worker.suspend()
        self._progress(0.9)
        worker.resume()
        self._played(player)
        self.check(once=False)
        report.equal(worker.code(), None, "the worker that woke goes on")

    def broker_restarts(self):
        report, pipeline = self.report, self.pipeline

        for how in ("stopped", "killed"):
            report.section("the broker is %s and comes back" % how)
            player = self._stream(6000, 600, seed=14, users=3000)
            self._progress(0.3)

            if how == "stopped":
                pipeline.broker.stop()

            else:
                pipeline.broker.kill()

            pipeline.broker.start()
            self._played(player)
            self.check(once=False)

    def long_outage(self, seconds):
        report, pipeline = self.report, self.pipeline
        report.section("the index is down for %d seconds" % seconds)
        player = self._stream(500 * seconds, 500, seed=15, users=3000)
        self._progress(0.1)
        pipeline.index.kill()
        time.sleep(seconds)
        pipeline.start_index()
        self._played(player)
        self.check(once=False)

    def million_vectors(self):
        """vfs-train compares every vector, each time fetched anew."""

        report = self.report
        train = Train(self.pipeline)
        report.section("vfs-train verify compares a million vectors")
        found = counts(train.run("verify", "--all").stdout)
        rounds = -(-1000000 // found["compared"])
        done = train.run("verify", "--all", "--watch", "--interval", "0",
                         "--rounds", str(rounds), timeout=900)
        found = counts(done.stdout)
        report.check(done.returncode == 0, "it finds no difference",
                     done.stdout[-2000:] + done.stderr)
        report.check(found["equal"] >= 1000000, "in %d comparisons"
                     % found["equal"])

    def _sent(self):
        """The broker may be away: then what was known last."""

        try:
            self._last_sent = super()._sent()

        except KafkaError:
            pass

        return self._last_sent
