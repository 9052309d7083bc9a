"""What Pinecone's data plane and control plane are documented to do, one case
each: a table of requests and of the answers that must come.  Every case has a
server of its own."""

import json
import sys

from vfs_index import Index, Plan

ABSENT = object()


class Has:
    """Text that holds all of these, in any case."""

    def __init__(self, *words):
        self.words = words


class Any:
    """Any value that is there."""


def differ(expected, got, path="$"):
    """Why "got" is not what was expected, or None."""

    if isinstance(expected, Has):
        for word in expected.words:
            if word.lower() not in str(got).lower():
                return "%s: expected %r in %r" % (path, word, got)
        return None

    if isinstance(expected, Any):
        return None

    if isinstance(expected, dict) and isinstance(got, dict):
        for name, value in expected.items():
            if name == "...":
                continue
            if value is ABSENT:
                if name in got:
                    return "%s.%s: expected none, got %r" % (path, name,
                                                             got[name])
                continue
            if name not in got:
                return "%s.%s: missing in %r" % (path, name, got)
            problem = differ(value, got[name], "%s.%s" % (path, name))
            if problem:
                return problem
        for name in got:
            if name not in expected and "..." not in expected:
                return "%s.%s: not expected" % (path, name)
        return None

    if isinstance(expected, list) and isinstance(got, list):
        if len(expected) != len(got):
            return "%s: expected %r, got %r" % (path, expected, got)
        for i, (one, two) in enumerate(zip(expected, got)):
            problem = differ(one, two, "%s[%d]" % (path, i))
            if problem:
                return problem
        return None

    if type(expected) is bool or type(got) is bool or expected is None:
        same = expected is got
    else:
        same = expected == got

    return None if same else "%s: expected %r, got %r" % (path, expected, got)


class Step:
    def __init__(self, method, path, body=None, status=200, answer=None,
                 text=None, headers=None, sends=None):
        self.method = method
        self.path = path
        self.body = body
        self.status = status
        self.answer = answer
        self.text = text
        self.headers = headers or {}
        self.sends = sends or {}

    def run(self, index, kept):
        path = self.path(kept) if callable(self.path) else self.path
        body = self.body(kept) if callable(self.body) else self.body
        got = index.call(self.method, path, body, self.sends)
        kept.append(got)

        what = "%s %s: " % (self.method, path)

        if got.status != self.status:
            return "%sexpected status %d, got %r" % (what, self.status, got)

        if self.text is not None:
            problem = differ(self.text, got.text)
            if problem:
                return what + problem

        if self.answer is not None:
            if got.json is None:
                return "%sexpected JSON, got %r" % (what, got)
            problem = differ(self.answer, got.json)
            if problem:
                return what + problem

        for name, value in self.headers.items():
            if value is ABSENT:
                if name in got.headers:
                    return "%sheader %s is there" % (what, name)
                continue
            if name not in got.headers:
                return "%sheader %s is missing" % (what, name)
            problem = differ(value, got.headers[name], name)
            if problem:
                return what + problem

        return None


def get(path, **more):
    return Step("GET", path, **more)


def post(path, body, **more):
    return Step("POST", path, body, **more)


def upsert(vectors, ns=None, status=200, answer=None, **more):
    body = {"vectors": vectors}
    if ns is not None:
        body["namespace"] = ns
    if status == 200 and answer is None:
        answer = {"upsertedCount": len(vectors)}
    return post("/vectors/upsert", body, status=status, answer=answer, **more)


def query(body, matches=None, ns="", **more):
    if matches is not None:
        more["answer"] = {"results": [], "matches": matches, "namespace": ns,
                          "usage": {"readUnits": Any()}}
    return post("/query", body, **more)


def refused(method, path, body, *words, code=3, status=400):
    """A fault in the shape of the data plane."""

    return Step(method, path, body, status=status,
                answer={"code": code, "message": Has(*words), "details": []})


def plain(*ids):
    """Matches of which only the order counts."""

    return [{"id": name, "score": Any(), "values": []} for name in ids]


def create(name, dimension, metric="cosine", **more):
    body = {"name": name, "dimension": dimension, "metric": metric,
            "spec": {"serverless": {"cloud": "aws", "region": "us-east-1"}}}
    body.update(more)
    return post("/indexes", {k: v for k, v in body.items() if v is not None},
                status=201)


def version(text):
    return {"X-Pinecone-Api-Version": text}


A = {"id": "a", "values": [1, 2, 3]}
B = {"id": "b", "values": [-1, 0.5, 0]}
DOT = ("--metric", "dotproduct")
EUCLIDEAN = ("--metric", "euclidean")
GENRES = [
    {"id": "1", "values": [1, 0], "metadata": {"genre": "comedy",
                                               "year": 2020}},
    {"id": "2", "values": [1, 1], "metadata": {"genre": ["comedy",
                                                         "documentary"],
                                               "year": 2019.5}},
    {"id": "3", "values": [1, 2], "metadata": {"genre": "drama",
                                               "seen": False}},
    {"id": "4", "values": [1, 3]},
]


def matching(condition, *ids):
    """The ids, in order of the vectors above, that meet the condition."""

    return query({"vector": [1, 0], "topK": 9, "filter": condition},
                 plain(*ids))


def bad_filter(condition, *words):
    return refused("POST", "/query", {"vector": [1, 0], "topK": 9,
                                      "filter": condition}, *words)


CASES = []


def case(title, *steps, options=()):
    CASES.append((title, steps, options))


# 1 Conventions

case("1.1 a body in chunks is taken",
     Step("POST", "/vectors/upsert",
          lambda kept: iter([b'{"vectors":[{"id":"a",', b'"values":[1]}]}']),
          sends={"Transfer-Encoding": "chunked"},
          answer={"upsertedCount": 1}))
case("1.1 a DELETE may have a JSON body",
     upsert([A]),
     Step("DELETE", "/vectors/delete", {"ids": ["a"]}, answer={}))
case("1.2 a write says its LSN, and a query one that is not less",
     upsert([A], headers={"x-pinecone-request-lsn": "1"}),
     upsert([B], headers={"x-pinecone-request-lsn": "2"}),
     query({"vector": [1, 2, 3], "topK": 1},
           headers={"x-pinecone-max-indexed-lsn": "2"}),
     post("/vectors/delete", {"ids": ["a"]},
          headers={"x-pinecone-request-lsn": "3"}),
     post("/vectors/update", {"id": "b", "setMetadata": {"x": 1}},
          headers={"x-pinecone-request-lsn": "4"}))
