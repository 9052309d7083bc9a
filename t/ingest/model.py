"""A model that does as a script tells it: OpenAI's embeddings,
text-embeddings-inference and KServe v2 on one port, with faults."""

import collections
import hashlib
import json
import math
import random
import threading

from scripted import Handler, Scripted

PATHS = {"/v1/embeddings": "openai", "/embed": "tei",
         "/v2/models/toy/versions/7/infer": "kserve"}


class Model(Scripted):
    """No two of its answers are alike: only what was recorded can agree.

    A fault is a function that is called with the handler and the texts; it
    answers and returns True, or returns False to let the request through.
    """

    def __init__(self, dimension, key=None, port=0):
        self.lock = threading.Lock()
        self.dimension = dimension
        self.key = key
        self.requests = []
        self.faults = collections.deque()
        self.always = None
        self.random = random.Random(7)

        class Bound(_Handler):
            pass

        Bound.model = self
        super().__init__(Bound, port)

    def texts(self):
        """All that was asked, without the worker's own question."""

        with self.lock:
            return [text for request in self.requests for text in request
                    if text != "vfs"]

    def vector(self, text):
        draw = random.Random(hashlib.sha256(text.encode()).digest())
        values = [draw.gauss(0, 1) for _ in range(self.dimension)]
        length = math.sqrt(sum(value * value for value in values))

        return [value / length + self.random.uniform(-1e-6, 1e-6)
                for value in values]


class _Handler(Handler):

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        model = self.model

        if model.key is not None \
                and self.headers["Authorization"] != "Bearer " + model.key:
            self.reply(401, {"error": {"message": "key is not " + model.key}})
            return

        self.protocol = PATHS.get(self.path)

        if self.protocol is None:
            self.reply(404, {"error": "no such model"})
            return

        texts = getattr(self, "read_" + self.protocol)(body)

        with model.lock:
            model.requests.append(texts)
            fault = model.always

            if model.faults and texts != ["vfs"]:
                fault = model.faults.popleft()

        if fault is not None and fault(self, texts):
            return

        self.answer(texts)

    def read_openai(self, body):
        assert body["model"] == "toy" and body["encoding_format"] == "float"
        assert body.get("dimensions", self.model.dimension) \
            == self.model.dimension
        return body["input"]

    def read_tei(self, body):
        assert body["truncate"] is False
        return body["inputs"]

    def read_kserve(self, body):
        tensor, = body["inputs"]
        assert tensor["name"] == "text" and tensor["datatype"] == "BYTES"
        assert tensor["shape"] == [len(tensor["data"]), 1]
        return tensor["data"]

    def answer(self, texts, change=None):
        """change: called with the list of vectors, to spoil it."""

        with self.model.lock:
            vectors = [self.model.vector(text) for text in texts]

        if change is not None:
            vectors = change(vectors)

        getattr(self, "write_" + self.protocol)(vectors)

    def write_openai(self, vectors):
        data = [{"object": "embedding", "index": i, "embedding": vector}
                for i, vector in enumerate(vectors)]
        data.reverse()
        self.reply(200, {"object": "list", "data": data, "model": "toy"})

    def write_tei(self, vectors):
        self.reply(200, vectors)

    def write_kserve(self, vectors):
        self.reply(200, {"model_name": "toy", "model_version": "7",
                         "outputs": [{
                             "name": "vector", "datatype": "FP32",
                             "shape": [len(vectors), len(vectors[0])
                                       if vectors else 0],
                             "data": [value for vector in vectors
                                      for value in vector]}]})
