"""Pinecone's official Python SDK, which is on PYTHONPATH, against vfs-index:
python3 sdk_python.py URL"""

import sys
import traceback

import pinecone
from pinecone import Pinecone, ServerlessSpec

URL = sys.argv[1]
VERSION = "python %s" % pinecone.__version__
SPEC = ServerlessSpec(cloud="aws", region="us-east-1")
RECORDS = [
    {"id": "a", "values": [1.0, 2.0, 3.0],
     "metadata": {"genre": "comedy", "year": 2020}},
    {"id": "b", "values": [0.4, -0.1, 0.0],
     "metadata": {"genre": ["comedy", "drama"]}},
    {"id": "c", "values": [-1.0, 0.0, 5.0]},
]
STEPS = []
MAJOR = int(pinecone.__version__.split(".")[0])

client = Pinecone(api_key="local", host=URL)


def step(function):
    STEPS.append(function)
    return function


def equal(got, expected):
    if got != expected:
        raise AssertionError("expected %r, got %r" % (expected, got))


def rejects(status, word, call, *args, **kwargs):
    try:
        got = call(*args, **kwargs)
    except Exception as error:
        known = getattr(error, "status", None) \
            or getattr(error, "status_code", None)
        if known != status or word not in str(error):
            raise AssertionError("expected status %d and %r, got %r: %s" % (
                status, word, error, known))
        return
    raise AssertionError("not refused: %r" % (got,))


def by_name(name):
    return client.Index(host=client.describe_index(name).host)


def plain(values):
    return [round(float(x), 6) for x in values]


@step
def create_and_describe_indexes():
    client.create_index(name="dense", dimension=3, metric="dotproduct",
                        spec=SPEC, tags={"team": "x"}, timeout=30)
    model = client.describe_index("dense")
    equal((model.name, model.dimension, model.metric),
          ("dense", 3, "dotproduct"))
    equal(model.status.ready, True)
    equal(model.host, URL + "/i/dense")
    equal([x.name for x in client.list_indexes()], ["dense"])
    equal(client.has_index("dense"), True)
    equal(client.has_index("nothing"), False)


@step
def configure_an_index():
    client.configure_index("dense", deletion_protection="enabled",
                           tags={"team": "", "owner": "y"})
    model = client.describe_index("dense")
    equal(dict(model.tags.to_dict() if hasattr(model.tags, "to_dict")
               else model.tags), {"owner": "y"})
    rejects(403, "Deletion protection is enabled", client.delete_index,
            "dense")
    client.configure_index("dense", deletion_protection="disabled")


@step
def upsert_and_fetch():
    index = by_name("dense")
    equal(index.upsert(vectors=RECORDS, namespace="n").upserted_count, 3)
    got = index.fetch(ids=["a", "b", "c", "none"], namespace="n")
    equal(got.namespace, "n")
    equal(sorted(got.vectors), ["a", "b", "c"])

    for record in RECORDS:
        vector = got.vectors[record["id"]]
        equal(plain(vector.values), record["values"])
        equal(vector.metadata or None, record.get("metadata"))

    equal(got.usage.read_units, 1)


@step
def query_by_vector_by_id_with_a_filter():
    index = by_name("dense")
    got = index.query(vector=[1.0, 1.0, 1.0], top_k=2, namespace="n")
    equal([(m.id, m.score) for m in got.matches], [("a", 6), ("c", 4)])
    got = index.query(id="a", top_k=5, include_values=True, namespace="n",
                      include_metadata=True, filter={"genre": "comedy"})
    equal([m.id for m in got.matches], ["a", "b"])
    equal(plain(got.matches[0].values), [1, 2, 3])
    equal(got.matches[0].metadata["year"], 2020)
    equal(list(index.query(id="none", top_k=1, namespace="n").matches), [])
    equal(list(index.query(vector=[0.0] * 3, top_k=1,
                           namespace="nowhere").matches), [])
    got = index.query_namespaces(vector=[1.0, 1.0, 1.0], namespaces=["n", ""],
                                 metric="dotproduct", top_k=1)
    equal([m.id for m in got.matches], ["a"])


@step
def update_a_record_and_records_by_a_filter():
    index = by_name("dense")
    index.update(id="c", values=[1.0, 0.0, 0.0], namespace="n",
                 set_metadata={"new": True})
    got = index.update(filter={"genre": "comedy"}, set_metadata={"seen": 1},
                       namespace="n", dry_run=True)
    equal(got.matched_records, 2)
    equal(index.fetch(ids=["a"], namespace="n").vectors["a"].metadata,
          {"genre": "comedy", "year": 2020})
    index.update(filter={"genre": "comedy"}, set_metadata={"seen": 1},
                 namespace="n")
    vectors = index.fetch(ids=["a", "b", "c"], namespace="n").vectors
    equal(plain(vectors["c"].values), [1, 0, 0])
    equal(vectors["c"].metadata, {"new": True})
    equal(vectors["a"].metadata, {"genre": "comedy", "year": 2020, "seen": 1})
    equal(vectors["b"].metadata["seen"], 1)


@step
def fetch_by_metadata():
    index = by_name("dense")
    one = index.fetch_by_metadata(filter={"seen": 1}, limit=1, namespace="n")
    equal(list(one.vectors), ["a"])
    two = index.fetch_by_metadata(filter={"seen": 1}, limit=1, namespace="n",
                                  pagination_token=one.pagination.next)
    equal(list(two.vectors), ["b"])