case("1.3 malformed JSON is answered in plain text",
     post("/query", "[1]", status=400, text=": Root element must be a message.",
          headers={"content-type": "text/plain"}),
     post("/query", '{"topK":', status=400, text=Has("Invalid JSON"),
          headers={"content-type": "text/plain"}),
     post("/vectors/upsert", b'{"namespace":"\xff"}', status=400,
          text=Has("UTF-8")),
     post("/vectors/upsert", '{"x":' + "[" * 40 + "]" * 40 + "}", status=400,
          text=Has("deep")))
case("1.3 a path or a method that there is not",
     refused("GET", "/nothing", None, "not found", code=5, status=404),
     Step("GET", "/query", status=405, headers={"allow": "POST"}),
     Step("PUT", "/vectors/upsert", "{}", status=405))
case("1.3 unknown members are passed over, snake_case is understood",
     post("/vectors/upsert", {"vectors": [dict(A, colour="red")], "x": {}}),
     query({"vector": [1, 2, 3], "top_k": 1, "include_values": True},
           [{"id": "a", "score": 1, "values": [1, 2, 3]}]))
case("1.3 null means absent",
     post("/vectors/upsert", {"vectors": [dict(A, metadata=None,
                                               sparseValues=None)],
                              "namespace": None}),
     query({"vector": [1, 2, 3], "topK": 1, "id": None, "filter": None},
           [{"id": "a", "score": 1, "values": []}]))
case("1.4 numbers read back to the same 32 bits",
     upsert([{"id": "a", "values": [0.4, 0.1, 1e-7, 16777216, -0.0, 1e30,
                                    3.4028234663852886e38, 1.17549435e-38]}]),
     get("/vectors/fetch?ids=a",
         answer={"vectors": {"a": {"id": "a", "values": [
             0.4, 0.1, 1e-7, 16777216, -0.0, 1e30, 3.4028235e38,
             1.1754944e-38]}}, "namespace": "", "usage": Any()}))
case("1.4 metadata numbers keep 64 bits",
     upsert([dict(A, metadata={"n": 1767225600123, "f": 0.1,
                               "big": 1.7976931348623157e308, "z": 100000})]),
     get("/vectors/fetch?ids=a", text=Has('"n":1767225600123', '"f":0.1,',
                                          '"z":100000',
                                          "1.7976931348623157e+308")))
case("1.4 a number beyond its type is refused",
     refused("POST", "/vectors/upsert",
             '{"vectors":[{"id":"a","values":[1e39]}]}', "values"),
     refused("POST", "/vectors/upsert",
             '{"vectors":[{"id":"a","values":[1],"metadata":{"n":1e309}}]}',
             "metadata"),
     post("/vectors/upsert", '{"vectors":[{"id":"a","values":[NaN]}]}',
          status=400))
case("1.5 a vector of zeros is refused, but may be asked for",
     refused("POST", "/vectors/upsert",
             {"vectors": [{"id": "a", "values": [0, 0]}]}, "zero"),
     refused("POST", "/vectors/upsert",
             {"vectors": [{"id": "a", "values": [0, 9e-9]}]}, "zero"),
     upsert([{"id": "a", "values": [0, 1e-8]}]),
     query({"vector": [0, 0], "topK": 1},
           [{"id": "a", "score": 0, "values": []}]))
case("1.5 ids have 1 to 512 ASCII characters",
     refused("POST", "/vectors/upsert",
             {"vectors": [{"id": "", "values": [1]}]}, "id"),
     refused("POST", "/vectors/upsert", {"vectors": [{"values": [1]}]}, "id"),
     refused("POST", "/vectors/upsert",
             {"vectors": [{"id": "A Braña_0", "values": [1]}]},
             "Vector ID must be ASCII, but got 'A Braña_0'"),
     refused("POST", "/vectors/upsert",
             {"vectors": [{"id": "x\0y", "values": [1]}]}, "ASCII"),
     refused("POST", "/vectors/upsert",
             {"vectors": [{"id": "x" * 513, "values": [1]}]}, "512"),
     refused("POST", "/vectors/upsert",
             {"vectors": [{"id": 7, "values": [1]}]}, "id", "string"),
     upsert([{"id": "x" * 512, "values": [1]}]),
     get("/vectors/fetch?ids=" + "x" * 512,
         answer={"vectors": {"x" * 512: Any()}, "namespace": "",
                 "usage": Any()}))
case("1.5 namespaces have at most 512 ASCII characters",
     upsert([A], ns="n" * 512),
     refused("POST", "/vectors/upsert",
             {"vectors": [A], "namespace": "n" * 513}, "namespace", "512"),
     refused("POST", "/vectors/upsert",
             {"vectors": [A], "namespace": "ü"}, "namespace", "ASCII"))
case("1.5 the dimension is at most 20000",
     upsert([{"id": "a", "values": [1] * 20000}]),
     refused("POST", "/vectors/upsert",
             {"vectors": [{"id": "a", "values": [1] * 20001}]}, "20000"))
case("1.5 a body beyond the limit is refused",
     post("/vectors/upsert", " " * 2000000 + "{}", status=413),
     options=("--max-body", "1000000"))
case("1.5 a message beyond 4 MiB is refused",
     refused("POST", "/vectors/upsert",
             {"vectors": [{"id": str(i), "values": [1] * 2000}
                          for i in range(600)]},
             "message length too large", "4194304", code=11))
case("1.7 the namespace is echoed as it was sent",
     upsert([A], ns="__default__"),
     query({"vector": [1, 2, 3], "topK": 1}, plain("a")),
     query({"vector": [1, 2, 3], "topK": 1, "namespace": ""}, plain("a")),
     query({"vector": [1, 2, 3], "topK": 1, "namespace": "__default__"},
           plain("a"), ns="__default__"),
     get("/vectors/fetch?ids=a&namespace=__default__",
         answer={"vectors": {"a": Any()}, "namespace": "__default__",
                 "usage": Any()}))

# 2.1 Upsert

case("2.1 upsert counts its vectors",
     upsert([A, B], ns="n"))
