"""Starting, stopping, keys, backups, and disks that fail."""

import json
import os
import random
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading

from vfs_index import PATIENCE, PROGRAM, Index, Plan

RECORD = {"id": "a", "values": [1, 2, 3]}


def upsert(index, name="a", **more):
    return index.post("/vectors/upsert", {"vectors": [dict(RECORD, id=name)]},
                      **more)


def refusal(*options):
    """What a start that must fail says: one line, status 1."""

    run = subprocess.run([PROGRAM, *options], capture_output=True, text=True,
                         timeout=PATIENCE)

    if run.returncode != 1 or run.stdout or run.stderr.count("\n") != 1:
        return "status %d: %s%s" % (run.returncode, run.stdout, run.stderr)

    return run.stderr


def says(text, *words):
    missing = [word for word in words if word not in text]
    return "%r is missing in: %s" % (missing, text) if missing else None


def wrong_options(data):
    for options, words in (
            (["--listen", "x"], ["--listen", "127.0.0.1:5080"]),
            (["--listen", "127.0.0.1:70000"], ["--listen"]),
            (["--listen", "0.0.0.0:0"], ["--listen", "--api-key-file"]),
            (["--metric", "manhattan"], ["--metric", "cosine"]),
            (["--threads", "0"], ["--threads", "from 1 to 256"]),
            (["--timeout", "soon"], ["--timeout", "soon"]),
            (["--max-body", "1"], ["--max-body", "1024"]),
            (["--max-connections", "9999999"], ["--max-connections"]),
            (["--log-level", "loud"], ["--log-level", "debug"]),
            (["--api-key-file", "/none/such"], ["--api-key-file",
                                                "/none/such"]),
            (["--api-key-file", "/dev/null"], ["--api-key-file", "first"]),
            (["--host-name", "http://index.example"],
             ["--host-name", "without scheme"]),
            (["--host-name", ""], ["--host-name"]),
            (["--host-name", "x.example"] * 17, ["--host-name", "16"]),
            (["--colour"], ["--colour", "--help"]),
            (["--metric"], ["--metric", "value"]),
            (["restore"], ["restore", "backup"]),
            (["backup"], ["backup"])):
        problem = says(refusal("--data", data, *options), *words)

        if problem:
            return "%s: %s" % (options, problem)

    return says(refusal("--listen", "127.0.0.1:0"), "--data")


def port_in_use(data):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        return says(refusal("--data", data, "--listen", "127.0.0.1:%d" % port),
                    "port %d is in use" % port)


def directory_in_use():
    with Index() as index:
        return says(refusal("--data", index.data, "--listen", "127.0.0.1:0"),
                    index.data, "in use")


def key():
    with tempfile.NamedTemporaryFile("w") as file:
        file.write("the-key\nnot this\n")
        file.flush()

        with Index("--api-key-file", file.name) as index:
            for headers, status in (({}, 401), ({"Api-Key": "the-kex"}, 401),
                                    ({"Api-Key": "the-key2"}, 401),
                                    ({"Api-Key": ""}, 401),
                                    ({"Api-Key": "the-key"}, 200),
                                    ({"api-key": "the-key"}, 200)):
                for method, path in (("GET", "/vectors/fetch?ids=a"),
                                     ("GET", "/indexes")):
                    answer = index.call(method, path, None, headers)

                    if answer.status != status:
                        return "%s: %r" % (headers, answer)

            plain = index.get("/vectors/list")
            said = index.get("/indexes").json

            if plain.text != "Unauthorized" or plain.headers[
                    "content-type"] != "text/plain" or said != {
                        "error": {"code": "UNAUTHENTICATED",
                                  "message": "Invalid API key."},
                        "status": 401}:
                return "%r, %r" % (plain, said)

            if index.get("/nothing").status != 401:
                return "a path is told of without a key"

            if index.get("/healthz").status != 200:
                return "health needs a key"

            with open("/proc/%d/cmdline" % index.process.pid) as line:
                if "the-key" in line.read() + index.read_log():
                    return "the key can be seen"

    return None


