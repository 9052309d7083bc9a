"""Everything at once, for a while, and the end in the middle of it: what a
sanitizer watches.  VFS_LOAD sets the seconds, VFS_LOAD_OPTIONS the options.
The program must end well and say nothing but its log."""

import http.client
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time

from vfs_index import PROGRAM, Index, Plan

SECONDS = float(os.environ.get("VFS_LOAD", 10))
OPTIONS = os.environ.get("VFS_LOAD_OPTIONS", "--nosync").split()
DIMENSION = 48
IDS = 6000
FINE = (200, 201, 202, 400, 403, 404, 409)


def vector(chance):
    return [round(chance.uniform(-1, 1), 4) for _ in range(DIMENSION)]


def upsert(chance):
    return "POST", "/vectors/upsert", {
        "namespace": chance.choice(["", "", "n"]), "vectors": [
            {"id": "r%d" % chance.randrange(IDS), "values": vector(chance),
             "metadata": {"k": chance.randrange(9), "s": "x" * 20}}
            for _ in range(chance.choice([1, 20, 300]))]}


def query(chance):
    body = {"topK": chance.choice([1, 10, 500]),
            "includeMetadata": chance.random() < 0.5,
            "includeValues": chance.random() < 0.2}

    if chance.random() < 0.5:
        body["vector"] = vector(chance)
    else:
        body["id"] = "r%d" % chance.randrange(IDS)

    if chance.random() < 0.4:
        body["filter"] = {"k": {"$in": [1, 2, chance.randrange(9)]}}

    return "POST", "/query", body


def fetch(chance):
    return "GET", "/vectors/fetch?" + "&".join(
        "ids=r%d" % chance.randrange(IDS) for _ in range(10)), None


def change(chance):
    name = "r%d" % chance.randrange(IDS)

    return chance.choice([
        ("POST", "/vectors/update", {"id": name, "setMetadata": {"u": 1}}),
        ("POST", "/vectors/update", {"id": name, "values": vector(chance)}),
        ("POST", "/vectors/update", {"filter": {"k": 3},
                                     "setMetadata": {"k": 4}}),
        ("POST", "/vectors/delete", {"ids": [name]}),
        ("POST", "/vectors/delete", {"filter": {"k": chance.randrange(99)}}),
        ("POST", "/vectors/delete", {"deleteAll": True, "namespace": "n"})])


def walk(chance):
    return chance.choice([
        ("GET", "/vectors/list?limit=100", None),
        ("GET", "/vectors/list?prefix=r1&limit=7", None),
        ("POST", "/vectors/fetch_by_metadata", {"filter": {"k": 1}}),
        ("POST", "/describe_index_stats", {}),
        ("GET", "/namespaces", None), ("GET", "/metrics", None)])


def control(chance):
    name = "i%d" % chance.randrange(3)

    return chance.choice([
        ("POST", "/indexes", {"name": name, "dimension": 2,
                              "spec": {"serverless": {}}}),
        ("POST", "/i/%s/vectors/upsert" % name,
         {"vectors": [{"id": "a", "values": [1, 2]}]}),
        ("POST", "/i/%s/query" % name, {"topK": 1, "vector": [1, 2]}),
        ("PATCH", "/indexes/" + name, {"tags": {"t": str(chance.random())}}),
        ("GET", "/indexes", None), ("DELETE", "/indexes/" + name, None),
        ("POST", "/namespaces", {"name": "made%d" % chance.randrange(3)}),
        ("DELETE", "/namespaces/made%d" % chance.randrange(3), None)])


def fresh(chance):
    """Namespaces that come, are listed for the first time while more ids come,
    and go."""

    name = "f%d" % chance.randrange(4)

    return chance.choice(
        [("POST", "/vectors/upsert", {"namespace": name, "vectors": [
            {"id": "f%d" % chance.randrange(10 ** 6), "values": vector(chance)}
            for _ in range(chance.choice([1, 10, 60]))]})] * 4
        + [("GET", "/vectors/list?namespace=" + name, None),
           ("POST", "/vectors/fetch_by_metadata", {"namespace": name,
                                                   "limit": 10}),
           ("POST", "/vectors/delete", {"namespace": name,
                                        "deleteAll": True}),
           ("DELETE", "/namespaces/" + name, None)])


