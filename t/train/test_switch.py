"""A new definition is filled while the old one serves, and takes its place.

    test_switch.py --build DIR [--keep]
"""

import argparse
import json
import os
import subprocess
import sys
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", folder)
                for folder in ("kafka", "reference", "system")]

from definition import Definition                   # noqa: E402
from gateway import Client                          # noqa: E402
from pipeline import GROUP, Pipeline, ROOT, run     # noqa: E402
from processes import wait_until                    # noqa: E402
from verify import Train, counts                    # noqa: E402

NEW_GROUP = "vfs-v2"
USER = "u7"


class Asker:
    """Asks for one user all the time, and keeps what is not as it should be."""

    def __init__(self, pipeline):
        self._client = Client(pipeline.port)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._ask)
        self.definitions = []
        self.failures = []
        self.answers = 0
        self._thread.start()

    def _ask(self):
        while not self._stop.is_set():
            try:
                answer = self._client.get("/v1/features/user/" + USER)

            except OSError as error:
                self.failures.append(repr(error))
                continue

            self.answers += 1

            if answer.status != 200:
                self.failures.append("status %d" % answer.status)
                continue

            found = answer.plain()["metadata"]["vfs_definition"]

            if self.definitions[-1:] != [found]:
                self.definitions.append(found)

    def stop(self):
        self._stop.set()
        self._thread.join()
        self._client.close()


class Switch:

    def __init__(self, report, pipeline):
        self.report = report
        self.pipeline = pipeline
        self.train = Train(pipeline)
        self.old = os.path.join(ROOT, "conf", "features.json")
        self.new = os.path.join(pipeline.directory, "v2.json")

    def run(self):
        report, pipeline = self.report, self.pipeline
        report.section("the old definition serves while the new one is filled")
        old, new = self._definitions()
        pipeline.play("--count", "4000", "--users", "200", "--items", "400")
        pipeline.settle()
        self._mixed(old)
        asker = Asker(pipeline)

        try:
            pipeline.start_worker("v2", VFS_GROUP=NEW_GROUP,
                                  VFS_DEFINITION=self.new)
            player = pipeline.play("--count", "2000", "--rate", "500",
                                   "--users", "200", "--items", "400",
                                   "--seed", "2", wait=False)
            self._verify(self.old, GROUP, 0, "while that goes on, every "
                         "vector that is served is equal")

            if player.wait(120) != 0:
                raise RuntimeError(player.tail())

            player.kill()
            self._filled()
            report.equal(asker.definitions, [old], "nothing of the new one "
                         "was served")
            self._switch(asker, self.new, new)
            self._verify(self.new, NEW_GROUP, 0,
                         "every vector is equal under the new definition")
            self._verify(self.old, GROUP, 1, "and none under the old one")

            report.section("back")
            self._switch(asker, self.old, old)
            self._verify(self.old, GROUP, 0, "every vector is equal")
            self._refused(asker)

        finally:
            asker.stop()

        report.equal(asker.definitions, [old, new, old],
                     "the definition changed when it was told to")
        report.equal(asker.failures[:3], [], "no request of %d failed"
                     % asker.answers)

    def _definitions(self):
        """The hashes."""

        with open(self.old) as file:
            text = file.read()

        changed = json.loads(text)
        changed["name"] = "example-v2"
        changed["features"]["user"]["half_life"] = "7d"

        for entity in ("user", "item"):
            changed["features"][entity]["namespace"] += "@v2"

        with open(self.new, "w") as file:
            json.dump(changed, file)

        hashes = Definition(text).hash, Definition(json.dumps(changed)).hash
        done = self.train.run("definition", self.new)
        self.report.check("hash %s\n" % hashes[1] in done.stdout
                          and "\nuser_namespace user-features@v2\n"
                          in done.stdout, "vfs-train definition tells hash "
                          "and namespaces", done.stdout + done.stderr)

        return hashes

    def _mixed(self, old):
        """The changed definition, in the namespaces of the old one."""

        path = os.path.join(self.pipeline.directory, "mixed.json")

        with open(self.new) as file:
            text = file.read().replace("@v2", "")

        with open(path, "w") as file:
            file.write(text)

        for arguments in ([], ["--check"]):
            done = subprocess.run(
                [os.path.join(self.pipeline.build, "vfs-ingest"), *arguments],
                env=self.pipeline.env(VFS_DEFINITION=path, VFS_GROUP=NEW_GROUP,
                                      VFS_DATA=os.path.join(
                                          self.pipeline.directory, "mixed")),
                capture_output=True, text=True, timeout=60, check=False)
            said = done.stdout + done.stderr
            self.report.check(
                done.returncode == 1
                and "features.user.namespace: the index holds vectors of the "
                "definition %s in user-features" % old in said,
                "vfs-ingest %s refuses to mix two definitions"
                % " ".join(arguments), said)

    def _verify(self, definition, group, status, title):
        done = self.train.run("verify", "--all", "--details", "0", "--settle",
                              "60", VFS_DEFINITION=definition, VFS_GROUP=group)
        self.report.check(done.returncode == status, title,
                          done.stdout[-1000:] + done.stderr)

        if status == 0:
            self.report.check(counts(done.stdout)["equal"] > 500,
                              "all of them", done.stdout)

        else:
            self.report.equal(counts(done.stdout)["equal"], 0, "not one")

    def _filled(self):
        """The new worker has nothing more to do."""

        def done():
            found = [worker for worker in
                     self.pipeline.stats()["ingest"]["workers"]
                     if worker["alive"]]

            return len(found) == 2 and not any(
                any(worker["lag"].values()) or worker["gauges"]["pending"]
                for worker in found)

        wait_until("both workers are through", done, 120)

    def _switch(self, asker, definition, expected):
        done = self._reload(definition)
        self.report.equal(done.returncode, 0, "vfs gateway --reload")
        wait_until("the definition changes", lambda: asker.definitions[-1]
                   == expected, 30)

    def _reload(self, definition):
        pipeline = self.pipeline

        return subprocess.run(
            [os.path.join(ROOT, "bin", "vfs"), "gateway", "--reload"],
            env=pipeline.env(VFS_DATA=os.path.join(pipeline.directory,
                                                   "gateway"),
                             VFS_DEFINITION=definition),
            capture_output=True, text=True, timeout=60, check=False)

    def _refused(self, asker):
        broken = os.path.join(self.pipeline.directory, "broken.json")

        with open(broken, "w") as file:
            file.write('{"name":"broken"}')

        before = asker.answers
        done = self._reload(broken)
        self.report.check(done.returncode != 0 and "dimension" in done.stderr,
                          "a definition that is none is refused", done.stderr)
        wait_until("answers go on", lambda: asker.answers > before + 100, 30)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    parser.add_argument("--keep", action="store_true",
                        help="keep logs and data")
    options = parser.parse_args()

    pipeline = Pipeline(options.build, groups=(GROUP, NEW_GROUP))

    return run(pipeline, lambda report: Switch(report, pipeline).run(),
               options.keep)


if __name__ == "__main__":
    sys.exit(main())