def web_page():
    """A page in a browser of this machine sends simple requests anywhere."""

    body = {"vectors": [{"id": "from-a-page", "values": [1, 2, 3]}]}
    page = {"Origin": "http://page.example", "Content-Type": "text/plain"}

    with Index() as index:
        answer = index.call("POST", "/vectors/upsert", body, page)

        if answer.status != 403 or "web pages" not in answer.text:
            return repr(answer)

        if index.post("/describe_index_stats", {}).json["totalVectorCount"]:
            return "the page has written"

    with tempfile.NamedTemporaryFile("w") as file:
        file.write("the-key\n")
        file.flush()

        with Index("--api-key-file", file.name) as index:
            answer = index.call("POST", "/vectors/upsert", body,
                                page | {"Api-Key": "the-key"})

            return None if answer.status == 200 else repr(answer)


def rebound_names():
    """A page whose own name was made to point here asks under that name."""

    refused = ("page.example", "page.example:80", "page.example.",
               "127.0.0.1.page.example", "xlocalhost.example", "[::1", "[]",
               "[page.example]", "localhost.example:5080", "127.0.0.1.2")
    known = ("127.0.0.1", "127.0.0.1:5080", "[::1]:5080", "[fe80::1]",
             "localhost", "LOCALHOST:5080", "localhost.", "a.b.localhost:1",
             "index", "index:5080", "vfs_index")
    given = ("index.shop.internal", "Index.Shop.Internal:5080",
             "index.shop.internal.", "other.example")

    with tempfile.NamedTemporaryFile("w") as file:
        file.write("the-key\n")
        file.flush()

        for options, headers, good, bad in (
                ((), {}, known, refused + given),
                (("--host-name", "index.shop.internal",
                  "--host-name", "other.example"), {}, known + given, refused),
                (("--api-key-file", file.name), {"Api-Key": "the-key"},
                 known + given + refused, ())):
            with Index(*options) as index:
                for name in good + bad:
                    answer = index.get("/vectors/list", Host=name, **headers)
                    want = 200 if name in good else 403

                    if answer.status != want \
                            or want == 403 and name not in answer.text:
                        return "%s, %s: %r" % (options, name, answer)

                if index.get("/healthz", Host="page.example").status != 200:
                    return "health is refused"

    return None


def unreadable_parent():
    """A new data directory where one may enter and write but not read."""

    parent = tempfile.mkdtemp(prefix="vfs-index-")
    program = shutil.copy(PROGRAM, parent)
    os.chmod(parent, 0o311)
    user = None

    # to root nothing is forbidden
    if os.geteuid() == 0:
        user = 65534
        os.chown(parent, user, -1)

    process = subprocess.Popen(
        [program, "--listen", "127.0.0.1:0", "--data",
         os.path.join(parent, "data")], stderr=subprocess.PIPE, text=True,
        user=user)
    said = process.stderr.readline()
    process.terminate()
    said += process.communicate(timeout=PATIENCE)[1]

    os.chmod(parent, 0o700)
    shutil.rmtree(parent)

    return None if process.returncode == 0 and "listening" in said else said


def drain(number):
    """What was begun before the signal is answered after it."""

    with Index() as index:
        upsert(index)
        connection = index.connect()
        connection.putrequest("POST", "/query")
        connection.putheader("Content-Length", "31")
        connection.endheaders()
        connection.send(b'{"vector":[1,')
        index.get("/healthz")
        index.process.send_signal(number)

        # the port is closed once draining has begun
        while True:
            try:
                socket.create_connection(("127.0.0.1", index.port), 1).close()
            except OSError:
                break

        connection.send(b'2,3],"topK":100  }')
        answer = connection.getresponse()

        if answer.status != 200 or b'"a"' not in answer.read():
            return "status %d" % answer.status

        connection.close()
        status = index.process.wait(PATIENCE)

        return None if status == 0 else "exit status %d" % status


