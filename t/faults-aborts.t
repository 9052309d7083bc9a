# Clients that leave, in each state of a request.  That nginx ends gracefully
# after each block shows that the request was finished; an exchange with "hold"
# asks for the upstream connection to be closed.

use Test::Nginx::Socket;
use DropIn;

our $user = feature_json('user:u1', '[1,2]');
our $large = feature_json('user:u1', '[' . join(',', (0.123456789) x 250000)
    . ']');

add_block_preprocessor(sub {
    my ($block) = @_;

    $block->set_value('config', drop_in());
    $block->set_value('no_error_log', "[error]\n[warn]\n")
        if !$block->has('no_error_log');
});

plan tests => 117;

run_tests();

__DATA__

=== 1: in the middle of the request line
--- request
GET /v1/features/user/u1
--- abort_on: sent 10
--- ignore_response
--- upstream eval
[]
--- upstream_requests eval
[]



=== 2: in the middle of the header, by a reset
--- request
GET /v1/features/user/u1
--- abort_on: sent 50
--- rst
--- ignore_response
--- upstream eval
[]
--- upstream_requests eval
[]



=== 3: before the announced body
--- request
POST /v1/query

{"namespace":"user-features","id":"u1","topK":3}
--- more_headers
Content-Type: application/json
--- abort_on: sent 110
--- ignore_response
--- upstream eval
[]
--- upstream_requests eval
[]
--- access_log
"POST /v1/query HTTP/1.1" 400



=== 4: in the middle of the body
--- raw_request eval
["POST /v1/query HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
 . "Content-Length: 1000\r\n\r\n", '{"namespace":"user-features"', ' ' x 900]
--- abort_on: sent 150
--- ignore_response
--- upstream eval
[]
--- upstream_requests eval
[]
--- access_log
"POST /v1/query HTTP/1.1" 400



=== 5: in the middle of a chunked body, by a reset
--- raw_request eval
["POST /v1/features/user/batch HTTP/1.1\r\nHost: x\r\n"
 . "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n",
 "5\r\n{\"ids", "\r\n10\r\n\":"]
--- abort_on: sent 124
--- rst
--- ignore_response
--- upstream eval
[]
--- upstream_requests eval
[]
--- access_log
"POST /v1/features/user/batch HTTP/1.1" 4



=== 6: while the index is fetched from
--- request
GET /v1/features/user/u1
--- abort_on: upstream 1
--- error_code:
--- upstream eval
[{ request => qr{^GET /vectors/fetch}, hold => 'header' }]
--- upstream_connections: 1
--- access_log
"GET /v1/features/user/u1 HTTP/1.1" 499



=== 7: while the index is fetched from, by a reset
--- request
GET /v1/features/item/i1
--- abort_on: upstream 1
--- rst
--- error_code:
--- upstream eval
[{ request => qr{^GET /vectors/fetch}, hold => 'header' }]
--- upstream_connections: 1
--- access_log
"GET /v1/features/item/i1 HTTP/1.1" 499



=== 8: while the index is queried for neighbours
--- request
GET /v1/features/user/u1/similar
--- abort_on: upstream 1
--- error_code:
--- upstream eval
[{ request => 'POST /query', hold => 'header' }]
--- access_log
"GET /v1/features/user/u1/similar HTTP/1.1" 499



=== 9: recommend, in the fetch: no query follows
--- request
GET /v1/recommend/user/u1
--- abort_on: upstream 1
--- error_code:
--- upstream eval
[{ request => qr{^GET /vectors/fetch}, hold => 'header' }]
--- upstream_connections: 1
--- access_log
"GET /v1/recommend/user/u1 HTTP/1.1" 499



=== 10: recommend, in the query after the fetch
--- request
GET /v1/recommend/user/u1
--- abort_on: upstream 2
--- error_code:
--- upstream eval
[{ request => qr{^GET /vectors/fetch}, reply => $::user },
 { request => 'POST /query', hold => 'header' }]
--- access_log
"GET /v1/recommend/user/u1 HTTP/1.1" 499



=== 11: recommend, in the query, by a reset
--- request
GET /v1/recommend/user/u1
--- abort_on: upstream 2
--- rst
--- error_code:
--- upstream eval
[{ request => qr{^GET /vectors/fetch}, reply => $::user },
 { request => 'POST /query', hold => 'header' }]
--- access_log
"GET /v1/recommend/user/u1 HTTP/1.1" 499



=== 12: in the middle of the index's body
--- request
GET /v1/features/user/u1
--- abort_on: upstream 1
--- error_code:
--- upstream eval
[{ reply => $::user, hold => 'body', cut => 20 }]
--- access_log
"GET /v1/features/user/u1 HTTP/1.1" 499