case("2.1 upsert replaces the whole record",
     upsert([dict(A, metadata={"x": 1})]),
     upsert([{"id": "a", "values": [4, 5, 6]}]),
     get("/vectors/fetch?ids=a",
         answer={"vectors": {"a": {"id": "a", "values": [4, 5, 6]}},
                 "namespace": "", "usage": Any()}))
case("2.1 of one id twice in a batch the last wins",
     upsert([A, dict(B, id="a")]),
     get("/vectors/fetch?ids=a",
         answer={"vectors": {"a": dict(B, id="a")}, "namespace": "",
                 "usage": Any()}),
     post("/describe_index_stats", {}, answer={"...": 1,
                                               "totalVectorCount": 1}))
case("2.1 upsert needs vectors",
     refused("POST", "/vectors/upsert", {"vectors": []}, "vectors"),
     refused("POST", "/vectors/upsert", {}, "vectors"),
     refused("POST", "/vectors/upsert", {"vectors": {}}, "vectors", "list"),
     refused("POST", "/vectors/upsert", {"vectors": [1]}, "vectors", "object"),
     refused("POST", "/vectors/upsert", {"vectors": [{"id": "a"}]}, "vector"))
case("2.1 upsert takes 1000 vectors and not 1001",
     upsert([{"id": str(i), "values": [1]} for i in range(1000)]),
     refused("POST", "/vectors/upsert",
             {"vectors": [{"id": str(i), "values": [1]}
                          for i in range(1001)]}, "1000"))
case("2.1 one wrong dimension refuses the whole batch",
     upsert([A]),
     refused("POST", "/vectors/upsert",
             {"vectors": [B, {"id": "c", "values": [1] * 768}]},
             "Vector dimension 768 does not match the dimension of the index "
             "3"),
     get("/vectors/fetch?ids=b",
         answer={"vectors": {}, "namespace": "", "usage": Any()}))
case("2.1 a first batch of two dimensions creates nothing",
     refused("POST", "/vectors/upsert", {"vectors": [A, {"id": "c",
                                                         "values": [1]}]},
             "dimension"),
     post("/describe_index_stats", {}, answer={"...": 1, "namespaces": {},
                                               "dimension": ABSENT}))
case("2.1 sparse values need as many values as indices, each once",
     refused("POST", "/vectors/upsert",
             {"vectors": [dict(A, sparseValues={"indices": [1, 2],
                                                "values": [1]})]}, "sparse"),
     refused("POST", "/vectors/upsert",
             {"vectors": [dict(A, sparseValues={"indices": [2, 2],
                                                "values": [1, 1]})]},
             "twice"),
     refused("POST", "/vectors/upsert",
             {"vectors": [dict(A, sparseValues={"indices": [-1],
                                                "values": [1]})]}, "indices"),
     options=DOT)
case("2.1 sparse values need the metric dotproduct",
     refused("POST", "/vectors/upsert",
             {"vectors": [dict(A, sparseValues={"indices": [1],
                                                "values": [1]})]}, "sparse"))
case("2.1 metadata values are strings, numbers, booleans, lists of strings",
     upsert([dict(A, metadata={"s": "é\n\"\\", "n": -1.5, "t": True,
                               "f": False, "l": ["x", ""], "e": []})]),
     get("/vectors/fetch?ids=a",
         answer={"vectors": {"a": dict(A, metadata={
             "s": "é\n\"\\", "n": -1.5, "t": True, "f": False,
             "l": ["x", ""], "e": []})}, "namespace": "", "usage": Any()}),
     refused("POST", "/vectors/upsert",
             '{"vectors":[{"id":"a","values":[1,2,3],"metadata":'
             '{"pages":[1.0]}}]}',
             "Metadata value must be a string, number, boolean or list of "
             "strings, got '[1.0]' for field 'pages'"),
     refused("POST", "/vectors/upsert",
             {"vectors": [dict(A, metadata={"x": None})]}, "null", "'x'"),
     refused("POST", "/vectors/upsert",
             {"vectors": [dict(A, metadata={"x": {"y": 1}})]}, "'x'"),
     refused("POST", "/vectors/upsert",
             {"vectors": [dict(A, metadata={"$x": 1})]}, "$x"),
     refused("POST", "/vectors/upsert",
             '{"vectors":[{"id":"a","values":[1],"metadata":'
             '{"x":1,"y":2,"x":3}}]}', "'x'", "twice"),
     refused("POST", "/vectors/upsert",
             {"vectors": [dict(A, metadata=[])]}, "metadata"))
case("2.1 metadata has at most 40960 bytes",
     upsert([dict(A, metadata={"s": "x" * 40952})]),
     refused("POST", "/vectors/upsert",
             {"vectors": [dict(A, metadata={"s": "x" * 40953})]},
             "Metadata size is 40961 bytes, which exceeds the limit of 40960 "
             "bytes per vector"),
     post("/vectors/update", {"id": "a", "setMetadata": {"t": "y"}},
          status=400, answer={"...": 1, "message": Has("exceeds the limit")}))
case("2.1 empty metadata is none",
     upsert([dict(A, metadata={})]),
     query({"id": "a", "topK": 1, "includeMetadata": True},
           [{"id": "a", "score": 1, "values": [], "metadata": ABSENT}]))

# 2.2 Query

case("2.2 cosine: best first, the record itself included",
     upsert([A, B, {"id": "c", "values": [2, 4, 6]}]),
     query({"id": "a", "topK": 3}, [
         {"id": "a", "score": 1, "values": []},
         {"id": "c", "score": 1, "values": []},
         {"id": "b", "score": 0, "values": []}]))
case("2.2 dot product",
     upsert([A, B]),
     query({"vector": [1, 1, 1], "topK": 2}, [
         {"id": "a", "score": 6, "values": []},
         {"id": "b", "score": -0.5, "values": []}]), options=DOT)
case("2.2 euclidean: squared distance, nearest first",
     upsert([A, B]),
     query({"vector": [1, 2, 0], "topK": 2}, [
         {"id": "b", "score": 6.25, "values": []},
         {"id": "a", "score": 9, "values": []}]), options=EUCLIDEAN)
case("2.2 ties go by id",
     upsert([{"id": name, "values": [1, 1]} for name in "dacb"]),
     query({"vector": [2, 2], "topK": 3}, plain("a", "b", "c")),
     query({"vector": [0, 0], "topK": 2}, plain("a", "b")))
