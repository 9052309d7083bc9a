"""vfs-train verify: it finds nothing where nothing is wrong, and names what is.

    test_verify.py --build DIR [--keep]
"""

import argparse
import json
import math
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", folder)
                for folder in ("kafka", "reference", "system")]

import edges                                        # noqa: E402
from pipeline import Pipeline, TOPIC, run           # noqa: E402
from planted import Planted                         # noqa: E402
from processes import wait_until                    # noqa: E402
from rdkafka import Producer                        # noqa: E402
from verify import Train, counts, dump, write       # noqa: E402

USER = "u7"
ITEM = "i7"


class Verify:

    def __init__(self, report, pipeline):
        self.report = report
        self.pipeline = pipeline
        self.train = Train(pipeline)
        self.planted = None

    def run(self):
        self.usage()
        self.equal()
        self.explain()
        self.planted_faults()
        self.files()
        self.watch()

    def verify(self, *arguments, status, title, **env):
        """Runs it; the status has to be as said.  Returns all it wrote."""

        done = self.train.run("verify", *arguments, **env)
        self.report.check(done.returncode == status, title,
                          "status %d\n%s%s" % (done.returncode, done.stdout,
                                               done.stderr))

        return done.stdout, done.stderr

    def says(self, text, *parts):
        for part in parts:
            self.report.check(part in text, "and says: %s" % part, text)

    def usage(self):
        self.report.section("what cannot be asked")

        for arguments, text in (
                ((), "Expected --all"),
                (("--sample", "0"), "--sample: expected an integer from 1 to"),
                (("--sample", "1x"), "got \"1x\""),
                (("u1",), "\"u1\" is no id, expected user:ID or item:ID"),
                (("user:a b",), "is no id"),
                (("--watch", "--all", "--file", "x"), "--watch and --file"),
                (("--all", "--file", "/nonexistent"),
                 "cannot open \"/nonexistent\""),
                (("--all", "--nothing"), "--help")):
            _, err = self.verify(*arguments, status=2, title="%s: status 2"
                                 % " ".join(arguments or ("no argument",)))
            self.says(err, text)

        _, err = self.verify("--all", status=2, title="no brokers: status 2",
                             KAFKA_BROKERS="")
        self.says(err, "KAFKA_BROKERS is not set")

    def equal(self):
        self.report.section("all is as it should be")
        self.pipeline.play("--count", "4000", "--users", "200", "--items",
                           "400")

        with Producer(self.pipeline.broker.address,
                      message_max_bytes=2000000) as producer:
            for key, value, time_ms in edges.good():
                producer.produce(TOPIC, key, value, time_ms=time_ms)

            for key, value in edges.bad():
                producer.produce(TOPIC, key, value)

            producer.flush()

        # it waits for the worker by itself
        out, _ = self.verify("--all", status=0, title="every vector is equal")
        self.planted = Planted(self.pipeline)
        found = counts(out)
        self.report.equal(found["equal"], self.planted.known, "all that are "
                          "served, and those that rightly are not")
        self.report.equal(found["compared"], found["equal"], "and no other")

        out, _ = self.verify("--sample", "50", status=0, title="a sample")
        self.report.equal(counts(out)["equal"], 50, "of as many as asked")
        out, _ = self.verify("user:nobody", "user:" + USER, "item:" + ITEM,
                             status=0, title="ids by name")
        self.says(out, "user nobody: absent", "compared 2, equal 2")
        out, _ = self.verify("--all", "--memory", "1", status=0,
                             title="with little memory")
        self.report.equal(counts(out), found, "the same")

    def explain(self):
        report = self.report
        report.section("what makes a vector")

        for entity, name in (("user", USER), ("item", ITEM)):
            done = self.train.run("explain", "--json", "--served",
                                  "%s:%s" % (entity, name))
            report.equal(done.returncode, 0, "%s:%s is explained" % (entity,
                                                                     name))
            told = json.loads(done.stdout)
            events = told["events"]
            report.equal(len(events), self.planted.count(entity, name),
                         "by all its events")
            report.check(abs(sum(abs(event["share"]) for event in events)
                             + told["prior_share"] - 1) < 1e-9,
                         "whose shares add up to one")
            changes = [event["without"]["change"] for event in events]
            report.equal(changes, sorted(changes, reverse=True),
                         "those of the greatest change first")

            for event in (events[0], events[-1]):
                found = event["without"]
                wanted = change(*self.planted.without(entity, name,
                                                      event["event"]))
                report.check(abs(found["cosine"] - wanted[0]) < 1e-9
                             and abs(found["change"] - wanted[1]) < 1e-9,
                             "without %s it would be what a recomputation "
                             "has" % event["event"],
                             "%r, expected %r" % (found, wanted))

        done = self.train.run("explain", "user:" + USER, "--top", "3")
        self.says(done.stdout, "user %s: " % USER, "more of less change")
        done = self.train.run("explain", "user:nobody")
        report.equal(done.returncode, 2, "nobody is not explained")
        self.says(done.stderr, "has no event of user nobody")
        done = self.train.run("explain")
        report.equal(done.returncode, 2, "nor nothing")
        self.says(done.stderr, "expected one id")

    def planted_faults(self):
        report, planted = self.report, self.planted
        report.section("a fault is planted in the index")
        dimension, bits = planted.one_bit("user", USER)
        out, _ = self.verify("--all", status=1, title="one bit")
        self.says(out, "user %s: different: values[%d] is " % (USER,
                                                               dimension),
                  "0x%08x" % bits, "1 of 128 differ", "different 1,")

        place, before = planted.without_event("user", USER)
        out, _ = self.verify("--all", status=1, title="a dropped event")
        self.says(out, "user %s: different: values[" % USER, "vfs_count is",
                  "equal up to the event %s" % before,
                  "what it would be without the event %s" % place,
                  "different 1,")

        place, _ = planted.without_event("item", ITEM)
        out, _ = self.verify("item:" + ITEM, "user:" + USER, status=1,
                             title="a dropped event of an item")
        self.says(out, "what it would be without the event %s" % place,
                  "different 2,")
        planted.restore("item", ITEM)

        place = planted.event_twice("user", USER)
        out, _ = self.verify("user:" + USER, status=1,
                             title="an event that counts twice")
        self.says(out, "with the event %s folded in twice" % place)

        place = planted.without_last("user", USER)
        out, _ = self.verify("user:" + USER, status=1,
                             title="an event that never arrived")
        self.says(out, "as of its watermark it is equal, but the event %s is "
                  "committed and not in it" % place)

        planted.metadata("user", USER, "country", "Nowhere")
        out, _ = self.verify("user:" + USER, status=1, title="metadata")
        self.says(out, "country is \"Nowhere\", expected ")
        planted.restore("user", USER)

        planted.delete("item", ITEM)
        planted.ghost("user", "ghost")
        out, _ = self.verify("--all", status=1, title="missing and extra")
        self.watch_mismatches()
        self.says(out, "item %s: missing" % ITEM, "user ghost: extra",
                  "different 0, missing 1, extra 1,")
        planted.restore("item", ITEM)
        planted.delete("user", "ghost")

        report.section("an altered definition")
        altered = json.loads(self.pipeline.definition())
        altered["features"]["user"]["half_life"] = "31d"
        path = os.path.join(self.pipeline.directory, "altered.json")

        with open(path, "w") as file:
            json.dump(altered, file)

        out, _ = self.verify("user:" + USER, status=1, title="is a difference",
                             VFS_DEFINITION=path)
        self.says(out, "served by the definition %s, the one at hand is "
                  % planted.reference.definition.hash)
        self.verify("--all", status=0, title="all is mended")

    def watch_mismatches(self):
        out, _ = self.verify("--all", "--watch", "--interval", "0", "--rounds",
                             "2", status=1, title="a watch sees them, too")
        told = self.pipeline.stats()["verification"]
        compared = self.planted.known + 1
        self.report.equal((told["compared"], told["mismatches"],
                           told["mismatches_per_million"]),
                          (compared, 2, round(2e6 / compared, 1)),
                          "and /stats the mismatches per million")

    def files(self):
        report = self.report
        report.section("the history from files")
        path = os.path.join(self.pipeline.directory, "history.gz")
        lines = dump(self.planted.records, path)
        out, _ = self.verify("--all", "--file", path, status=0,
                             title="a dump of the topic, by gzip")
        report.equal(counts(out)["equal"], self.planted.known,
                     "every vector is equal")

        doubled = lines + lines[:100]
        write(doubled, path)
        _, err = self.verify("--all", "--file", path, status=0,
                             title="with records that came twice")
        self.says(err, "100 records came twice")

        whole = open(path, "rb").read()

        with open(path, "wb") as file:
            file.write(whole[:len(whole) // 2])

        _, err = self.verify("--all", "--file", path, status=2,
                             title="a file cut short")
        self.says(err, "the gzip file is cut short")

        gone = self.planted.place_of("user", USER)
        write([line for line in lines if "%(partition)d:%(offset)d"
               % json.loads(line) != gone], path)
        out, err = self.verify("user:" + USER, "--file", path, status=2,
                               title="a log with a gap")
        self.says(out, "user %s: not comparable" % USER)
        self.says(err, "lacks 1 offsets", "does not reach back far enough")

        write([line for line in lines if json.loads(line)["offset"] >= 500],
              path)
        out, err = self.verify("user:" + USER, "--file", path, status=2,
                               title="a log without its begin")
        self.says(err, "begins at offset 500")
        self.says(out, "not comparable 1,")

        with open(path, "w") as file:
            file.write('{"partition":-1,"offset":3,"payload":"x"}\n')

        _, err = self.verify("--all", "--file", path, status=2,
                             title="a line with a bad place")
        self.says(err, "line 1: a line of kcat -J without a valid")

    def watch(self):
        report, pipeline = self.report, self.pipeline
        report.section("while events come")
        player = pipeline.play("--count", "6000", "--rate", "1500", "--users",
                               "300", "--items", "500", "--seed", "5",
                               wait=False)
        watch = self.train.start("verify", "--sample", "200", "--watch",
                                 "--interval", "0", "--settle", "0",
                                 "--rounds", "30")
        out, err = watch.communicate(timeout=120)
        report.check(watch.returncode == 0, "nothing is wrong", out + err)
        found = counts(out)
        report.check(found["equal"] >= 30 * 190, "in 30 rounds", out)
        self._reported(found)

        if player.wait(60) != 0:
            raise RuntimeError(player.tail())

        player.kill()
        self._killed_worker()

    def _reported(self, found):
        """What the gateway was told is what the watch printed."""

        told = self.pipeline.stats()["verification"]
        verifier = told["verifiers"][-1]
        self.report.equal((verifier["rounds"], verifier["compared"],
                           verifier["different"], verifier["missing"],
                           verifier["extra"]),
                          (30, found["compared"], 0, 0, 0),
                          "/stats tells the rounds and counts")
        self.report.equal(verifier["round"]["mismatches"], 0,
                          "and the last round")
        metrics = self.pipeline.client.get("/metrics").body.decode()
        self.report.check("vfs_skew_compared_total{verifier=\"%s\"} %d\n"
                          % (verifier["verifier"], found["compared"])
                          in metrics, "and so does /metrics")

    def _killed_worker(self):
        pipeline = self.pipeline
        player = pipeline.play("--count", "3000", "--rate", "1000", "--users",
                               "300", "--items", "500", "--seed", "6",
                               wait=False)
        watch = self.train.start("verify", "--all", "--watch", "--interval",
                                 "0", "--settle", "0", "--rounds", "15")

        for _ in range(3):
            before = sum(pipeline.behind().values())
            wait_until("the worker works", lambda: sum(
                pipeline.behind().values()) != before
                or not any(pipeline.behind().values()), 60)
            pipeline.kill_worker()
            pipeline.start_worker()

        out, err = watch.communicate(timeout=120)
        self.report.check(watch.returncode == 0, "nor while the worker is "
                          "killed and comes back, three times", out + err)

        if player.wait(60) != 0:
            raise RuntimeError(player.tail())

        player.kill()
        self.verify("--all", "--settle", "60", status=0,
                    title="nor when it has caught up")


def change(one, two):
    """The cosine of two vectors, and the norm of their difference."""

    dot = math.fsum(a * b for a, b in zip(one, two))
    norms = [math.sqrt(math.fsum(a * a for a in vector))
             for vector in (one, two)]

    return dot / (norms[0] * norms[1]), math.dist(one, two)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    parser.add_argument("--keep", action="store_true",
                        help="keep logs and data")
    options = parser.parse_args()

    pipeline = Pipeline(options.build)

    return run(pipeline, lambda report: Verify(report, pipeline).run(),
               options.keep)


if __name__ == "__main__":
    sys.exit(main())
