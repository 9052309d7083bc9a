"""Requests that no honest client sends: the server answers each with a fault,
or closes the connection, and goes on serving in the memory it had before.
VFS_TORTURE sets how many."""

import os
import random
import socket
import struct
import sys

from vfs_index import Index, Plan, rss

COUNT = int(os.environ.get("VFS_TORTURE", 10000))
SEED = 5080

GOOD = [
    ("/vectors/upsert", '{"vectors":[{"id":"a","values":[1,2,3],"metadata":'
     '{"g":"x","n":1.5,"l":["a","b"],"t":true}}],"namespace":"n"}'),
    ("/query", '{"topK":3,"vector":[1,2,3],"namespace":"n","filter":{"$or":'
     '[{"g":{"$in":["x","y"]}},{"n":{"$gte":1,"$lt":2}}]},'
     '"includeValues":true,"includeMetadata":true}'),
    ("/query", '{"topK":1,"id":"a","namespace":"n"}'),
    ("/vectors/update", '{"id":"a","setMetadata":{"k":1},"namespace":"n"}'),
    ("/vectors/delete", '{"ids":["b"],"namespace":"n"}'),
    ("/vectors/fetch_by_metadata", '{"filter":{"g":"x"},"limit":5}'),
    ("/describe_index_stats", '{"filter":{}}'),
    ("/namespaces", '{"name":"z","schema":{"fields":{}}}'),
    ("/indexes", '{"name":"i","dimension":3,"spec":{"serverless":{}}}'),
]

PIECES = [b"", b"{", b"}", b"[", b"]", b'"', b",", b":", b"null", b"true",
          b"1e400", b"-1e-400", b"99999999999999999999", b"-1", b"0.1.2",
          b"\\u0000", b"\\ud800", b"\xff", b"\xc3", b"\x00", b'{"$in":[',
          b"[[[[[[[[", b'{"a":{"b":', b"NaN", b'"' + b"x" * 600 + b'"',
          b"[" + b"1," * 3000 + b"1]"]


def mutate(chance, body):
    body = bytearray(body.encode())

    for _ in range(chance.randint(1, 3)):
        at = chance.randrange(len(body) + 1)
        kind = chance.random()

        if kind < 0.4:
            body[at:at] = chance.choice(PIECES)
        elif kind < 0.6:
            del body[at:at + chance.randint(1, 20)]
        elif kind < 0.8:
            end = at + chance.randint(1, 10)
            body[at:end] = chance.choice(PIECES)
        elif at < len(body):
            body[at] = chance.randrange(256)

    return bytes(body)


def bodies(index, count):
    """Mutated bodies on good paths; the problem, or None."""

    chance = random.Random(SEED)
    statuses = {}

    for number in range(count):
        path, body = chance.choice(GOOD)
        sent = mutate(chance, body)
        answer = index.call("POST", path, sent)

        statuses[answer.status] = statuses.get(answer.status, 0) + 1

        if answer.status not in (200, 201, 400, 404, 409, 422):
            return "%s %r: %r" % (path, sent[:300], answer)

        if path == "/namespaces" and answer.status == 200:
            index.call("DELETE", "/namespaces/z")
        elif path == "/indexes" and answer.status == 201:
            index.call("DELETE", "/indexes/" + answer.json["name"])

    if statuses.get(400, 0) < count / 4:
        return "too few were refused: %r" % statuses

    return None


def names(index):
    """Paths and parameters that are wrong in themselves."""

    chance = random.Random(SEED)
    paths = ["/vectors/fetch?ids=", "/vectors/list?prefix=",
             "/vectors/list?paginationToken=", "/vectors/list?limit=",
             "/namespaces/", "/indexes/", "/i/", "/i/default/", "/"]

    for _ in range(500):
        tail = "".join(chance.choice("%/?&=+.;~aZ09%25%00%ff\t".replace(
            "\t", "%09")) for _ in range(chance.randint(0, 60)))
        method = chance.choice(["GET", "POST", "DELETE", "PATCH", "OPTIONS",
                                "HEAD"])
        answer = index.call(method, chance.choice(paths) + tail, b"{}")

        if answer.status not in (200, 202, 400, 404, 405, 409, 422):
            return "%s: %r" % (tail, answer)

    return None


