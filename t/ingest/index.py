"""An index that does as a script tells it: Pinecone's writes, with faults."""

import collections
import http.server
import json
import socket
import struct
import threading
import urllib.parse


class Index:
    """Keeps what it is sent; `faults` says how the next requests go.

    A fault is a function that is called with the handler and the request's
    body; it answers and returns True, or returns False to let the request
    through.
    """

    def __init__(self, dimension=0, key=None, port=0):
        self.lock = threading.Lock()
        self.records = {}
        self.requests = []
        self.visible = []       # ids and records, None: deleted
        self.faults = collections.deque()
        self.always = None
        self.dimension = dimension
        self.key = key
        self.busy = collections.Counter()
        self.overlaps = 0
        self.report = None

        index = self

        class Handler(_Handler):
            pass

        Handler.index = index
        self.server = _Server(("127.0.0.1", port), Handler)
        self.port = self.server.server_address[1]
        self.url = "http://127.0.0.1:%d" % self.port
        self.thread = threading.Thread(target=self.server.serve_forever,
                                       kwargs={"poll_interval": 0.05})
        self.thread.daemon = True
        self.thread.start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.server.disconnect()
        self.thread.join()

    def vector(self, namespace, ident):
        with self.lock:
            return self.records.get((namespace, ident))

    def count(self, namespace=None):
        with self.lock:
            return sum(1 for name, _ in self.records
                       if namespace in (None, name))

    def apply(self, path, body):
        namespace = body.get("namespace", "")

        with self.lock:
            if path == "/vectors/upsert":
                for record in body["vectors"]:
                    self.records[namespace, record["id"]] = record
                    self.visible.append((record["id"], record))

                return {"upsertedCount": len(body["vectors"])}

            for ident in body["ids"]:
                self.records.pop((namespace, ident), None)
                self.visible.append((ident, None))

            return {}


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, *args):
        self.sockets = set()
        super().__init__(*args)

    def get_request(self):
        sock, address = super().get_request()
        self.sockets.add(sock)
        return sock, address

    def disconnect(self):
        for sock in self.sockets:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def handle_error(self, request, client_address):
        pass


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    idents = ()

    def log_message(self, *args):
        pass

    def do_GET(self):
        """Lists and fetches, as far as the worker asks."""

        path, _, query = self.path.partition("?")
        query = urllib.parse.parse_qs(query)
        space = query["namespace"][0]

        with self.index.lock:
            found = sorted((ident, record) for (name, ident), record in
                           self.index.records.items() if name == space)

        if path == "/vectors/list":
            found = found[:int(query["limit"][0])]
            self.reply(200, {"namespace": space, "vectors": [
                {"id": ident} for ident, _ in found]})
            return

        self.reply(200, {"namespace": space, "vectors": {
            ident: record for ident, record in found
            if ident in query["ids"]}})

    def do_POST(self):
        text = self.rfile.read(int(self.headers["Content-Length"]))
        body = json.loads(text)
        index = self.index

        if index.key is not None and self.headers["Api-Key"] != index.key:
            self.answer(401, b"Unauthorized", "text/plain")
            return

        if self.path == "/describe_index_stats":
            self.reply(200, {"namespaces": {}, "dimension": index.dimension,
                             "indexFullness": 0, "totalVectorCount": 0})
            return

        if self.path == "/stats/ingest" and index.report is not None:
            index.report(body)
            self.answer(204, b"", "text/plain")
            return

        if self.path not in ("/vectors/upsert", "/vectors/delete"):
            self.reply(404, {"code": 5, "message": "no such path",
                             "details": []})
            return

        idents = [record["id"] for record in body.get("vectors", [])]
        idents += body.get("ids", [])

        with index.lock:
            index.requests.append((self.path, len(text), body,
                                   dict(self.headers)))
            index.overlaps += sum(1 for i in idents if index.busy[i])
            index.busy.update(idents)
            fault = index.always

            if index.faults:
                fault = index.faults.popleft()

        self.idents = idents

        if fault is not None and fault(self, body):
            return

        self.reply(200, index.apply(self.path, body))

    def release(self):
        """The next version may come as soon as the answer is on its way."""

        with self.index.lock:
            self.index.busy.subtract(self.idents)

        self.idents = ()

    def reply(self, status, document, **headers):
        self.answer(status, json.dumps(document).encode(), "application/json",
                    **headers)

    def answer(self, status, body, kind, **headers):
        self.release()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))

        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)

        self.end_headers()
        self.wfile.write(body)

    def reset(self):
        """Ends the connection with a reset instead of an answer."""
        self.release()
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                   struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True