def restart():
    """Everything is there again: indexes, namespaces, records, settings."""

    with Index() as index:
        index.post("/indexes", {"name": "one", "dimension": 3, "metric":
                                "dotproduct", "tags": {"t": "v"},
                                "spec": {"serverless": {"cloud": "gcp"}}})
        index.post("/i/one/vectors/upsert", {"namespace": "n", "vectors": [
            {"id": "s", "values": [1, 2, 3], "metadata": {"x": ["y"]},
             "sparseValues": {"indices": [5], "values": [0.5]}}]})
        upsert(index)
        index.post("/namespaces", {"name": "made", "schema": {"fields": {}}})
        index.post("/vectors/upsert", {"namespace": "gone",
                                       "vectors": [RECORD]})
        index.call("DELETE", "/namespaces/gone")

        paths = ("/indexes", "/i/one/vectors/fetch?ids=s&namespace=n",
                 "/vectors/fetch?ids=a", "/namespaces", "/i/one/namespaces",
                 "/describe_index_stats", "/vectors/list")
        before = [index.get(path, Host="h").json for path in paths]
        lsn = upsert(index).headers["x-pinecone-request-lsn"]
        index.stop()
        index.start()
        after = [index.get(path, Host="h").json for path in paths]

        for one, two in zip(before, after):
            if one != two:
                return "before: %s\nafter: %s" % (one, two)

        again = upsert(index).headers["x-pinecone-request-lsn"]

        return None if int(again) > int(lsn) else "LSN %s, then %s" % (lsn,
                                                                       again)


def backup():
    """A copy made while clients write holds whole batches and starts."""

    target = tempfile.mkdtemp(prefix="vfs-index-backup-")
    stop = threading.Event()
    rounds = []

    with Index() as index:
        upsert(index, "0.0")

        def write():
            connection = index.connect()
            while not stop.is_set():
                number = len(rounds) + 1
                body = "".join(',{"id":"%d.%d","values":[%d,1,1]}' % (
                    number, i, number) for i in range(10))
                connection.request("POST", "/vectors/upsert",
                                   '{"vectors":[%s]}' % body[1:])
                connection.getresponse().read()
                rounds.append(number)

        writer = threading.Thread(target=write)
        writer.start()

        try:
            while len(rounds) < 5:
                pass
            before = len(rounds)
            run = subprocess.run([PROGRAM, "backup", "--data", index.data,
                                  target], capture_output=True, text=True)
        finally:
            stop.set()
            writer.join()

        if run.returncode != 0:
            return run.stderr

        # one that finds no room leaves nothing that could be taken for a copy
        with tempfile.TemporaryDirectory(prefix="vfs-index-") as small:
            run = subprocess.run(
                [PROGRAM, "backup", "--data", index.data, small],
                capture_output=True, text=True, preexec_fn=lambda: (
                    signal.signal(signal.SIGXFSZ, signal.SIG_IGN),
                    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))))

            if run.returncode != 1 or os.listdir(small):
                return "%d: %s, %s" % (run.returncode, run.stderr,
                                       os.listdir(small))

        with Index(data=target) as copy:
            count = copy.get("/describe_index_stats").json["totalVectorCount"]

    shutil.rmtree(target)

    if count % 10 != 1 or count // 10 < before:
        return "%d records, at least %d were there" % (count, before * 10 + 1)

    return None