case("2.2 values and metadata come if asked for",
     upsert([dict(A, metadata={"x": 1}), B]),
     query({"vector": [1, 2, 3], "topK": 1, "includeValues": True,
            "includeMetadata": True},
           [{"id": "a", "score": 1, "values": [1, 2, 3],
             "metadata": {"x": 1}}]),
     query({"vector": [1, 2, 3], "topK": 1},
           [{"id": "a", "score": 1, "values": [], "metadata": ABSENT}]))
case("2.2 topK from 1 to 10000, more than there are gives all",
     upsert([A, B]),
     query({"vector": [1, 2, 3], "topK": 10000}, plain("a", "b")),
     refused("POST", "/query", {"vector": [1, 2, 3]}, "topK"),
     refused("POST", "/query", {"vector": [1, 2, 3], "topK": 0}, "topK"),
     refused("POST", "/query", {"vector": [1, 2, 3], "topK": -1}, "topK"),
     refused("POST", "/query", {"vector": [1, 2, 3], "topK": 1.5}, "topK"),
     refused("POST", "/query", {"vector": [1, 2, 3], "topK": "5"}, "topK"),
     refused("POST", "/query", {"vector": [1, 2, 3], "topK": 10001}, "topK"))
case("2.2 a query has a vector or an id",
     upsert([A]),
     refused("POST", "/query", {"topK": 1}, "vector"),
     refused("POST", "/query", {"topK": 1, "vector": [1, 2, 3], "id": "a"},
             "id", "vector"),
     refused("POST", "/query", {"topK": 1, "vector": [1, 2]}, "vector", "2",
             "3"),
     refused("POST", "/query", {"topK": 1, "vector": "x"}, "vector"))
case("2.2 an unknown id or namespace matches nothing",
     upsert([A]),
     query({"id": "z", "topK": 1}, []),
     query({"vector": [1, 2, 3], "topK": 1, "namespace": "z"}, [], ns="z"))
case("2.2 before the first upsert nothing matches",
     query({"vector": [1, 2, 3], "topK": 1}, []))
case("2.2 a record is seen as soon as its upsert is answered",
     *[step for i in range(1, 20) for step in (
         upsert([{"id": "r%d" % i, "values": [i, 1]}]),
         query({"vector": [i, 1], "topK": 1},
               [{"id": "r%d" % i, "score": i * i + 1, "values": []}]))],
     options=EUCLIDEAN[:1] + ("dotproduct",))
case("2.2 an answer beyond 4 MiB is refused",
     *[upsert([{"id": "%d.%d" % (k, i), "values": [1] * 5000}
               for i in range(100)]) for k in range(3)],
     query({"vector": [1] * 5000, "topK": 300, "includeValues": True},
           status=400, answer={"...": 1, "code": 11}),
     query({"vector": [1] * 5000, "topK": 300}, status=200))
case("2.2 scanFactor, maxCandidates are passed over",
     upsert([A]),
     query({"vector": [1, 2, 3], "topK": 1, "scanFactor": 2,
            "maxCandidates": 100}, plain("a")))
case("2.2 hybrid: dense and sparse products are added",
     upsert([dict(A, sparseValues={"indices": [7, 4000000000],
                                   "values": [0.5, 2]}), B]),
     query({"vector": [1, 1, 1], "sparseVector": {"indices": [4000000000, 1],
                                                  "values": [10, 1]},
            "topK": 2, "includeValues": True}, [
         {"id": "a", "score": 26, "values": [1, 2, 3],
          "sparseValues": {"indices": [7, 4000000000], "values": [0.5, 2]}},
         {"id": "b", "score": -0.5, "values": [-1, 0.5, 0]}]),
     refused("POST", "/query", {"sparseVector": {"indices": [1],
                                                 "values": [1]}, "topK": 1},
             "dimension"), options=DOT)
case("2.2 a sparse index answers records that share a dimension",
     create("s", None, "dotproduct", vector_type="sparse"),
     post("/i/s/vectors/upsert", {"vectors": [
         {"id": "a", "values": [], "sparseValues": {"indices": [1, 5],
                                                    "values": [1, 2]}},
         {"id": "b", "sparseValues": {"indices": [9], "values": [3]}}]}),
     post("/i/s/query", {"sparseVector": {"indices": [5], "values": [2]},
                         "topK": 5},
          answer={"results": [], "matches": [{"id": "a", "score": 4,
                                              "values": []}],
                  "namespace": "", "usage": Any()}),
     get("/i/s/vectors/fetch?ids=b",
         answer={"vectors": {"b": {"id": "b", "values": [],
                                   "sparseValues": {"indices": [9],
                                                    "values": [3]}}},
                 "namespace": "", "usage": Any()}),
     refused("POST", "/i/s/vectors/upsert", {"vectors": [A]}, "dense"),
     refused("POST", "/i/s/vectors/upsert",
             {"vectors": [{"id": "x"}]}, "sparse"),
     post("/i/s/describe_index_stats", {},
          answer={"...": 1, "dimension": ABSENT, "vectorType": "sparse"}))
case("2.2 scores that overflow 32 bits stay finite",
     upsert([{"id": "a", "values": [1e30, 1e30]},
             {"id": "b", "values": [-1e30, 1e30]}]),
     query({"vector": [1e30, 1e30], "topK": 2},
           [{"id": "a", "score": 3.4028235e38, "values": []},
            {"id": "b", "score": 0, "values": []}]), options=DOT)
case("2.2 the cosine of huge and of tiny vectors is exact",
     upsert([{"id": "a", "values": [3 * 2.0 ** 100, 4 * 2.0 ** 100]},
             {"id": "b", "values": [-4 * 2.0 ** -26, 3 * 2.0 ** -26]}]),
     query({"vector": [3 * 2.0 ** -100, 4 * 2.0 ** -100], "topK": 2},
           [{"id": "a", "score": 1, "values": []},
            {"id": "b", "score": 0, "values": []}]))

# 2.3 Fetch

case("2.3 fetch answers a map, without what is missing",
     upsert([A, B], ns="n"),
     get("/vectors/fetch?ids=a&ids=b&ids=z&namespace=n",
         answer={"vectors": {"a": A, "b": B}, "namespace": "n",
                 "usage": {"readUnits": 1}}))
