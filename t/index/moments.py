"""What happens just when something else does: hold.so keeps a thread at a
chosen call meanwhile.  And what many or slow ones take."""

import http.client
import json
import os
import resource
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

from vfs_index import PATIENCE, PROGRAM, Index, Plan, rss

HOLD = os.environ.get("VFS_INDEX_HOLD", "build/t/index/hold.so")


class Hold:
    """The calls that are held: see hold.c."""

    def __init__(self):
        self.directory = tempfile.mkdtemp(prefix="vfs-index-hold-")
        self.environment = {
            "LD_PRELOAD": os.path.abspath(HOLD), "VFS_HOLD": self.directory,
            "ASAN_OPTIONS": "verify_asan_link_order=0"}

    def path(self, call):
        return os.path.join(self.directory, call)

    def close(self, call):
        open(self.path(call), "w").close()

    def open(self, call):
        os.unlink(self.path(call))

    def told(self, what):
        return os.path.exists(self.path(what))

    def wait(self, what, other=lambda: False):
        deadline = time.monotonic() + PATIENCE

        while not self.told(what) and not other():
            if time.monotonic() > deadline:
                raise RuntimeError("%s did not come" % what)
            time.sleep(0.001)

    def __enter__(self):
        return self

    def __exit__(self, *ignored):
        shutil.rmtree(self.directory)


def request_at_the_end():
    """A connection that was silent brings a write when all else has ended."""

    body = json.dumps({"vectors": [{"id": "late", "values": [1, 2, 3]}]})

    with Hold() as hold, Index(environment=hold.environment) as index:
        index.post("/vectors/upsert", {"vectors": [
            {"id": "a", "values": [1, 2, 3]}]})
        connection = index.connection
        hold.close("MHD_stop_daemon")
        index.process.send_signal(signal.SIGTERM)
        hold.wait("MHD_stop_daemon.reached")

        # what is accepted would still be on its way to the disk
        hold.close("fdatasync")
        connection.request("POST", "/vectors/upsert", body)
        hold.wait("fdatasync.reached", lambda: select.select(
            [connection.sock], [], [], 0)[0])
        hold.open("MHD_stop_daemon")

        try:
            answer = connection.getresponse()
            said = "%d %s" % (answer.status, answer.read())
        except (OSError, http.client.HTTPException) as error:
            said = repr(error)

        hold.open("fdatasync")
        status = index.process.wait(PATIENCE)

        if status != 0 or not said.startswith("503"):
            return "exit status %d, %s, %s" % (status, said, index.read_log())

        index.connection = None
        index.start()
        found = index.get("/vectors/fetch?ids=late").json["vectors"]

        return "what was refused is there" if found else None


def stop_amid_collection():
    """--nosync: a stop leaves all on disk, also while the records of a deleted
    namespace are being freed."""

    with Hold() as hold, Index("--nosync", environment=hold.environment) \
            as index:
        for first in range(0, 60000, 1000):
            index.post("/vectors/upsert", {"namespace": "n", "vectors": [
                {"id": "r%d" % i, "values": [1]}
                for i in range(first, first + 1000)]})

        hold.wait("fdatasync.done")

        if index.call("DELETE", "/namespaces/n").status != 200:
            return "the namespace was not deleted"

        hold.open("fdatasync.done")
        status = index.stop()

        if status != 0:
            return "exit status %d" % status

        return None if hold.told("fdatasync.done") else "nothing was synced"


