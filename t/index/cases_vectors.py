"""Conventions, upsert and query."""

from steps import *  # the words that the tables below are made of

# 1 Conventions

case("1.1 a body in chunks is taken",
     Step("POST", "/vectors/upsert",
          lambda kept: iter([b'{"vectors":[{"id":"a",', b'"values":[1]}]}']),
          sends={"Transfer-Encoding": "chunked"},
          answer={"upsertedCount": 1}))
case("1.1 headers of all SDKs are taken: any key, two versions, encodings",
     upsert([A], sends={"Api-Key": "any", "X-Pinecone-Api-Version": "2025-10",
                        "X-Pinecone-API-Version": "2025-10",
                        "Accept-Encoding": "gzip, deflate",
                        "User-Agent": "python-client-8.1.2"}),
     get("/vectors/fetch?ids=a", sends={"Accept-Encoding": "gzip, deflate"},
         answer={"...": 1, "vectors": {"a": A}},
         headers={"content-encoding": ABSENT}),
     get("/indexes", sends={"User-Agent": "go-client/v4"}),
     post("/query", {"vector": [1, 2, 3], "topK": 1},
          sends={"X-Pinecone-Api-Version": "unstable"}))
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
case("1.2 reads other than queries say no LSN",
     upsert([A]),
     get("/vectors/fetch?ids=a",
         headers={"x-pinecone-request-lsn": ABSENT}),
     get("/vectors/list", headers={"x-pinecone-request-lsn": ABSENT}),
     post("/describe_index_stats", {},
          headers={"x-pinecone-request-lsn": ABSENT}),
     refused("POST", "/vectors/upsert", {"vectors": []}, "vectors"),
     upsert([B], headers={"x-pinecone-request-lsn": "2"}))
case("1.3 malformed JSON is answered in plain text",
     post("/query", "[1]", status=400, text=": Root element must be a message.",
          headers={"content-type": "text/plain"}),
     post("/query", '{"topK":', status=400, text=Has("Invalid JSON"),
          headers={"content-type": "text/plain"}),
     post("/vectors/upsert", b'{"namespace":"\xff"}', status=400,
          text=Has("UTF-8")),
     post("/vectors/upsert", '{"x":' + "[" * 40 + "]" * 40 + "}", status=400,
          text=Has("deep")))
case("1.3 faults in Pinecone's own words",
     upsert([A]),
     *[post(path, body, status=status,
            answer={"code": code, "message": message, "details": []})
       for path, body, status, code, message in (
           ("/vectors/upsert", {"vectors": [{"id": "b", "values": [1, 2]}]},
            400, 3, "Vector dimension 2 does not match the dimension of the "
            "index 3"),
           ("/vectors/upsert", {"vectors": [dict(A, metadata={
               "pages": [1.0]})]},
            400, 3, "Metadata value must be a string, number, boolean or list "
            "of strings, got '[1.0]' for field 'pages'"),
           ("/vectors/upsert", {"vectors": [dict(A, metadata={
               "k": "x" * 42169})]},
            400, 3, "Metadata size is 42177 bytes, which exceeds the limit of "
            "40960 bytes per vector"),
           ("/vectors/upsert", {"vectors": [dict(A, id="A Bra\u00f1a_0")]},
            400, 3, "Vector ID must be ASCII, but got 'A Bra\u00f1a_0'"),
           ("/vectors/delete", {"deleteAll": True, "namespace": "z"},
            404, 5, "Namespace not found"))],
     get("/vectors/list?limit=200", status=400, answer={
         "code": 3, "details": [], "message": "Limit must be greater than 0 "
         "and less than 100. Request limit was 200"}),
     get("/namespaces/z", status=404, answer={
         "code": 5, "message": "Namespace not found", "details": []}))
case("1.3 what Pinecone has and this has not says so",
     *[refused(method, path, body, "vfs-index does not support", what)
       for method, path, body, what in (
           ("POST", "/bulk/imports", {"uri": "s3://x"}, "imports"),
           ("GET", "/bulk/imports", None, "imports"),
           ("DELETE", "/i/default/bulk/imports/1", None, "imports"),
           ("POST", "/records/namespaces/n/upsert", "{}", "text"),
           ("POST", "/records/namespaces/n/search", {}, "text"),
           ("POST", "/namespaces/n/documents/search", {}, "documents"),
           ("POST", "/VectorService/Query", b"\0", "gRPC"))],
     *[Step(method, path, body, status=400, answer={
         "error": {"code": "INVALID_ARGUMENT", "message": Has(
             "vfs-index does not support", what)}, "status": 400})
       for method, path, body, what in (
           ("POST", "/indexes/create-for-model", {}, "text"),
           ("GET", "/collections", None, "collections"),
           ("GET", "/collections/c", None, "collections"),
           ("GET", "/backups", None, "vfs-index backup"),
           ("POST", "/indexes/default/backups", {}, "vfs-index backup"),
           ("POST", "/embed", {}, "inference"))])
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
case("1.5 a namespace is checked wherever it is named",
     upsert([A]),
     *[refused(method, path % ("n" * 513) if "%" in path else path, body,
               "namespace", "512")
       for method, path, body in (
           ("POST", "/query", {"vector": [1, 2, 3], "topK": 1,
                               "namespace": "n" * 513}),
           ("GET", "/vectors/fetch?ids=a&namespace=%s", None),
           ("GET", "/vectors/list?namespace=%s", None),
           ("POST", "/vectors/update", {"id": "a", "setMetadata": {},
                                        "namespace": "n" * 513}),
           ("POST", "/vectors/delete", {"ids": ["a"],
                                        "namespace": "n" * 513}),
           ("POST", "/vectors/fetch_by_metadata",
            {"filter": {}, "namespace": "n" * 513}))],
     refused("POST", "/vectors/upsert", {"vectors": [A],
                                         "namespace": "x\0y"}, "namespace"))
case("1.5 sparse vectors have at most 2048 values",
     upsert([dict(A, sparseValues={"indices": list(range(2048)),
                                   "values": [1] * 2048})]),
     refused("POST", "/vectors/upsert", {"vectors": [
         dict(A, sparseValues={"indices": list(range(2049)),
                               "values": [1] * 2049})]}, "2048"),
     refused("POST", "/query", {
         "topK": 1, "vector": [1, 2, 3], "sparseVector": {
             "indices": list(range(2049)), "values": [1] * 2049}}, "2048"),
     refused("POST", "/vectors/upsert", {"vectors": [
         dict(A, sparseValues={"indices": [4294967296], "values": [1]})]},
             "indices"),
     options=DOT)
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
     refused("POST", "/query", {"topK": 1, "id": "a", "sparseVector": {
         "indices": [1], "values": [1]}}, "id", "sparse"),
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