def raw(index, data, wait=True):
    """Sends bytes as they are; the first that came back, if any."""

    with socket.create_connection(("127.0.0.1", index.port), 10) as client:
        client.settimeout(10)

        try:
            client.sendall(data)
            return client.recv(4096) if wait else b""
        except (ConnectionResetError, BrokenPipeError):
            return b""


def wires(index):
    """What is no HTTP, or lies about its length."""

    for data in (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
                 b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n",
                 b"POST /query HTTP/1.1\r\nHost: x\r\n"
                 b"Content-Length: -5\r\n\r\n",
                 b"POST /query HTTP/1.1\r\nHost: x\r\n"
                 b"Content-Length: 99999999999999999999\r\n\r\n",
                 b"POST /query HTTP/1.1\r\nHost: x\r\n"
                 b"Content-Length: 9000000000\r\n\r\n{}",
                 b"POST /query HTTP/1.1\r\nHost: x\r\n"
                 b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
                 b"GET /" + b"x" * 300000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
                 b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 20000 + b"\r\n"):
        got = raw(index, data)

        if b" 200 " in got[:20]:
            return "%r: %r" % (data[:60], got[:200])

    for _ in range(200):
        raw(index, b"POST /vectors/upsert HTTP/1.1\r\nHost: x\r\n"
            b"Content-Length: 1000\r\n\r\n{\"vectors\":[", wait=False)

    return None


HALVES = (
    b"",
    b"PO",
    b"POST /query HTTP/1.1\r\nHost: x\r\nContent-Le",
    b"POST /query HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\n{",
    b"POST /vectors/upsert HTTP/1.1\r\nHost: x\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n5\r\n{\"ve",
    b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nGET /hea",
)


def half_open(index):
    """Connections that say half a request and then nothing, and others that
    are torn down in the middle."""

    clients = []

    for number in range(600):
        client = socket.create_connection(("127.0.0.1", index.port), 10)
        client.sendall(HALVES[number % len(HALVES)])
        clients.append(client)

        # a reset in the place of an end
        with socket.create_connection(("127.0.0.1", index.port), 10) as torn:
            torn.sendall(HALVES[number // 7 % len(HALVES)])
            torn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                            struct.pack("ii", 1, 0))

    problem = alive(index)

    for client in clients:
        client.settimeout(30)

        # two seconds of silence are the limit that was given
        try:
            while client.recv(4096):
                pass
        except ConnectionResetError:
            pass
        except TimeoutError:
            problem = "a silent connection was kept"

        client.close()

    return problem


def alive(index):
    if index.process.poll() is not None:
        return "the server ended: " + index.read_log()

    answer = index.get("/vectors/fetch?ids=kept&namespace=kept")

    if answer.status != 200 or answer.json["vectors"]["kept"]["values"] != [
            1, 2, 3]:
        return repr(answer)

    return None


def main():
    plan = Plan()

    with Index("--timeout", "2", "--nosync") as index:
        index.post("/vectors/upsert", {"namespace": "kept", "vectors": [
            {"id": "kept", "values": [1, 2, 3]}]})

        plan.case("1000 mutated bodies, to warm up", bodies(index, 1000))
        wires(index)
        before = rss(index.process.pid)

        plan.case("%d mutated bodies are answered" % COUNT,
                  bodies(index, COUNT))
        plan.case("strange paths and parameters are answered", names(index))
        plan.case("what is no HTTP is refused", wires(index))
        plan.case("half-open connections are closed", half_open(index))
        plan.case("it still serves", alive(index))

        grown = rss(index.process.pid) - before
        plan.case("its memory is flat", None if grown < 8 << 20 else
                  "it grew by %d bytes" % grown)

        status = index.stop()
        plan.case("it ends well", None if status == 0 else
                  "exit status %d" % status)

    return plan.end()


if __name__ == "__main__":
    sys.exit(main())
