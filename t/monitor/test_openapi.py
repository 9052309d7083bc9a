"""docs/openapi.json against replies: every operation is brought to every
status that it documents, and to others; each reply must be documented, and be
of the type, with the headers and by the schema that stand there.

The gateway is conf/vfs.conf in a server with limits and access rules; behind
it is the embedded index, through a relay that fails on demand."""

import contextlib
import copy
import http.client
import http.server
import json
import os
import shutil
import tempfile
import threading
import unittest

from gateway import BUILD, ROOT, VFS, Process, ask, free_port, wait_until
from schema import closed, faults

CONFIGURATION = """
load_module %(module)s;
daemon off;
%(user)s
worker_processes 1;
pid nginx.pid;
error_log stderr error;

events {
    worker_connections 256;
}

http {
    access_log off;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;

    limit_req_zone $http_x_limited zone=limited:1m rate=1r/m;

    server {
        listen 127.0.0.1:%(port)d;

        limit_req zone=limited;
        limit_req_status 429;
        auth_request /auth;

        vfs_index /relay/;
        vfs_max_streams 1;
        include %(root)s/conf/vfs.conf;

        location = /auth {
            internal;

            if ($http_x_access = 401) { return 401; }
            if ($http_x_access = 403) { return 403; }
            if ($http_x_access = 500) { return 500; }

            return 204;
        }

        location /relay/ {
            internal;
            proxy_pass http://127.0.0.1:%(relay)d/;
            proxy_http_version 1.1;
            proxy_pass_request_headers off;
            proxy_set_header Connection "";
            proxy_set_header Content-Type application/json;
            proxy_read_timeout 300ms;
        }
    }
}
"""

SAMPLES = {"entity": "user", "id": "u1"}

# Members that a report of an ingest worker has to have.
REPORT = {
    "worker": "w", "definition": "0123456789abcdef", "uptime_ms": 1,
    "paused": False, "counters": {}, "gauges": {}, "lag": {},
    "event_to_stored_us": [],
}

GOOD = {
    "batch": {"ids": ["u1", "nobody"]},
    "query": {"namespace": "item-features", "vector": [1, 0.5], "topK": 2,
              "includeValues": True, "includeMetadata": True},
    "report": REPORT,
}

# What makes an operation answer 400: another path, or another body.
BAD_PATHS = {
    "fetch": "/v1/features/user/a%20b",
    "fetchUser": "/v1/user/features/a%20b",
    "fetchItem": "/v1/item/features/a%20b",
    "similar": "/v1/features/user/u1/similar?topK=0",
    "recommend": "/v1/recommend/user/u1?topK=0",
}

BAD_BODIES = {
    "batch": {"ids": []},
    "query": {"namespace": "item-features", "topK": 2},
    "report": {"worker": "w"},
}