=== 13: in the middle of the index's chunked body
--- request
GET /v1/features/user/u1
--- abort_on: upstream 1
--- error_code:
--- upstream eval
[{ reply => $::user, framing => 'chunked', chunk => 7, hold => 'body',
   cut => 20 }]
--- access_log
"GET /v1/features/user/u1 HTTP/1.1" 499



=== 14: in the middle of the index's header
--- request
GET /v1/features/user/u1
--- abort_on: upstream 1
--- error_code:
--- upstream eval
[{ head_cut => 20, hold => 'header' }]
--- access_log
"GET /v1/features/user/u1 HTTP/1.1" 499



=== 15: a batch, after its body
--- request
POST /v1/features/user/batch

{"ids":["u1","u2"]}
--- more_headers
Content-Type: application/json
--- abort_on: upstream 1
--- error_code:
--- upstream eval
[{ request => qr{^GET /vectors/fetch}, hold => 'header' }]
--- access_log
"POST /v1/features/user/batch HTTP/1.1" 499



=== 16: a query, after its body
--- request
POST /v1/query

{"namespace":"user-features","id":"u1","topK":3}
--- more_headers
Content-Type: application/json
--- abort_on: upstream 1
--- error_code:
--- upstream eval
[{ request => 'POST /query', hold => 'header' }]
--- access_log
"POST /v1/query HTTP/1.1" 499



=== 17: HEAD
--- request
HEAD /v1/features/user/u1
--- abort_on: upstream 1
--- error_code:
--- upstream eval
[{ request => qr{^GET /vectors/fetch}, hold => 'header' }]
--- access_log
"HEAD /v1/features/user/u1 HTTP/1.1" 499



=== 18: the readiness probe
--- request
GET /readyz
--- abort_on: upstream 1
--- error_code:
--- upstream eval
[{ hold => 'header' }]



=== 19: a client that only stops sending
--- request
GET /v1/features/user/u1
--- shutdown
--- error_code:
--- upstream eval
[{ hold => 'header', optional => 1 }]
--- access_log
"GET /v1/features/user/u1 HTTP/1.1" 499



=== 20: the second of two pipelined requests
--- raw_request eval
"GET /v1/features/user/u1 HTTP/1.1\r\nHost: x\r\n\r\n" x 2
--- abort_on: upstream 2
--- response_body chomp
{"id":"u1","values":[1,2],"metadata":{}}
--- upstream eval
[{ reply => $::user }, { hold => 'header' }]
--- access_log eval
[qr{"GET /v1/features/user/u1 HTTP/1.1" 200}, qr{u1 HTTP/1.1" 499}]



=== 21: in the middle of a large answer
--- request
GET /v1/features/user/u1
--- abort_on: received 1000
--- rst
--- upstream eval
[{ reply => $::large }]



=== 22: a stream of statistics
--- request
GET /stats/stream
--- sse: 1
--- response_headers
Content-Type: text/event-stream
--- response_body_like: ^retry: .*data: \{



=== 23: a stream of statistics, by a reset
--- request
GET /stats/stream
--- sse: 1
--- rst
--- response_body_like: ^retry: .*data: \{



=== 24: many at once
--- request
GET /v1/recommend/user/u1
--- clients: 20
--- workers: 2
--- abort_on: upstream 30
--- error_code:
--- upstream eval
[{ request => qr{^GET /vectors/fetch}, times => 20, reply => $::user },
 { request => 'POST /query', times => '*', hold => 'header' }]



=== 25: nothing of them is left in flight
--- request eval
["GET /v1/features/user/u1", "GET /v1/recommend/user/u1",
 "GET /v1/features/user/u1/similar", "GET /v1/features/user/u1", "GET /stats"]
--- abort_on eval
["upstream 1", "upstream 2", "upstream 1", undef, undef]
--- error_code eval
['', '', '', 200, 200]
--- upstream eval
[{ request => qr{^GET}, hold => 'header' },
 { request => qr{^GET}, reply => $::user },
 { request => qr{^POST}, hold => 'header', times => 2 },
 { request => qr{^GET}, reply => $::user }]
--- response_body_like eval
['', '', '', '^\{"id":"u1"', qr/
    "gateway":\{"worker_processes":1,"in_flight":1,"requests":4,
    .*"route":"fetch","requests":2,"in_flight":0,(?:[^{]*\{){3}
      "2xx":1,"3xx":0,"4xx":0,"499":1,"5xx":0
    .*"route":"similar","requests":1,"in_flight":0,(?:[^{]*\{){3}
      "2xx":0,"3xx":0,"4xx":0,"499":1,"5xx":0
    .*"route":"recommend","requests":1,"in_flight":0,(?:[^{]*\{){3}
      "2xx":0,"3xx":0,"4xx":0,"499":1,"5xx":0
    .*"operation":"fetch","requests":3,"errors":0,
    .*"operation":"query","requests":2,"errors":0,
/x]
