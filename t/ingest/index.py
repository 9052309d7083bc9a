"""An index that does as a script tells it: Pinecone's writes, with faults."""

import collections
import json
import threading
import urllib.parse

from scripted import Handler, Scripted


class Index(Scripted):
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

        class Bound(_Handler):
            pass

        Bound.index = self
        super().__init__(Bound, port)

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


class _Handler(Handler):
    idents = ()

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
            self.send(401, b"Unauthorized", "text/plain")
            return

        if self.path == "/describe_index_stats":
            self.reply(200, {"namespaces": {}, "dimension": index.dimension,
                             "indexFullness": 0, "totalVectorCount": 0})
            return

        if self.path == "/stats/ingest" and index.report is not None:
            index.report(body)
            self.send(204, b"", "text/plain")
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