class Relay(http.server.BaseHTTPRequestHandler):
    """Passes requests on to the index, or fails as the server's mode says."""

    protocol_version = "HTTP/1.1"

    def answer(self, status, text):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def relay(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        mode = self.server.mode

        if mode == "silent":
            self.server.released.wait(10)
            self.close_connection = True

        elif mode == "nonsense":
            self.answer(500, b"{")

        elif mode == "limited":
            self.answer(429, b"{}")

        else:
            index = http.client.HTTPConnection("127.0.0.1", self.server.index,
                                               timeout=30)

            with contextlib.closing(index):
                index.request(self.command, self.path, body,
                              {"Content-Type": "application/json"})
                reply = index.getresponse()
                self.answer(reply.status, reply.read())

    do_GET = do_POST = relay

    def log_message(self, *_):
        pass


class Reply:
    def __init__(self, answer, text):
        self.status = answer.status
        self.headers = answer.headers
        self.text = text


class OpenAPI(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with open(os.path.join(ROOT, "docs", "openapi.json")) as text:
            cls.document = json.load(text)

        with open(os.path.join(ROOT, "docs", "stats.schema.json")) as text:
            cls.stats = closed(json.load(text))

        cls.keys = 0
        cls.data = tempfile.mkdtemp(prefix="vfs-openapi-")
        cls.addClassCleanup(shutil.rmtree, cls.data, ignore_errors=True)

        index_port = free_port()
        cls.start("index", [VFS, "index"], index_port, "/describe_index_stats",
                  {"VFS_BUILD": BUILD, "VFS_DATA": cls.data,
                   "PINECONE_INDEX_HOST": "http://127.0.0.1:%d" % index_port})

        cls.fill(index_port)

        cls.relay = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Relay)
        cls.relay.daemon_threads = True
        cls.relay.index = index_port
        cls.relay.mode = "relay"
        cls.relay.released = threading.Event()
        cls.addClassCleanup(cls.relay.server_close)
        threading.Thread(target=cls.relay.serve_forever, daemon=True).start()
        cls.addClassCleanup(cls.relay.shutdown)

        cls.port = free_port()
        cls.start_nginx()

    @classmethod
    def start(cls, name, command, port, path, env):
        process = Process(name, command, os.path.join(cls.data, name + ".log"),
                          {**{key: value for key, value in os.environ.items()
                              if not key.startswith(("VFS_", "PINECONE_"))},
                           **env})

        cls.addClassCleanup(process.kill)
        cls.addClassCleanup(process.stop)

        def answers():
            try:
                return ask(port, path)[0] < 500

            except OSError:
                return False

        wait_until(name, answers, 30, process)

    @classmethod
    def start_nginx(cls):
        prefix = os.path.join(cls.data, "nginx")
        configuration = os.path.join(prefix, "nginx.conf")
        os.mkdir(prefix)

        with open(configuration, "w") as text:
            text.write(CONFIGURATION % {
                "module": os.path.join(os.path.abspath(BUILD),
                                       "ngx_http_vfs_module.so"),
                "user": "user root;" if os.geteuid() == 0 else "",
                "port": cls.port, "root": ROOT,
                "relay": cls.relay.server_port})

        nginx = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")
        cls.start("nginx", [nginx, "-p", prefix, "-c", configuration],
                  cls.port, "/healthz", {})

    @staticmethod
    def fill(port):
        metadata = {"name": "A \"B\" é", "n": 1.5, "bought": True,
                    "tags": ["x", "y"]}

        for namespace, prefix in (("user-features", "user:u"),
                                  ("item-features", "item:u")):
            ask(port, "/vectors/upsert", "POST", {
                "namespace": namespace,
                "vectors": [{"id": prefix + str(n), "values": [1, n],
                             **({"metadata": metadata} if n else {})}
                            for n in range(4)]})

        wait_until("the vectors", lambda: "u3" in ask(
            port, "/vectors/fetch?namespace=item-features&ids=item:u3")[1])

    def operations(self):
        for template, operations in self.document["paths"].items():
            for method, operation in operations.items():
                yield template, method, operation

    # Requests.

    def send(self, path, method, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port,
                                                timeout=10)

        with contextlib.closing(connection):
            connection.request(method.upper(), path, body, headers or {})
            answer = connection.getresponse()

            if answer.headers["Content-Type"] == "text/event-stream":
                return Reply(answer, self.first_event(answer))

            return Reply(answer, answer.read().decode())

    @staticmethod
    def first_event(answer):
        lines = []

        while not lines or lines[-1] != "":
            lines.append(answer.readline().decode().rstrip("\n"))

        return "\n".join(lines)

    def request(self, path, method, operation, body=None, **headers):
        if body is None and method == "post":
            body = GOOD[operation]

        headers = {name.replace("_", "-"): value
                   for name, value in headers.items()}

        if body is not None:
            headers.setdefault("Content-Type", "application/json")
            body = json.dumps(body)

        return self.send(path, method, body, headers)

    def provoke(self, path, method, operation, status):
        """Replies that should have the status, if the operation can."""

        def good(**headers):
            return self.request(path, method, operation, **headers)

        if status in ("200", "204"):
            yield good()

            if method == "get" and operation != "statsStream":
                yield self.send(path, "head")

        elif status == "400" and operation in BAD_PATHS:
            yield self.send(BAD_PATHS[operation], method)

        elif status == "400" and operation in BAD_BODIES:
            yield self.request(path, method, operation, BAD_BODIES[operation])

        elif status in ("401", "403", "500"):
            yield good(X_Access=status)

        elif status == "404" and "u1" in path:
            yield self.send(path.replace("u1", "nobody"), method)

        elif status == "404" and operation == "batch":
            yield self.request(path.replace("user", "group"), method,
                               operation)

        elif status == "405":
            yield self.send(path, "patch")
            yield self.send(path, "get" if method == "post" else "post")

        elif status == "413":
            yield self.send(path, method, None,
                            {"Content-Length": str(2 ** 21)})

        elif status == "415" and method == "post":
            yield good(Content_Type="text/plain")

        elif status == "429":
            self.keys += 1
            good(X_Limited=str(self.keys))
            yield good(X_Limited=str(self.keys))

        elif status in ("502", "503", "504"):
            yield from self.provoke_upstream(path, good, operation, status)

    def provoke_upstream(self, path, good, operation, status):
        modes = {"502": "nonsense", "503": "limited", "504": "silent"}

        if operation == "statsStream" and status == "503":
            connection = http.client.HTTPConnection("127.0.0.1", self.port,
                                                    timeout=10)

            with contextlib.closing(connection):
                connection.request("GET", path)
                self.first_event(connection.getresponse())
                yield good()

            wait_until("the stream's end", lambda: good().status == 200)

        elif operation == "report" and status == "503":
            for n in range(65):
                reply = self.request(path, "post", operation,
                                     {**REPORT, "worker": "w%d" % n})

            yield reply

        elif operation == "ready" and status == "503":
            with self.failing("limited"):
                yield wait_until("the index to be missed",
                                 lambda: self.asked(good, 503), 10)

            wait_until("the index to be back", lambda: self.asked(good, 200))

        elif operation not in ("ready", "report", "statsStream"):
            with self.failing(modes[status]):
                yield good()

    @staticmethod
    def asked(good, status):
        reply = good()

        return reply if reply.status == status else None

    @contextlib.contextmanager
    def failing(self, mode):
        self.relay.released.clear()
        self.relay.mode = mode

        try:
            yield

        finally:
            self.relay.mode = "relay"
            self.relay.released.set()

    # Checks.

    def resolved(self, response):
        reference = response.get("$ref", "").split("/")[1:]

        if not reference:
            return response

        found = self.document

        for name in reference:
            found = found[name]

        return found

    def check(self, operation, reply, document=None):
        """What is wrong with a reply, by the document."""

        document = document or self.document
        response = operation["responses"].get(str(reply.status))

        if response is None:
            return ["%d is not documented" % reply.status]

        response = self.resolved(response)
        kind = reply.headers["Content-Type"]
        found = ["no header " + name
                 for name, header in response.get("headers", {}).items()
                 if header.get("required") and name not in reply.headers]

        if "content" not in response:
            return found + ["a body or a type"] * bool(reply.text or kind)

        if kind not in response["content"]:
            return found + ["type %s" % kind]

        return found + self.check_body(
            kind, response["content"][kind]["schema"], reply.text, document)

    def check_body(self, kind, schema, text, document):
        schema = closed({**schema, "components": document["components"]})

        if kind == "application/json":
            return faults(schema, json.loads(text))

        if kind == "text/event-stream":
            (data,) = [line[len("data: "):] for line in text.split("\n")
                       if line.startswith("data: ")]

            return faults(self.stats, json.loads(data))

        return faults(schema, text)

    def test_every_operation_gives_every_status_as_documented(self):
        everything = {status for _, _, operation in self.operations()
                      for status in operation["responses"]}

        for template, method, operation in self.operations():
            name = operation["operationId"]
            documented = set(operation["responses"])
            given = set()

            for status in sorted(everything):
                prefix = ("", "/api")[int(status) % 2]
                path = prefix + template.format(**SAMPLES)

                for reply in self.provoke(path, method, name, status):
                    with self.subTest(operation=name, status=status,
                                      got=reply.status):
                        given.add(str(reply.status))

                        if reply.text:
                            self.assertEqual([], self.check(operation, reply))

                        else:
                            self.assertIn(str(reply.status), documented)

            with self.subTest(operation=name):
                self.assertEqual(documented, given)

    def test_what_is_not_documented_is_found(self):
        operation = self.document["paths"]["/v1/query"]["post"]
        reply = self.request("/v1/query", "post", "query")

        self.assertEqual([], self.check(operation, reply))

        document = copy.deepcopy(self.document)
        del document["components"]["schemas"]["Match"]["properties"]["score"]
        self.assertNotEqual([], self.check(operation, reply, document))

        for change in (lambda body: body["matches"][0].pop("id"),
                       lambda body: body["matches"][0].update(score="1"),
                       lambda body: body["matches"][0].update(more=1),
                       lambda body: body.update(more=1),
                       lambda body: body.pop("matches")):
            body = json.loads(reply.text)
            change(body)
            changed = copy.copy(reply)
            changed.text = json.dumps(body)
            self.assertNotEqual([], self.check(operation, changed))

        reply.status = 418
        self.assertNotEqual([], self.check(operation, reply))

    def test_requests_that_are_taken_are_documented(self):
        for template, method, operation in self.operations():
            if method != "post":
                continue

            name = operation["operationId"]
            schema = operation["requestBody"]["content"]["application/json"]
            schema = {**schema["schema"],
                      "components": self.document["components"]}

            self.assertEqual([], faults(schema, GOOD[name]), name)
            self.assertNotEqual([], faults(schema, BAD_BODIES[name]), name)


if __name__ == "__main__":
    unittest.main()