case("2.3 ids in the URL are percent-decoded",
     upsert([{"id": "c d/?&=+%#", "values": [1]}]),
     get("/vectors/fetch?ids=c%20d%2F%3F%26%3D%2B%25%23",
         answer={"vectors": {"c d/?&=+%#": Any()}, "namespace": "",
                 "usage": Any()}),
     refused("GET", "/vectors/fetch?ids=%zz", None, "%"),
     refused("GET", "/vectors/fetch?ids=c%C3%A9", None, "ASCII"))
case("2.3 fetch needs 1 to 1000 ids",
     refused("GET", "/vectors/fetch", None, "ids"),
     get("/vectors/fetch?" + "&".join("ids=%d" % i for i in range(1000)),
         answer={"vectors": {}, "namespace": "", "usage": {"readUnits": 100}}),
     refused("GET", "/vectors/fetch?"
             + "&".join("ids=%d" % i for i in range(1001)), None, "1000"))
case("2.3 a missing namespace has no vectors",
     get("/vectors/fetch?ids=a&namespace=z",
         answer={"vectors": {}, "namespace": "z", "usage": Any()}))

# 2.4 Fetch by metadata

case("2.4 fetch by metadata pages without doubles",
     upsert([dict(A, id="r%02d" % i, metadata={"k": i % 2})
             for i in range(20)]),
     post("/vectors/fetch_by_metadata", {"filter": {"k": 1}, "limit": 6},
          answer={"vectors": {"r%02d" % i: Any() for i in range(1, 12, 2)},
                  "namespace": "", "usage": Any(),
                  "pagination": {"next": Any()}}),
     post("/vectors/fetch_by_metadata",
          lambda kept: {"filter": {"k": 1}, "limit": 6, "paginationToken":
                        kept[-1].json["pagination"]["next"]},
          answer={"vectors": {"r%02d" % i: Any() for i in range(13, 20, 2)},
                  "namespace": "", "usage": Any()}))
case("2.4 the filter is required from 2026-07 on",
     upsert([A]),
     post("/vectors/fetch_by_metadata", {}, sends=version("2026-04"),
          answer={"...": 1, "vectors": {"a": A}}),
     post("/vectors/fetch_by_metadata", {}, sends=version("2026-07"),
          status=400),
     refused("POST", "/vectors/fetch_by_metadata", {"filter": {"$x": 1}},
             "$x"),
     refused("POST", "/vectors/fetch_by_metadata",
             {"filter": {}, "limit": 0}, "limit"),
     refused("POST", "/vectors/fetch_by_metadata",
             {"filter": {}, "paginationToken": "???"}, "token"))

# 2.5 List

case("2.5 list is bytewise and in pages of 100",
     upsert([{"id": "%03d" % i, "values": [1]} for i in range(250)]),
     get("/vectors/list",
         answer={"vectors": [{"id": "%03d" % i} for i in range(100)],
                 "pagination": {"next": Any()}, "namespace": "",
                 "usage": {"readUnits": 1}}),
     get(lambda kept: "/vectors/list?paginationToken="
         + kept[-1].json["pagination"]["next"],
         answer={"...": 1, "vectors": [{"id": "%03d" % i}
                                       for i in range(100, 200)],
                 "pagination": {"next": Any()}}),
     get(lambda kept: "/vectors/list?paginationToken="
         + kept[-1].json["pagination"]["next"],
         answer={"vectors": [{"id": "%03d" % i} for i in range(200, 250)],
                 "namespace": "", "usage": {"readUnits": 1}}))
case("2.5 a full last page has no next",
     upsert([{"id": str(i), "values": [1]} for i in range(2)]),
     get("/vectors/list?limit=2", answer={"...": 1, "pagination": ABSENT}))
case("2.5 a prefix narrows the list",
     upsert([{"id": name, "values": [1]}
             for name in ("a", "doc#1", "doc#2", "doc$", "Doc#", "e")]),
     get("/vectors/list?prefix=doc%23",
         answer={"...": 1, "vectors": [{"id": "doc#1"}, {"id": "doc#2"}]}),
     get("/vectors/list?prefix=zzz", answer={"...": 1, "vectors": []}),
     get("/vectors/list?prefix=doc&limit=1", answer={"...": 1}),
     get(lambda kept: "/vectors/list?prefix=doc&limit=5&paginationToken="
         + kept[-1].json["pagination"]["next"],
         answer={"...": 1, "vectors": [{"id": "doc#2"}, {"id": "doc$"}],
                 "pagination": ABSENT}))
case("2.5 limit is from 1 to 100",
     refused("GET", "/vectors/list?limit=200", None,
             "Limit must be greater than 0 and less than 100. Request limit "
             "was 200"),
     refused("GET", "/vectors/list?limit=0", None, "Limit"),
     refused("GET", "/vectors/list?limit=x", None, "limit"),
     get("/vectors/list?limit=100", answer={"...": 1, "vectors": []}),
     refused("GET", "/vectors/list?paginationToken=abc", None, "token"))
case("2.5 the list follows inserts and deletes",
     upsert([{"id": name, "values": [1]} for name in "bdf"]),
     get("/vectors/list", answer={"...": 1, "vectors": [
         {"id": "b"}, {"id": "d"}, {"id": "f"}]}),
     post("/vectors/delete", {"ids": ["d"]}),
     upsert([{"id": name, "values": [1]} for name in "aeb"]),
     get("/vectors/list", answer={"...": 1, "vectors": [
         {"id": name} for name in "abef"]}),
     post("/vectors/delete", {"ids": ["a", "b", "e", "f"]}),
     get("/vectors/list", answer={"...": 1, "vectors": []}),
     upsert([{"id": "d", "values": [1]}]),
     get("/vectors/list", answer={"...": 1, "vectors": [{"id": "d"}]}))

# 2.6 Update

case("2.6 update by id: values replace, metadata merges",
     upsert([dict(A, metadata={"x": 1, "y": "z"})]),
     post("/vectors/update", {"id": "a", "setMetadata": {"y": "w", "n": 2}},
          answer={}, headers={"x-pinecone-request-lsn": "2"}),
     post("/vectors/update", {"id": "a", "values": [3, 2, 1]}, answer={}),
     get("/vectors/fetch?ids=a",
         answer={"...": 1, "vectors": {"a": {"id": "a", "values": [3, 2, 1],
                                             "metadata": {"x": 1, "y": "w",
                                                          "n": 2}}}}),
     query({"vector": [3, 2, 1], "topK": 1},
           [{"id": "a", "score": 1, "values": []}]))