def sparse(chance):
    """Sparse and hybrid records, and the updates that keep the other part."""

    where = chance.choice(["/i/sparse", "/i/hybrid"])
    values = {"indices": sorted(chance.sample(range(50), 5)),
              "values": [chance.random() for _ in range(5)]}
    name = "s%d" % chance.randrange(500)
    dense = [] if where == "/i/sparse" else [chance.random(), 1, 2]
    asked = {"topK": 20, "includeValues": True, "sparseVector": values}

    return chance.choice([
        ("POST", where + "/vectors/upsert", {"vectors": [
            {"id": name, "values": dense, "sparseValues": values}]}),
        ("POST", where + "/query",
         asked | ({"vector": dense} if dense else {})),
        ("POST", where + "/vectors/update", {"id": name,
                                             "sparseValues": values}),
        ("POST", where + "/vectors/update", {"id": name,
                                             "setMetadata": {"k": 1}}),
        ("POST", where + "/vectors/delete", {"ids": [name]}),
        ("GET", where + "/vectors/list?limit=20", None)])


KINDS = (upsert, upsert, query, query, fetch, change, walk, control, fresh,
         fresh, sparse)


def run(index, kind, seed, stopping, counts, problems):
    chance = random.Random(seed)
    connection = index.connect()
    done = 0

    try:
        while not problems:
            method, path, body = kind(chance)
            connection.request(method, path,
                               None if body is None else json.dumps(body))
            answer = connection.getresponse()
            text = answer.read()
            done += 1

            if stopping.is_set() and answer.status == 503:
                break

            if answer.status not in FINE:
                problems.append("%s %s: %d %s" % (method, path, answer.status,
                                                  text[:300]))

            # a client that leaves in the middle of its request
            if chance.random() < 0.002:
                connection.putrequest("POST", "/query")
                connection.putheader("Content-Length", "100")
                connection.endheaders()
                connection.send(b"{")
                connection.close()
                connection = index.connect()

    except (OSError, http.client.HTTPException) as error:
        if not stopping.is_set():
            problems.append("%s: %r" % (kind.__name__, error))

    counts[kind.__name__] = counts.get(kind.__name__, 0) + done


def start(index):
    index.post("/vectors/upsert", {"vectors": [
        {"id": "r0", "values": [1] * DIMENSION}]})

    for body in ({"name": "sparse", "vector_type": "sparse"},
                 {"name": "hybrid", "dimension": 3}):
        answer = index.post("/indexes", body | {
            "metric": "dotproduct", "spec": {"serverless": {}}})

        if answer.status != 201:
            raise OSError(repr(answer))


def backup(index):
    with tempfile.TemporaryDirectory(prefix="vfs-index-backup-") as target:
        made = subprocess.run([PROGRAM, "backup", "--data", index.data,
                               target], capture_output=True, text=True)

        return made.stderr or None


def main():
    plan = Plan()
    counts = {}
    problems = []
    stopping = threading.Event()

    with tempfile.NamedTemporaryFile(prefix="vfs-index-access-") as access, \
            Index(*OPTIONS, "--threads", "3", "--access-log",
                  access.name) as index:
        try:
            start(index)
        except OSError as error:
            problems.append("%r: %s" % (error, index.read_log()))

        deadline = time.monotonic() + SECONDS
        threads = [threading.Thread(target=run, args=(
            index, kind, seed, stopping, counts, problems))
            for seed, kind in enumerate(KINDS)]

        for thread in threads:
            thread.start()

        copied = time.monotonic() + SECONDS / 3

        while time.monotonic() < deadline and not problems:
            index.process.send_signal(signal.SIGHUP)
            time.sleep(0.2)

            if time.monotonic() > copied:
                problems += filter(None, [backup(index)])
                copied += SECONDS / 3

        if index.process.poll() is not None:
            problems.append("it ended: " + index.read_log())

        # the end comes while all go on asking
        stopping.set()
        status = index.stop()

        for thread in threads:
            thread.join()

        few = [name for name, count in counts.items() if count < 5]
        plan.case("everything at once is answered (%s)" % ", ".join(
            "%s %d" % item for item in sorted(counts.items())),
            "\n".join(problems[:5]) or few)

        said = [line for line in index.read_log().splitlines()
                if not line.startswith("time=")]
        plan.case("it ends well and nothing was reported",
                  None if status == 0 and not said else
                  "exit status %d\n%s" % (status, "\n".join(said[:60])))

    return plan.end()


if __name__ == "__main__":
    sys.exit(main())