def full_map():
    """A transaction that needs more room than was made for it gets it."""

    with Hold() as hold, Index(environment=hold.environment) as index:
        index.post("/vectors/upsert", {"vectors": [
            {"id": "r%d" % i, "values": [1], "metadata": {"k": 1}}
            for i in range(100)]})
        lsn = int(index.post("/query", {"vector": [1], "topK": 1}).headers[
            "x-pinecone-max-indexed-lsn"])

        for path, body in (
                ("/vectors/update", {"filter": {"k": 1},
                                     "setMetadata": {"u": 1}}),
                ("/vectors/upsert", {"namespace": "new", "vectors": [
                    {"id": "a", "values": [2]}]}),
                ("/vectors/delete", {"filter": {"k": 1}})):
            hold.close("mdb_put.full")
            answer = index.post(path, body)
            lsn += 1

            if answer.status != 200 or hold.told("mdb_put.full") or int(
                    answer.headers["x-pinecone-request-lsn"]) != lsn:
                return "%s: %r" % (path, answer)

        if index.read_log().count("event=map_widened") != 3:
            return index.read_log()

        for _ in range(2):
            counts = index.post("/describe_index_stats", {}).json["namespaces"]

            if counts != {"": {"vectorCount": 0}, "new": {"vectorCount": 1}}:
                return counts

            index.stop()
            index.start()

    return None


def killed_backup():
    """What a backup was reading when it was killed is used again."""

    records = [{"id": "r%d" % i, "values": [1], "metadata": {"x": "y" * 20000}}
               for i in range(20)]
    target = tempfile.mkdtemp(prefix="vfs-index-backup-")

    with Index("--nosync") as index:
        path = os.path.join(index.data, "data.mdb")

        for n in range(5):
            index.post("/vectors/upsert", {"vectors": records})

        # in the middle of its writing
        limit = (65536, 65536)
        run = subprocess.run(
            [PROGRAM, "backup", "--data", index.data, target],
            preexec_fn=lambda: (
                signal.signal(signal.SIGXFSZ, signal.SIG_DFL),
                resource.setrlimit(resource.RLIMIT_FSIZE, limit),
                resource.setrlimit(resource.RLIMIT_CORE, (0, 0))))

        if run.returncode != -signal.SIGXFSZ:
            return "the backup ended with %d" % run.returncode

        before = os.path.getsize(path)

        for n in range(50):
            index.post("/vectors/upsert", {"vectors": records})

        after = os.path.getsize(path)

    shutil.rmtree(target)

    return None if after < before + 4000000 \
        else "%d bytes grew to %d" % (before, after)


def endless_body():
    """A body that comes byte by byte is waited for no longer than twice the
    timeout; others are served meanwhile."""

    with Index("--timeout", "1") as index:
        with socket.create_connection(("127.0.0.1", index.port)) as client:
            client.sendall(b"POST /query HTTP/1.1\r\nHost: x\r\n"
                           b"Content-Length: 1000\r\n\r\n")
            client.settimeout(0.1)
            begun = time.monotonic()

            while time.monotonic() < begun + 10:
                try:
                    client.sendall(b" ")

                    if not client.recv(1):
                        break
                except TimeoutError:
                    pass
                except OSError:
                    break

                if index.get("/healthz").status != 200:
                    return "others are not served"
            else:
                return "it was waited for"

    return None


def many_namespaces():
    """Small ones take little, also when they are read at start: in memory and
    in maps, of which a process can have 65530."""

    n = 1000

    with Index("--nosync") as index:
        def used():
            with open("/proc/%d/maps" % index.process.pid) as maps:
                return rss(index.process.pid), len(maps.readlines())

        before = used()

        for i in range(n):
            index.post("/vectors/upsert", {"namespace": "n%d" % i, "vectors": [
                {"id": "a", "values": [1] * 128}]})

        after = used()
        index.stop()
        index.start()
        again = used()

    for memory, maps in after, again:
        if memory - before[0] > n * 20000 or maps - before[1] > 100:
            return "before %s, after %s, again %s" % (before, after, again)

    return None


def main():
    plan = Plan()

    plan.case("a request that comes when all has ended is refused",
              request_at_the_end())
    plan.case("a stop amid the freeing of records syncs them",
              stop_amid_collection())
    plan.case("a map that is full is widened", full_map())
    plan.case("a backup that was killed holds no pages", killed_backup())
    plan.case("a body without end is given up", endless_body())
    plan.case("many small namespaces take little", many_namespaces())

    return plan.end()


if __name__ == "__main__":
    sys.exit(main())