@step
def list_ids():
    index = by_name("dense")
    names = [getattr(item, "id", item) for page in
             index.list(namespace="n", limit=2)
             for item in getattr(page, "vectors", page)]
    equal(names, ["a", "b", "c"])
    page = index.list_paginated(namespace="n", limit=2, prefix="b")
    equal([v.id for v in page.vectors], ["b"])
    equal(page.pagination, None)


@step
def statistics():
    index = by_name("dense")
    stats = index.describe_index_stats()
    equal((stats.dimension, stats.total_vector_count), (3, 3))
    equal(stats.namespaces["n"].vector_count, 3)
    rejects(400, "filter", index.describe_index_stats,
            filter={"genre": "comedy"})


@step
def namespaces():
    index = by_name("dense")
    schema = {"fields": {"test": {"filterable": True}}}
    made = index.create_namespace(name="made",
                                  **({} if MAJOR < 9 else {"schema": schema}))
    equal((made.name, int(made.record_count)), ("made", 0))
    rejects(409, "exists", index.create_namespace, name="made")
    equal(index.describe_namespace(namespace="n").name, "n")
    equal([ns.name for page in [index.list_namespaces_paginated()]
           for ns in page.namespaces], ["made", "n"])
    index.delete_namespace(namespace="made")
    rejects(404, "not found", index.describe_namespace, namespace="made")


@step
def delete_ids_by_filter_and_all():
    index = by_name("dense")
    index.delete(ids=["c", "none"], namespace="n")
    equal(dict(index.fetch(ids=["c"], namespace="n").vectors), {})
    index.delete(filter={"year": {"$gt": 2019}}, namespace="n")
    equal(sorted(index.fetch(ids=["a", "b"], namespace="n").vectors), ["b"])
    index.delete(delete_all=True, namespace="n")
    equal(dict(index.describe_index_stats().namespaces), {})
    rejects(404, "Namespace not found", index.delete, delete_all=True,
            namespace="n")


@step
def the_default_namespace():
    index = by_name("dense")
    index.upsert(vectors=[("t", [1.0, 1.0, 1.0])])
    equal(list(index.fetch(ids=["t"]).vectors), ["t"])
    equal(list(index.fetch(ids=["t"], namespace="__default__").vectors),
          ["t"])
    names = list(index.describe_index_stats().namespaces)
    equal(names, ["__default__"])
    index.delete(ids=["t"], namespace="__default__")
    equal(dict(index.fetch(ids=["t"]).vectors), {})


@step
def hybrid_and_sparse():
    index = by_name("dense")
    index.upsert(vectors=[{"id": "h", "values": [1.0, 1.0, 1.0],
                           "sparse_values": {"indices": [1, 7],
                                             "values": [0.5, 2.0]}}])
    got = index.query(vector=[1.0, 0.0, 0.0], top_k=1, include_values=True,
                      sparse_vector={"indices": [7], "values": [10.0]})
    equal(got.matches[0].score, 21)
    equal(list(got.matches[0].sparse_values.indices), [1, 7])
    client.create_index(name="sparse", metric="dotproduct", spec=SPEC,
                        vector_type="sparse", timeout=30)
    index = by_name("sparse")
    index.upsert(vectors=[{"id": "s", "sparse_values": {
        "indices": [3], "values": [2.0]}}])
    got = index.query(top_k=1, sparse_vector={"indices": [3],
                                              "values": [4.0]})
    equal([(m.id, m.score) for m in got.matches], [("s", 8)])
    client.delete_index("sparse")


@step
def errors():
    index = by_name("dense")
    rejects(400, "dimension", index.upsert,
            vectors=[{"id": "x", "values": [1.0]}])
    rejects(400, "dimension", index.query, vector=[1.0], top_k=1)
    rejects(400, "$unknown", index.query, vector=[1.0] * 3, top_k=1,
            filter={"x": {"$unknown": 1}})
    rejects(404, "nothing", client.describe_index, "nothing")
    rejects(409, "exists", client.create_index, name="dense", dimension=3,
            spec=SPEC)


@step
def what_is_not_there_says_so():
    index = by_name("dense")
    rejects(400, "vfs-index does not", index.start_import, uri="s3://b/x")
    rejects(400, "vfs-index does not", index.upsert_records, namespace="n",
            records=[{"_id": "x", "text": "y"}])
    rejects(400, "vfs-index does not",
            lambda: list(index.list_imports()))


@step
def delete_an_index():
    client.delete_index("dense")
    equal([x.name for x in client.list_indexes()], [])


@step
def the_default_index_by_its_url():
    index = client.Index(host=URL)
    index.upsert(vectors=RECORDS)
    equal(index.query(vector=[1.0, 2.0, 3.0], top_k=1).matches[0].id, "a")


def main():
    failed = 0

    for number, function in enumerate(STEPS, 1):
        title = "%s: %s" % (VERSION, function.__name__.replace("_", " "))

        try:
            function()
            print("ok %d - %s" % (number, title), flush=True)
        except Exception:
            failed += 1
            print("not ok %d - %s" % (number, title))
            print("# " + traceback.format_exc().replace("\n", "\n# "))

    print("1..%d" % len(STEPS))

    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
