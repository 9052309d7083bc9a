"""What a user could take instead, in this process, on one thread: the same
vectors in usearch, faiss and sqlite-vec.  Prints JSON:
{name: {"p50_ms", "recall", "records_per_second"}}.

    peers.py FILE RECORDS QUERIES
"""

import json
import statistics
import sys
import time

import apsw
import faiss
import numpy
import sqlite_vec
from usearch.index import Index

DIMENSION = 128
TOP_K = 10


def measured(records, add, search, queries, truth):
    start = time.perf_counter()
    add(records)
    seconds = time.perf_counter() - start
    times = []
    found = 0

    for query, right in zip(queries, truth):
        start = time.perf_counter()
        ids = search(query)
        times.append(time.perf_counter() - start)
        found += len(set(map(int, ids)) & set(right))

    return {"p50_ms": statistics.median(times) * 1e3,
            "recall": found / (TOP_K * len(queries)),
            "records_per_second": len(records) / seconds}


def of_faiss(index, records, queries, truth):
    return measured(records, index.add,
                    lambda query: index.search(query[None], TOP_K)[1][0],
                    queries, truth)


def of_usearch(records, queries, truth):
    index = Index(ndim=DIMENSION, metric="ip", dtype="f32")

    return measured(
        records, lambda rows: index.add(numpy.arange(len(rows)), rows,
                                        threads=1),
        lambda query: index.search(query, TOP_K, threads=1).keys,
        queries, truth)


def of_sqlite(records, queries, truth):
    base = apsw.Connection(":memory:")
    base.enable_load_extension(True)
    base.load_extension(sqlite_vec.loadable_path())
    base.execute("create virtual table v using vec0(x float[%d] "
                 "distance_metric=cosine)" % DIMENSION)

    def add(rows):
        with base:
            base.executemany("insert into v(rowid, x) values (?, ?)",
                             ((i + 1, row.tobytes())
                              for i, row in enumerate(rows)))

    return measured(
        records, add,
        lambda query: [row[0] - 1 for row in base.execute(
            "select rowid from v where x match ? and k = %d" % TOP_K,
            (query.tobytes(),))],
        queries, truth)


def main():
    path, count, asked = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    rows = numpy.fromfile(path, numpy.float32).reshape(-1, DIMENSION)
    records, queries = rows[:count], rows[count:count + asked]

    faiss.omp_set_num_threads(1)
    flat = faiss.IndexFlatIP(DIMENSION)
    flat.add(records)
    truth = flat.search(queries, TOP_K)[1].tolist()

    print(json.dumps({
        "faiss, flat": of_faiss(faiss.IndexFlatIP(DIMENSION), records,
                                queries, truth),
        "faiss, HNSW 32": of_faiss(faiss.IndexHNSWFlat(
            DIMENSION, 32, faiss.METRIC_INNER_PRODUCT), records, queries,
            truth),
        "usearch, HNSW": of_usearch(records, queries, truth),
        "sqlite-vec": of_sqlite(records, queries[:50], truth[:50]),
    }))


if __name__ == "__main__":
    main()
