"""vfs-train verify where vectors come from a model; ids deleted while it runs;
and a feature log that retention emptied.

    test_verify_model.py --build DIR --kafka JARS [--keep]
"""

import argparse
import csv
import http.client
import http.server
import json
import os
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", folder)
                for folder in ("kafka", "reference", "system")]
sys.path.append(os.path.join(HERE, "..", "ingest"))

import lmdb_file                                    # noqa: E402
from model import Model                             # noqa: E402
from pipeline import (GROUP, PARTITIONS, Pipeline, ROOT, TOPIC,  # noqa: E402
                      run)
from planted import Planted                         # noqa: E402
from processes import Process, wait_until           # noqa: E402
from rdkafka import Producer                        # noqa: E402
from verify import Train, counts                    # noqa: E402
from vfs_reference import Reference                 # noqa: E402

USER = "u7"


def definition(url):
    """The example, its vectors from a model."""

    with open(os.path.join(ROOT, "conf", "features.json")) as file:
        made = json.load(file)

    made["sources"] = {"item_words": {
        "type": "model", "protocol": "openai", "model": "toy",
        "fields": ["itemId", "description"], "dimensions": True,
        "service": {"url": url, "batch": 16, "timeout": "2s"}}}

    return made


def named(output, verdict):
    """The ids, as "user u1", of which a line says that."""

    return {" ".join(line.split()[:2]).rstrip(":")
            for line in output.splitlines() if ": %s: " % verdict in line}