case("2.6 a sparse update keeps the dense values",
     upsert([A]),
     post("/vectors/update", {"id": "a", "sparseValues": {"indices": [3],
                                                          "values": [4]}}),
     get("/vectors/fetch?ids=a",
         answer={"...": 1, "vectors": {"a": dict(A, sparseValues={
             "indices": [3], "values": [4]})}}), options=DOT)
case("2.6 an update of an unknown id does nothing",
     post("/vectors/update", {"id": "z", "setMetadata": {"x": 1}}, answer={}),
     upsert([A]),
     post("/vectors/update", {"id": "z", "values": [1, 2, 3]}, answer={}),
     post("/vectors/update", {"id": "z", "values": [1], "namespace": "none"},
          answer={}),
     get("/vectors/fetch?ids=z", answer={"...": 1, "vectors": {}}))
case("2.6 a wrong update is refused",
     upsert([A]),
     refused("POST", "/vectors/update", {"id": "a", "values": [1]},
             "dimension"),
     refused("POST", "/vectors/update", {"id": "a", "values": [0, 0, 0]},
             "zero"),
     refused("POST", "/vectors/update", {"id": "a", "filter": {"x": 1},
                                         "setMetadata": {}}, "id", "filter"),
     refused("POST", "/vectors/update", {"setMetadata": {}}, "id", "filter"),
     refused("POST", "/vectors/update", {"filter": {"x": 1},
                                         "values": [1, 2, 3]}, "metadata"),
     get("/vectors/fetch?ids=a", answer={"...": 1, "vectors": {"a": A}}))
case("2.6 update by filter sets metadata and counts",
     upsert(GENRES),
     post("/vectors/update", {"filter": {"genre": "comedy"}, "dryRun": True,
                              "setMetadata": {"k": 1}},
          answer={"matchedRecords": 2}),
     matching({"k": 1}),
     post("/vectors/update", {"filter": {"genre": "comedy"},
                              "setMetadata": {"k": 1}},
          answer={"matchedRecords": 2}),
     matching({"k": 1}, "1", "2"),
     matching({"year": 2020}, "1"))

# 2.7 Delete

case("2.7 delete by ids, unknown ones too",
     upsert([A, B]),
     post("/vectors/delete", {"ids": ["a", "z", "a"]}, answer={}),
     get("/vectors/fetch?ids=a&ids=b", answer={"...": 1,
                                               "vectors": {"b": B}}),
     query({"vector": [1, 2, 3], "topK": 9}, plain("b")))
case("2.7 a missing namespace is not found",
     refused("POST", "/vectors/delete", {"ids": ["a"]}, "Namespace not found",
             code=5, status=404),
     upsert([A]),
     refused("POST", "/vectors/delete", {"deleteAll": True,
                                         "namespace": "z"},
             "Namespace not found", code=5, status=404))
case("2.7 deleteAll empties and removes the namespace",
     upsert([A], ns="n"), upsert([B]),
     post("/vectors/delete", {"ids": [], "deleteAll": True,
                              "namespace": "n"}, answer={},
          headers={"x-pinecone-request-lsn": "3"}),
     post("/describe_index_stats", {}, answer={"...": 1, "namespaces": {
         "": {"vectorCount": 1}}}),
     query({"vector": [1, 2, 3], "topK": 9, "namespace": "n"}, [], ns="n"),
     upsert([B], ns="n"),
     get("/vectors/fetch?ids=a&ids=b&namespace=n",
         answer={"...": 1, "vectors": {"b": B}}))
case("2.7 delete by filter",
     upsert(GENRES),
     post("/vectors/delete", {"filter": {"genre": "comedy"}}, answer={}),
     query({"vector": [1, 0], "topK": 9}, plain("3", "4")))
case("2.7 a delete says exactly one thing",
     refused("POST", "/vectors/delete", {}, "ids"),
     refused("POST", "/vectors/delete", {"ids": []}, "ids"),
     refused("POST", "/vectors/delete", {"ids": ["a"], "deleteAll": True},
             "ids"),
     refused("POST", "/vectors/delete", {"filter": {}}, "filter"),
     refused("POST", "/vectors/delete", {"ids": "a"}, "ids", "list"),
     refused("POST", "/vectors/delete", {"ids": [1]}, "ids", "string"),
     refused("POST", "/vectors/delete", {"ids": ["x"] * 1001}, "1000"))
case("2.7 a namespace stays when its last id is deleted",
     upsert([A], ns="n"),
     post("/vectors/delete", {"ids": ["a"], "namespace": "n"}),
     post("/describe_index_stats", {}, answer={
         "...": 1, "namespaces": {"n": {"vectorCount": 0}}}))

# 2.8 Stats

case("2.8 stats of an empty index",
     Step("POST", "/describe_index_stats", answer={
         "namespaces": {}, "indexFullness": 0, "totalVectorCount": 0,
         "metric": "cosine", "vectorType": "dense"}))
case("2.8 stats count each namespace",
     upsert([A, B]), upsert([A], ns="n"),
     get("/describe_index_stats", answer={
         "namespaces": {"": {"vectorCount": 2}, "n": {"vectorCount": 1}},
         "dimension": 3, "indexFullness": 0, "totalVectorCount": 3,
         "metric": "cosine", "vectorType": "dense"}),
     post("/describe_index_stats", {"filter": {}}, sends=version("2025-04"),
          answer={"...": 1, "namespaces": {"__default__": {"vectorCount": 2},
                                           "n": {"vectorCount": 1}}}),
     post("/describe_index_stats", {}, sends=version("2025-01"),
          answer={"...": 1, "namespaces": {"": Any(), "n": Any()}}),
     refused("POST", "/describe_index_stats", {"filter": {"x": 1}},
             "filter"))

# 2.9 Namespaces

