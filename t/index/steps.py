"""Requests of the conformance cases, and how an answer is compared."""

CASES = []

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


def case(title, *steps, options=()):
    CASES.append((title, steps, options))