class Interposed:
    """A gateway before the gateway, which does something before it asks."""

    def __init__(self, port, before):
        class Handler(http.server.BaseHTTPRequestHandler):

            def log_message(self, *args):
                pass

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))

                if self.server.before is not None:
                    self.server.before()
                    self.server.before = None

                connection = http.client.HTTPConnection("127.0.0.1", port)
                connection.request("POST", self.path, body, {
                    "Content-Type": self.headers["Content-Type"]})
                answer = connection.getresponse()
                text = answer.read()
                connection.close()

                self.send_response(answer.status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

        self._server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
        self._server.before = before
        self._thread = threading.Thread(target=self._server.serve_forever,
                                        kwargs={"poll_interval": 0.05})
        self._thread.start()
        self.url = "http://127.0.0.1:%d" % self._server.server_port

    def close(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class VerifyModel:

    def __init__(self, report, pipeline, model):
        self.report = report
        self.pipeline = pipeline
        self.model = model
        self.train = Train(pipeline)
        self.data = os.path.join(pipeline.directory, "w1")
        self.served = 0

    def run(self):
        self.equal()
        self.wrong_answers()
        self.deleted_meanwhile()
        self.watch()
        self.emptied()

    def verify(self, *arguments, status, title, **env):
        done = self.train.run("verify", *arguments,
                              **({"VFS_DATA": self.data} | env))
        self.report.check(done.returncode == status, title,
                          "status %d\n%s%s" % (done.returncode, done.stdout,
                                               done.stderr))

        return done.stdout, done.stderr

    def answers(self):
        return lmdb_file.read(os.path.join(self.data, "recorded"))

    def equal(self):
        self.report.section("vectors of a model")
        self.pipeline.play("--count", "1500", "--users", "60", "--items",
                           "90")
        out, _ = self.verify("--all", "--settle", "60", status=0,
                             title="every vector is equal")
        self.planted = Planted(self.pipeline, self.answers())
        self.served = self.planted.known
        self.report.equal(counts(out)["equal"], self.served,
                          "as many as a recomputation has")
        self.report.check(len(set(self.model.texts())) > 50,
                          "of texts that the model was asked",
                          self.model.texts()[:5])

    def wrong_answers(self):
        self.report.section("a wrong answer")
        dimension, bits = self.planted.one_bit("user", USER)
        out, _ = self.verify("--all", status=1, title="a vector served that is "
                             "off by one bit")
        self.report.equal(named(out, "different"), {"user " + USER},
                          "it is named, and no other")
        self.report.check("values[%d] is " % dimension in out
                          and "0x%08x" % bits in out, "with the dimension and "
                          "both values", out)
        self.planted.restore("user", USER)

        # what was recorded is not what the worker folded
        answers = self.answers()
        key = sorted(answers)[0]
        value = bytearray(answers[key])
        value[2 + 3] ^= 0x01        # the first component, twice or half
        changed = answers | {key: bytes(value)}
        data = self.copy(changed)
        expected = self.differing(changed)
        out, _ = self.verify("--all", "--details", "0", status=1,
                             title="another answer of the model",
                             VFS_DATA=data)
        self.report.check(0 < len(expected) < self.served,
                          "is in %d of %d vectors" % (len(expected),
                                                      self.served))
        self.report.equal(named(out, "different"), expected,
                          "and just those are named")

        del changed[key]
        _, err = self.verify("--all", status=2, title="an answer that is not "
                             "recorded", VFS_DATA=self.copy(changed))
        self.report.check("no answer of the model is recorded for this event"
                          in err and "the event " in err,
                          "ends it, and names the event", err)
        _, err = self.verify("--all", status=2, title="no answers at all",
                             VFS_DATA="/nonexistent")
        self.report.check("VFS_DATA: " in err, "nor without them", err)
        self.verify("--all", status=0, title="all is mended")

    def copy(self, answers):
        """A directory for VFS_DATA with these answers."""

        data = tempfile.mkdtemp(dir=self.pipeline.directory)
        os.mkdir(os.path.join(data, "recorded"))
        lmdb_file.write(os.path.join(data, "recorded"), answers)

        return data

    def differing(self, answers):
        other = Reference(self.pipeline.definition(), answers)
        other.feed(self.planted.records)

        return {"%s %s" % (entity, name) for entity in ("user", "item")
                for name, stored in self.planted.reference.stored(
                    entity).items()
                if other.stored(entity)[name].values != stored.values}

    def deleted_meanwhile(self):
        self.report.section("an id that is deleted while verify runs")

        for user, more in ((USER, ()), ("u8", ("--watch", "--rounds", "1"))):
            gateway = Interposed(self.pipeline.port,
                                 lambda user=user: self.delete(user))

            try:
                out, _ = self.verify("--all", *more, status=0, title="is no "
                                     "difference " + " ".join(more),
                                     VFS_GATEWAY_URL=gateway.url)

            finally:
                gateway.close()

            self.served -= 1
            found = counts(out)
            self.report.equal((found["missing"], found["waiting"],
                               found["equal"]), (0, 1, self.served),
                              "but waiting; all others are equal")
            out, _ = self.verify("--all", *more, status=0, title="the next "
                                 "time it is rightly not served")
            self.report.equal((counts(out)["waiting"], counts(out)["equal"]),
                              (0, self.served), "and nothing waits")

    def delete(self, user):
        """Until it is no longer served."""

        partition = next(record.partition
                         for record in self.pipeline.records(TOPIC)
                         if record.key == user.encode())

        with Producer(self.pipeline.broker.address) as producer:
            producer.produce(TOPIC, user.encode(), None, partition)
            producer.flush()

        self.pipeline.settle(60)

    def watch(self):
        report, pipeline = self.report, self.pipeline
        report.section("a watch while answers are recorded")
        before, _ = self.verify("--all", status=0, title="all is equal before")
        watch = Process("verify", [
            os.path.join(pipeline.build, "vfs-train"), "verify", "--all",
            "--watch", "--interval", "1", "--settle", "1", "--rounds", "120"],
            os.path.join(pipeline.directory, "watch.log"),
            self.train.env(VFS_DATA=self.data))

        def lines(part):
            with open(watch.log) as log:
                return [line for line in log if part in line]

        wait_until("a round", lambda: lines("compared "), 60, watch)

        def not_now(handler, texts):
            handler.reply(503, {"error": "not now"})
            return True

        # in Kafka, but the model has not answered
        self.model.always = not_now

        with Producer(pipeline.broker.address) as producer:
            producer.produce(TOPIC, b"new-user", json.dumps({
                "userId": "new-user", "itemId": "new-item", "description":
                "a text that is new", "eventType": "view",
                "timestamp": int(time.time() * 1000)}).encode())
            producer.flush()

        wait_until("a round without the answer", lambda: lines(
            "no answer of the model is recorded"), 60, watch)
        self.model.always = None
        pipeline.settle(60)
        rounds = len(lines("compared "))
        wait_until("two rounds more", lambda: len(lines("compared "))
                   >= rounds + 2, 60, watch)
        status = watch.stop()
        last = counts(lines("compared ")[-2])
        report.equal(status, 0, "nothing was wrong")
        report.equal(last["equal"], counts(before)["equal"] + 2,
                     "and the new user and item were compared, too")

    def emptied(self):
        report, pipeline = self.report, self.pipeline
        report.section("a partition of the feature log that retention emptied")
        topic = GROUP + "-features"
        users = {}

        for record in pipeline.records(topic):
            if record.key.startswith(b"user:u"):
                users.setdefault(record.partition, record.key.decode())

        gone, *kept = sorted(users)

        with Producer(pipeline.broker.address) as admin:
            admin.delete_records(topic, gone,
                                 admin.ends(topic, PARTITIONS)[gone])

        path = os.path.join(pipeline.directory, "labels.csv")
        moment = int(time.time() * 1000)

        with open(path, "w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["id", "time"])
            writer.writerows([(users[gone], moment), ("nobody", moment),
                              *((users[place], moment) for place in kept)])

        done = self.train.run("join", "--labels", path)
        report.equal([json.loads(line)["vfs_status"]
                      for line in done.stdout.splitlines()],
                     ["gap", "gap", *("ok" for _ in kept)],
                     "its ids may have had a vector, others' are known")
        report.check("the begin of the feature log is gone in 1 partitions"
                     in done.stderr, "and the join says so", done.stderr)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    parser.add_argument("--kafka", required=True)
    parser.add_argument("--keep", action="store_true",
                        help="keep logs and data")
    options = parser.parse_args()
    pipeline = Pipeline(options.build, options.kafka)
    model = Model(128)
    pipeline.features = os.path.join(pipeline.directory, "features.json")

    with open(pipeline.features, "w") as file:
        json.dump(definition(model.url), file)

    try:
        return run(pipeline, lambda report: VerifyModel(
            report, pipeline, model).run(), options.keep)

    finally:
        model.close()


if __name__ == "__main__":
    sys.exit(main())