case("2.9 namespaces are listed bytewise, with their counts as strings",
     upsert([A], ns="b"), upsert([A, B]), upsert([A], ns="Z"),
     get("/namespaces", answer={"namespaces": [
         {"name": "Z", "record_count": "1"},
         {"name": "__default__", "record_count": "2"},
         {"name": "b", "record_count": "1"}], "total_count": 3}),
     get("/namespaces?limit=1", answer={
         "namespaces": [{"name": "Z", "record_count": "1"}],
         "pagination": {"next": Any()}, "total_count": 3}),
     get(lambda kept: "/namespaces?limit=1&paginationToken="
         + kept[-1].json["pagination"]["next"], answer={
             "namespaces": [{"name": "__default__", "record_count": "2"}],
             "pagination": {"next": Any()}, "total_count": 3}),
     get("/namespaces?prefix=b", answer={
         "namespaces": [{"name": "b", "record_count": "1"}],
         "total_count": 1}))
case("2.9 a namespace is created, described and deleted",
     upsert([A]),
     post("/namespaces", {"name": "n s/1", "schema": {"fields": {
         "f": {"filterable": True}}}},
          answer={"name": "n s/1", "record_count": "0",
                  "schema": {"fields": {"f": {"filterable": True}}}}),
     refused("POST", "/namespaces", {"name": "n s/1"}, "exists", code=6,
             status=409),
     get("/namespaces/n%20s%2F1", answer={
         "name": "n s/1", "record_count": "0",
         "schema": {"fields": {"f": {"filterable": True}}}}),
     get("/namespaces/n%20s%2F1", sends=version("2026-07"),
         answer={"...": 1, "size_bytes": "0"}),
     get("/namespaces/__default__", answer={"name": "__default__",
                                            "record_count": "1"}),
     Step("DELETE", "/namespaces/n%20s%2F1", answer={}),
     refused("GET", "/namespaces/n%20s%2F1", None, "Namespace not found",
             code=5, status=404),
     refused("DELETE", "/namespaces/n%20s%2F1", None, "Namespace not found",
             code=5, status=404),
     Step("PATCH", "/namespaces/x", "{}", status=405,
          headers={"allow": Has("GET", "DELETE")}))
case("2.9 a namespace that cannot be created",
     upsert([A]),
     refused("POST", "/namespaces", {"name": "__default__"}, "name"),
     refused("POST", "/namespaces", {"name": ""}, "name"),
     refused("POST", "/namespaces", {}, "name"),
     refused("POST", "/namespaces", {"name": "x", "schema": 1}, "schema"))

# 3 Control plane

case("3 an index is created, described, listed and deleted",
     create("one", 3, "dotproduct", tags={"t": "v"}),
     get("/indexes/one", answer={
         "name": "one", "vector_type": "dense", "metric": "dotproduct",
         "dimension": 3, "status": {"ready": True, "state": "Ready"},
         "host": Has("http://127.0.0.1:", "/i/one"),
         "deletion_protection": "disabled", "tags": {"t": "v"},
         "spec": {"serverless": {
             "cloud": "aws", "region": "us-east-1",
             "read_capacity": {"mode": "OnDemand",
                               "status": {"state": "Ready"}}}}}),
     get("/indexes", answer={"indexes": [{"...": 1, "name": "one"}]}),
     post("/i/one/vectors/upsert", {"vectors": [A]}),
     post("/i/one/query", {"vector": [1, 1, 1], "topK": 1},
          answer={"...": 1, "matches": [{"id": "a", "score": 6,
                                         "values": []}]}),
     post("/query", {"vector": [1, 1, 1], "topK": 1},
          answer={"...": 1, "matches": []}),
     Step("DELETE", "/indexes/one", status=202, text=""),
     get("/indexes/one", status=404, answer={
         "error": {"code": "NOT_FOUND",
                   "message": "Resource one not found"}, "status": 404},
         headers={"content-type": "text/plain; charset=utf-8"}),
     refused("POST", "/i/one/query", {"vector": [1, 1, 1], "topK": 1},
             "one not found", code=5, status=404))
case("3 the default index is listed once it is there",
     get("/indexes", answer={"indexes": []}),
     upsert([A]),
     get("/indexes", answer={"indexes": [{"...": 1, "name": "default",
                                          "dimension": 3, "tags": None}]}),
     post("/i/default/query", {"vector": [1, 2, 3], "topK": 1},
          answer={"...": 1, "matches": plain("a")}),
     Step("DELETE", "/indexes/default", status=202),
     upsert([{"id": "a", "values": [1]}]))
case("3 the default index may be created with a shape of its own",
     create("default", 2, "euclidean"),
     refused("POST", "/vectors/upsert", {"vectors": [A]}, "dimension"),
     upsert([{"id": "a", "values": [1, 2]}]),
     query({"vector": [0, 0], "topK": 1},
           [{"id": "a", "score": 5, "values": []}]))
case("3 the same name twice",
     create("one", 3),
     post("/indexes", {"name": "one", "dimension": 3, "spec": {
         "serverless": {}}}, status=409,
          answer={"error": {"code": "ALREADY_EXISTS",
                            "message": "Resource  already exists"},
                  "status": 409}))
case("3 a wrong index is refused",
     *[post("/indexes", dict({"name": "x", "dimension": 3,
                              "spec": {"serverless": {}}}, **wrong),
            status=400, answer={"error": {"code": "INVALID_ARGUMENT",
                                          "message": Has(word)},
                                "status": 400})
       for wrong, word in (
           ({"name": "Bad_Name"}, "alphanumeric character"),
           ({"name": "-x"}, "alphanumeric character"),
           ({"name": ""}, "alphanumeric character"),
           ({"name": "x" * 46}, "45"),
           ({"dimension": 0}, "dimension"),
           ({"dimension": 20001}, "dimension"),
           ({"dimension": 1.5}, "dimension"),
           ({"dimension": None}, "dimension"),
           ({"metric": "manhattan"}, "metric"),
           ({"spec": {}}, "spec"),
           ({"vector_type": "thick"}, "vector_type"),
           ({"vector_type": "sparse"}, "dimension"),
           ({"vector_type": "sparse", "dimension": None, "metric": "cosine"},
            "dotproduct"),
           ({"tags": {"a": 1}}, "tags"),
           ({"deletion_protection": "yes"}, "deletion_protection"))],
     post("/indexes", {"name": "x", "dimension": 3}, status=422,
          text=Has("missing field `spec`")),
     post("/indexes", "{", status=400))
