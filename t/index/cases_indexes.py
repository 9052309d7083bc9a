"""The control plane and the filters."""

import json

from steps import *  # the words that the tables below are made of

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
case("3 an index without a spec is refused as Pinecone does, in plain text",
     post("/indexes", {"name": "x", "dimension": 3}, status=422,
          text=Has("Failed to deserialize the JSON body into the target type: "
                   "missing field `spec` at line 1 column"),
          headers={"content-type": Has("text/plain")}),
     get("/indexes/x", status=404, answer={
         "error": {"code": "NOT_FOUND", "message": "Resource x not found"},
         "status": 404}, headers={"content-type": Has("text/plain")}))
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
case("3.2 every kind of spec is echoed",
     *[step for name, spec in (
         ("pod", {"pod": {"environment": "us-east-1-aws", "pod_type": "p1.x1",
                          "pods": 1, "replicas": 1, "shards": 1}}),
         ("byoc", {"byoc": {"environment": "aws-us-east-1-b921"}}))
       for step in (
           post("/indexes", {"name": name, "dimension": 3, "spec": spec},
                status=201, answer={"...": 1, "spec": Any()}),
           get("/indexes/" + name, answer={"...": 1, "spec": {
               name: dict(spec[name], **{"...": 1})}}))])
case("3.2 dedicated read capacity is echoed",
     post("/indexes", {"name": "one", "dimension": 3, "spec": {"serverless": {
         "cloud": "aws", "region": "us-east-1", "read_capacity": {
             "mode": "Dedicated", "dedicated": {
                 "node_type": "t1", "scaling": "Manual",
                 "manual": {"replicas": 1, "shards": 1}}}}}}, status=201),
     get("/indexes/one", answer={"...": 1, "spec": {"serverless": {
         "...": 1, "read_capacity": {
             "mode": "Dedicated", "dedicated": {
                 "node_type": "t1", "scaling": "Manual",
                 "manual": {"replicas": 1, "shards": 1}},
             "status": {"...": 1, "state": "Ready"}}}}}))
case("3.2 a sparse index has no dimension",
     create("s", None, "dotproduct", vector_type="sparse"),
     get("/indexes/s", answer={"...": 1, "vector_type": "sparse",
                               "metric": "dotproduct", "dimension": ABSENT}),
     get("/indexes/s", sends=version("2026-07"), answer={
         "...": 1, "schema": {"fields": {"_sparse_values": {
             "type": "sparse_vector", "...": 1}}}}))
case("3.2 an index has at most 20 tags",
     create("one", 3, tags={"t%d" % i: "v" for i in range(20)}),
     post("/indexes", {"name": "two", "dimension": 3,
                       "spec": {"serverless": {}},
                       "tags": {"t%d" % i: "v" for i in range(21)}},
          status=400),
     Step("PATCH", "/indexes/one", {"tags": {"more": "v"}}, status=400),
     Step("PATCH", "/indexes/one", {"tags": {"t0": "", "more": "v"}},
          status=202))
case("3.3 sparse and nameless indexes from 2026-07 on",
     post("/indexes", {"name": "s", "schema": {"fields": {
         "_sparse_values": {"type": "sparse_vector"}}}},
          sends=version("2026-07"), status=201,
          answer={"...": 1, "schema": {"fields": {"_sparse_values": {
              "type": "sparse_vector", "...": 1}}}}),
     post("/i/s/vectors/upsert", {"vectors": [{"id": "a", "sparseValues": {
         "indices": [1], "values": [1]}}]}, answer={"upsertedCount": 1}),
     post("/indexes", {"schema": {"fields": {"_values": {
         "type": "dense_vector", "dimension": 2, "metric": "cosine"}}}},
          sends=version("2026-07"), status=201,
          answer={"...": 1, "name": Any(), "host": Has("/i/")}),
     get("/indexes", sends=version("2026-07"),
         answer={"indexes": [Any(), Any()]}))
case("3.3 configure from 2026-07 on",
     create("one", 3),
     Step("PATCH", "/indexes/one", {
         "tags": {"a": "b"}, "deletion_protection": "enabled"},
          sends=version("2026-07"), status=202,
          answer={"...": 1, "tags": {"a": "b"}, "spec": ABSENT,
                  "deletion_protection": "enabled", "schema": Any()}),
     Step("DELETE", "/indexes/one", sends=version("2026-07"), status=403),
     get("/indexes/two", sends=version("2026-07"), status=404, answer={
         "error": {"code": "NOT_FOUND",
                   "message": "Resource two not found"}, "status": 404}),
     post("/indexes", {"name": "x", "schema": {"fields": {"_values": {
         "type": "dense_vector", "metric": "cosine"}}}},
          sends=version("2026-07"), status=400, answer={
              "error": {"code": "INVALID_ARGUMENT",
                        "message": Has("dimension")}, "status": 400}))
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