def damage():
    """A flipped bit in a record is seen at start, and said."""

    with Index() as index:
        index.post("/vectors/upsert", {"vectors": [
            {"id": "marked", "values": [1, 2, 3],
             "metadata": {"mark": "right-here"}}]})
        index.stop()
        path = os.path.join(index.data, "data.mdb")

        with open(path, "r+b") as file:
            content = file.read()
            at = content.rindex(b"right-here")
            file.seek(at)
            file.write(b"R")

        problem = says(refusal("--data", index.data, "--listen",
                               "127.0.0.1:0"), "damaged", "checksum")
        if problem:
            return problem

        with open(path, "r+b") as file:
            file.truncate(len(content) // 2)

        return says(refusal("--data", index.data, "--listen", "127.0.0.1:0"),
                    "damaged")


def everything(index):
    """All records of the two namespaces that damaged_pages() fills."""

    return [index.get("/vectors/fetch?namespace=n%d&%s" % (n, "&".join(
        "ids=r%d" % i for i in range(first, first + 100)))).json["vectors"]
            for n in range(2) for first in range(0, 600, 100)]


def damaged_pages():
    """Wherever the file is damaged: the start is refused in one line, or all
    records are there as they were."""

    draw = random.Random(5)
    original = tempfile.mkdtemp(prefix="vfs-index-")
    path = os.path.join(original, "data.mdb")
    refused = 0

    with Index(data=original) as index:
        for n in range(6):
            index.post("/vectors/upsert", {
                "namespace": "n%d" % (n % 2), "vectors": [
                    {"id": "r%d" % (100 * n + i),
                     "values": [draw.random() for _ in range(16)],
                     "metadata": {"x": "y" * draw.randrange(50 + n * 300)}}
                    for i in range(100)]})

        index.post("/vectors/delete", {"namespace": "n0", "ids": [
            "r%d" % i for i in range(0, 100, 3)]})
        expected = everything(index)
        index.stop()

    with open(path, "rb") as file:
        content = file.read()

    pages = len(content) // 4096

    for n in range(120):
        at = draw.randrange(pages) * 4096
        size = (1, 1, 4096, 512)[n % 4]
        at += draw.randrange(32 if n % 8 < 4 else 4096) if size == 1 else 0
        bad = bytes([content[at] ^ 1 << draw.randrange(8)]) if size == 1 \
            else bytes(size) if n % 8 < 4 else draw.randbytes(size)

        with tempfile.TemporaryDirectory(prefix="vfs-index-") as directory:
            with open(os.path.join(directory, "data.mdb"), "wb") as file:
                file.write(content[:at] + bad + content[at + size:])

            what = "%d bytes at %d" % (size, at)

            try:
                index = Index(data=directory)
            except RuntimeError as error:
                refused += 1
                text = str(error).split(": ", 1)[1]

                if text.count("\n") != 1 or "store" not in text:
                    return "%s: %s" % (what, text)
                continue

            try:
                if everything(index) != expected:
                    return "%s: served in part" % what

                if index.stop() != 0:
                    return "%s: it did not end well" % what
            finally:
                index.remove()

    shutil.rmtree(original)

    return None if refused > 40 else "%d of 120 were refused" % refused


def full_disk():
    """A write that does not fit is refused, reads go on, and once there is
    room writes do, too."""

    with Index() as index:
        upsert(index)
        size = os.path.getsize(os.path.join(index.data, "data.mdb"))
        limit = (size + (256 << 10), resource.RLIM_INFINITY)
        resource.prlimit(index.process.pid, resource.RLIMIT_FSIZE, limit)

        for i in range(200):
            answer = index.post("/vectors/upsert", {"vectors": [
                {"id": "%d.%d" % (i, k), "values": [1, 2, 3],
                 "metadata": {"x": "y" * 20000}} for k in range(10)]})

            if answer.status != 200:
                break

        if answer.status != 503 or "not stored" not in answer.json["message"]:
            return repr(answer)

        if "retry-after" not in answer.headers:
            return "no Retry-After"

        if index.get("/vectors/fetch?ids=a").json["vectors"] != {"a": RECORD}:
            return "reads do not go on"

        found = index.get("/vectors/fetch?ids=%d.0" % i).json["vectors"]

        if found:
            return "what was refused is there"

        resource.prlimit(index.process.pid, resource.RLIMIT_FSIZE,
                         (resource.RLIM_INFINITY, resource.RLIM_INFINITY))

        answer = upsert(index, "later")

        if answer.status != 200:
            return repr(answer)

        count = index.get("/describe_index_stats").json["totalVectorCount"]
        index.stop()
        index.start()
        again = index.get("/describe_index_stats").json["totalVectorCount"]

        return None if count == again else "%d, then %d" % (count, again)


def concurrent_readers():
    """Long searches, lists and writes at once: every answer is consistent."""

    problems = []

    with Index("--metric", "dotproduct", "--nosync") as index:
        for first in range(0, 12000, 1000):
            index.post("/vectors/upsert", {"vectors": [
                {"id": "%05d" % i, "values": [i + 1] * 32,
                 "metadata": {"value": i}}
                for i in range(first, first + 1000)]})

        stop = threading.Event()

        def write(worker):
            connection = index.connect()
            number = 0
            while not stop.is_set():
                number += 1
                value = worker * 100000 + number
                connection.request(
                    "POST", "/vectors/upsert",
                    '{"vectors":[{"id":"%05d","values":[%s],"metadata":'
                    '{"value":%d}}]}' % (number % 12000, ",".join(
                        [str(value + 1)] * 32), value))
                connection.getresponse().read()

        def query():
            connection = index.connect()
            for _ in range(60):
                connection.request(
                    "POST", "/query", '{"vector":[%s],"topK":50,'
                    '"includeMetadata":true,"includeValues":true}'
                    % ",".join(["1"] * 32))
                answer = connection.getresponse()
                matches = json.loads(answer.read())["matches"]
                scores = [match["score"] for match in matches]

                if len(matches) != 50 or scores != sorted(scores)[::-1]:
                    problems.append("scores: %s" % scores[:5])

                for match in matches:
                    value = match["metadata"]["value"] + 1
                    if (match["values"] != [value] * 32
                            or match["score"] != value * 32):
                        problems.append(repr(match)[:200])

        threads = [threading.Thread(target=write, args=(w,)) for w in (1, 2)]
        readers = [threading.Thread(target=query) for _ in range(3)]

        for thread in threads + readers:
            thread.start()
        for thread in readers:
            thread.join()
        stop.set()
        for thread in threads:
            thread.join()

        ids = []
        token = ""
        while True:
            page = index.get("/vectors/list" + token).json
            ids += [entry["id"] for entry in page["vectors"]]
            if "pagination" not in page:
                break
            token = "?paginationToken=" + page["pagination"]["next"]

        if ids != ["%05d" % i for i in range(12000)]:
            problems.append("the list has %d ids" % len(ids))

    return "\n".join(problems[:3]) or None


def main():
    plan = Plan()
    data = tempfile.mkdtemp(prefix="vfs-index-")
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

    plan.case("a wrong option is one line that names it", wrong_options(data))
    plan.case("a port in use is said", port_in_use(data))
    plan.case("a directory in use is said", directory_in_use())
    plan.case("a key is asked for, and kept to itself", key())
    plan.case("web pages are refused where no key is", web_page())
    plan.case("names that were made to point here are refused",
              rebound_names())
    plan.case("a directory whose parent cannot be read is made and used",
              unreadable_parent())
    plan.case("SIGTERM drains", drain(signal.SIGTERM))
    plan.case("SIGQUIT drains", drain(signal.SIGQUIT))
    plan.case("a restart brings everything back", restart())
    plan.case("a backup of a running index holds whole batches", backup())
    plan.case("a damaged store is refused", damage())
    plan.case("damage anywhere is refused in one line, or does no harm",
              damaged_pages())
    plan.case("a full disk refuses writes and keeps serving", full_disk())
    plan.case("searches and writes at once are consistent",
              concurrent_readers())

    shutil.rmtree(data)

    return plan.end()


if __name__ == "__main__":
    sys.exit(main())