case("3 configure: tags merge, an empty one goes, protection holds",
     create("one", 3, tags={"a": "1", "b": "2"}),
     Step("PATCH", "/indexes/one", {"tags": {"a": "", "c": "3"}}, status=202,
          answer={"...": 1, "tags": {"b": "2", "c": "3"}}),
     Step("PATCH", "/indexes/one", {}, status=202,
          answer={"...": 1, "tags": {"b": "2", "c": "3"}}),
     Step("PATCH", "/indexes/one", {"deletion_protection": "enabled"},
          status=202, answer={"...": 1, "deletion_protection": "enabled"}),
     Step("DELETE", "/indexes/one", status=403, answer={
         "error": {"code": "FORBIDDEN", "message": Has(
             "Deletion protection is enabled for this index")},
         "status": 403}),
     Step("PATCH", "/indexes/one", {"deletion_protection": "disabled"},
          status=202),
     Step("DELETE", "/indexes/one", status=202),
     Step("PATCH", "/indexes/one", {}, status=404))
case("3.3 the shape from 2026-07 on",
     post("/indexes", {
         "name": "nine", "deployment": {"deployment_type": "managed",
                                        "cloud": "gcp", "region": "eu"},
         "schema": {"fields": {"_values": {"type": "dense_vector",
                                           "dimension": 3,
                                           "metric": "euclidean"}}}},
          sends=version("2026-07"), status=201, answer={
              "name": "nine", "host": Has("/i/nine"),
              "status": {"ready": True, "state": "Ready"},
              "deployment": {"deployment_type": "managed", "cloud": "gcp",
                             "region": "eu"},
              "read_capacity": {"mode": "OnDemand",
                                "status": {"state": "Ready"}},
              "schema": {"fields": {"_values": {"type": "dense_vector",
                                                "dimension": 3,
                                                "metric": "euclidean"}}},
              "tags": None, "deletion_protection": "disabled"}),
     get("/indexes/nine", sends=version("2026-04"), answer={
         "...": 1, "dimension": 3, "metric": "euclidean",
         "spec": {"serverless": {"...": 1, "cloud": "gcp",
                                 "region": "eu"}}}),
     create("four", 2),
     get("/indexes/four", sends=version("2026-07"), answer={
         "...": 1, "dimension": ABSENT, "schema": {"fields": {"_values": {
             "type": "dense_vector", "dimension": 2, "metric": "cosine"}}}}))
case("3.4 clients that add the scheme get a host without one",
     create("one", 3),
     get("/indexes/one", sends={"User-Agent": "x; lang=java; y"},
         answer={"...": 1, "host": Has("127.0.0.1:")}, text=Has('"host":"127')),
     get("/indexes/one", sends={"User-Agent": "go-client/1"},
         text=Has('"host":"127')))

# 4 Filters

for condition, ids in (
        ({"genre": "comedy"}, "12"),
        ({"genre": {"$eq": "comedy"}}, "12"),
        ({"genre": {"$eq": "Comedy"}}, ""),
        ({"genre": {"$ne": "comedy"}}, "3"),
        ({"year": 2020}, "1"),
        ({"year": "2020"}, ""),
        ({"year": {"$ne": 2020}}, "2"),
        ({"year": {"$gt": 2019.5}}, "1"),
        ({"year": {"$gte": 2019.5}}, "12"),
        ({"year": {"$lt": 2020}}, "2"),
        ({"year": {"$lte": 2020}}, "12"),
        ({"year": {"$gt": 2019, "$lt": 2020}}, "2"),
        ({"genre": {"$gt": 1}}, ""),
        ({"genre": {"$in": ["drama", "documentary"]}}, "23"),
        ({"genre": {"$nin": ["drama", "documentary"]}}, "1"),
        ({"year": {"$in": [1, 2019.5, "x"]}}, "2"),
        ({"year": {"$in": []}}, ""),
        ({"year": {"$nin": []}}, "12"),
        ({"seen": False}, "3"),
        ({"seen": {"$exists": True}}, "3"),
        ({"seen": {"$exists": False}}, "124"),
        ({"genre": "comedy", "year": 2020}, "1"),
        ({"$and": [{"genre": "comedy"}, {"genre": "documentary"}]}, "2"),
        ({"$or": [{"year": 2020}, {"genre": "drama"}]}, "13"),
        ({"$or": [{"$and": [{"year": {"$gt": 1}}, {"genre": "comedy"}]},
                  {"seen": False}], "genre": {"$ne": "documentary"}}, "13"),
        ({}, "1234")):
    case("4 filter %s" % json.dumps(condition), upsert(GENRES),
         matching(condition, *ids))

case("4 wrong filters are refused",
     upsert(GENRES),
     bad_filter({"genre": ["a", "b"]}, "filter"),
     bad_filter({"genre": {"$eq": ["a"]}}, "filter"),
     bad_filter({"genre": None}, "filter"),
     bad_filter({"$eq": 1}, "$eq"),
     bad_filter({"genre": {"$regex": "x"}}, "$regex"),
     bad_filter({"genre": {"eq": "x"}}, "eq"),
     bad_filter({"genre": {}}, "genre"),
     bad_filter({"year": {"$gt": "x"}}, "$gt", "number"),
     bad_filter({"year": {"$in": 5}}, "$in", "list"),
     bad_filter({"year": {"$in": [True]}}, "$in"),
     bad_filter({"year": {"$in": [[1]]}}, "filter"),
     bad_filter({"year": {"$exists": 1}}, "$exists"),
     bad_filter({"$and": {"a": 1}}, "list"),
     bad_filter({"$and": []}, "$and"),
     bad_filter({"$or": [1]}, "object"),
     bad_filter({"$not": {"a": 1}}, "$not"),
     bad_filter("x", "filter"),
     bad_filter({"year": {"$in": list(range(10001))}}, "10000"))


def run(title, steps, options, plan):
    kept = []
    problem = None

    with Index(*options) as index:
        try:
            for step in steps:
                problem = step.run(index, kept)
                if problem:
                    break
        except OSError as error:
            problem = "no answer: %r" % error

        if index.process.poll() is not None:
            problem = "%s\nthe server ended: %s" % (problem or "",
                                                    index.read_log())
        elif index.stop() != 0:
            problem = "%s\nthe server did not end well" % (problem or "")

    plan.case(title, problem)


def main():
    plan = Plan()
    words = sys.argv[1:]

    for title, steps, options in CASES:
        if all(word in title for word in words):
            run(title, steps, options, plan)

    return plan.end()


if __name__ == "__main__":
    sys.exit(main())
