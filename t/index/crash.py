"""An acknowledged write survives kill -9: several clients upsert, update and
delete for a while, the process is killed in the middle, and what comes back
holds every acknowledged change, whole.  VFS_CRASH_ROUNDS sets how often."""

import http.client
import json
import os
import random
import signal
import sys
import threading
import time

from vfs_index import Index, Plan

ROUNDS = int(os.environ.get("VFS_CRASH_ROUNDS", 50))
CLIENTS = 4
BATCH = 20
IDS = 200
DIMENSION = 8


def values(client, number, version):
    """A vector that tells which record and version it belongs to."""

    return [client + 1, number + 1, version] + [version % 97 + 1] * (
        DIMENSION - 3)


class Client(threading.Thread):
    """Changes records of its own; knows of each id what may be stored: the
    last acknowledged version and those sent since."""

    def __init__(self, index, number, state, seed):
        super().__init__()
        self.number = number
        self.state = state
        self.random = random.Random(seed)
        self.connection = index.connect()
        self.acknowledged = 0
        self.problem = None

    def send(self, path, body):
        self.connection.request("POST", path, json.dumps(body))
        answer = self.connection.getresponse()
        text = answer.read()

        if answer.status != 200:
            raise RuntimeError("%d %s" % (answer.status, text[:200]))

        self.acknowledged += 1

    def run(self):
        try:
            while True:
                self.change()
        except (OSError, http.client.HTTPException):
            pass
        except Exception as error:                   # told by the main thread
            self.problem = repr(error)

    def change(self):
        chosen = self.random.sample(range(IDS), BATCH)
        names = ["%d.%d" % (self.number, i) for i in chosen]
        kind = self.random.random()

        if kind < 0.2:
            new = {name: None for name in names}
            path, body = "/vectors/delete", {"ids": names, "namespace": "n"}
        else:
            self.state["version"] = version = self.state["version"] + 1
            new = {name: version for name in names}
            path, body = "/vectors/upsert", {"namespace": "n", "vectors": [
                {"id": name, "values": values(self.number, i, version),
                 "metadata": {"version": version}}
                for name, i in zip(names, chosen)]}

        for name, version in new.items():
            self.state["ids"].setdefault(name, [None]).append(version)

        self.send(path, body)

        for name, version in new.items():
            self.state["ids"][name] = [version]


def fetch_all(index, names):
    stored = {}

    for first in range(0, len(names), 100):
        answer = index.get("/vectors/fetch?namespace=n&" + "&".join(
            "ids=" + name for name in names[first:first + 100]))

        if answer.status != 200:
            raise RuntimeError(repr(answer))

        stored.update(answer.json["vectors"])

    return stored


def verify(index, states):
    """What is wrong with what came back, or None."""

    count = 0

    for client, state in enumerate(states):
        stored = fetch_all(index, sorted(state["ids"]))
        count += len(stored)

        for name, allowed in state["ids"].items():
            record = stored.get(name)
            version = record and record["metadata"]["version"]

            if version not in allowed:
                return "%s is of version %s, expected one of %s" % (
                    name, version, allowed)

            if record and record["values"] != values(
                    client, int(name.split(".")[1]), version):
                return "%s is torn: %s" % (name, record)

            # an unanswered change may be in or out, but is settled now
            state["ids"][name] = [version]

    answer = index.get("/describe_index_stats")
    said = answer.json["namespaces"].get("n", {"vectorCount": 0})

    if said["vectorCount"] != count:
        return "stats say %s, %d records are there" % (said, count)

    return None


def one_round(index, states, number):
    clients = [Client(index, i, state, number * 100 + i)
               for i, state in enumerate(states)]

    for client in clients:
        client.start()

    # long enough for writes to be under way, and never the same moment
    deadline = time.monotonic() + 30
    wanted = 5 + number * 7 % 40

    while (sum(client.acknowledged for client in clients) < wanted
           and time.monotonic() < deadline):
        time.sleep(0.001)

    index.stop(signal.SIGKILL)

    for client in clients:
        client.join()

    problems = [client.problem for client in clients if client.problem]
    done = sum(client.acknowledged for client in clients)

    if not problems and done < wanted:
        problems = ["only %d writes were acknowledged" % done]

    index.start()

    return problems[0] if problems else verify(index, states)


def main():
    plan = Plan()
    states = [{"version": 0, "ids": {}} for _ in range(CLIENTS)]

    with Index() as index:
        # the namespace, without which a delete is refused
        index.post("/vectors/upsert", {"namespace": "n", "vectors": [
            {"id": "first", "values": values(9, 0, 1)}]})
        index.post("/vectors/delete", {"namespace": "n", "ids": ["first"]})

        for number in range(ROUNDS):
            plan.case("kill -9 number %d loses nothing that was acknowledged"
                      % (number + 1), one_round(index, states, number))

        status = index.stop(signal.SIGTERM)
        plan.case("then SIGTERM ends it well",
                  None if status == 0 else "exit status %d" % status)
        index.start()
        plan.case("and the records are there again", verify(index, states))

    return plan.end()


if __name__ == "__main__":
    sys.exit(main())
