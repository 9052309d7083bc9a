"""Fetch, list, update, delete, stats and namespaces."""

from steps import *  # the words that the tables below are made of

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
case("2.4 fetch by metadata gives 100 by default, of a missing namespace none",
     upsert([dict(A, id="r%03d" % i, metadata={"k": 1})
             for i in range(150)]),
     post("/vectors/fetch_by_metadata", {"filter": {"k": 1}},
          answer={"vectors": {"r%03d" % i: Any() for i in range(100)},
                  "namespace": "", "usage": Any(),
                  "pagination": {"next": Any()}}),
     post("/vectors/fetch_by_metadata",
          lambda kept: {"filter": {"k": 1}, "paginationToken":
                        kept[-1].json["pagination"]["next"]},
          answer={"vectors": {"r%03d" % i: Any() for i in range(100, 150)},
                  "namespace": "", "usage": Any()}),
     post("/vectors/fetch_by_metadata", {"filter": {"k": 1},
                                         "namespace": "z"},
          answer={"vectors": {}, "namespace": "z", "usage": Any()}))
case("2.4 ten records are a read unit, fewer are one, as in a fetch",
     upsert([dict(A, id="r%02d" % i) for i in range(21)]),
     *[post("/vectors/fetch_by_metadata",
            {"filter": {}, "limit": limit} if limit else
            {"filter": {"k": "none"}},
            answer={"...": 0, "usage": {"readUnits": units}})
       for limit, units in ((0, 1), (1, 1), (10, 1), (11, 2), (20, 2),
                            (21, 3))],
     *[get("/vectors/fetch?" + "&".join("ids=r%02d" % i for i in range(n)),
           answer={"...": 0, "usage": {"readUnits": units}})
       for n, units in ((1, 1), (10, 1), (11, 2), (20, 2), (21, 3))])
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
case("2.5 a missing namespace has no ids",
     upsert([A]),
     get("/vectors/list?namespace=z",
         answer={"vectors": [], "namespace": "z",
                 "usage": {"readUnits": 1}}))
case("2.5 a token holds when the id that it names is gone",
     upsert([{"id": name, "values": [1]} for name in "abcd"]),
     get("/vectors/list?limit=2", answer={"...": 1}),
     post("/vectors/delete", {"ids": ["b", "c"]}),
     get(lambda kept: "/vectors/list?limit=2&paginationToken="
         + kept[1].json["pagination"]["next"],
         answer={"vectors": [{"id": "d"}], "namespace": "",
                 "usage": {"readUnits": 1}}),
     get("/vectors/list?paginationToken="
         "eyJza2lwX3Bhc3QiOiJhIiwicHJlZml4IjpudWxsfQ==",
         answer={"...": 1, "vectors": [{"id": "d"}]}))
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
case("2.6 sparse values are replaced, dense ones stay",
     upsert([dict(A, sparseValues={"indices": [1], "values": [1]},
                  metadata={"x": 1})]),
     post("/vectors/update", {"id": "a", "sparseValues": {
         "indices": [9, 2], "values": [0.5, 3]}}, answer={}),
     get("/vectors/fetch?ids=a", answer={"...": 1, "vectors": {"a": {
         "id": "a", "values": [1, 2, 3], "metadata": {"x": 1},
         "sparseValues": {"indices": [2, 9], "values": [3, 0.5]}}}}),
     post("/vectors/update", {"id": "a", "values": [3, 2, 1]}, answer={}),
     get("/vectors/fetch?ids=a", answer={"...": 1, "vectors": {"a": {
         "id": "a", "values": [3, 2, 1], "metadata": {"x": 1},
         "sparseValues": {"indices": [2, 9], "values": [3, 0.5]}}}}),
     options=("--metric", "dotproduct"))
case("2.6 an update by filter of a missing namespace matches none",
     upsert([A]),
     post("/vectors/update", {"filter": {"x": 1}, "setMetadata": {"y": 1},
                              "namespace": "z"},
          answer={"matchedRecords": 0}),
     post("/describe_index_stats", {},
          answer={"...": 1, "namespaces": {"": {"vectorCount": 1}}}))
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
case("2.9 namespaces come in pages of 100",
     *[upsert([A], ns="n%03d" % i) for i in range(103)],
     get("/namespaces", answer={
         "namespaces": [{"name": "n%03d" % i, "record_count": "1"}
                        for i in range(100)],
         "pagination": {"next": Any()}, "total_count": 103}),
     get(lambda kept: "/namespaces?paginationToken="
         + kept[-1].json["pagination"]["next"], answer={
             "namespaces": [{"name": "n%03d" % i, "record_count": "1"}
                            for i in range(100, 103)], "total_count": 103}),
     get("/namespaces?prefix=n00&limit=4", answer={
         "namespaces": [{"name": "n%03d" % i, "record_count": "1"}
                        for i in range(4)],
         "pagination": {"next": Any()}, "total_count": 10}),
     refused("GET", "/namespaces?limit=101", None, "limit"),
     options=("--nosync",))
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
