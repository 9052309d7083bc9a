# The same over HTTP/2: answers, bodies, and streams that are cancelled.

use Test::Nginx::Socket;
use Test::Nginx::HTTP2;
use DropIn;

our $user = feature_json('user:u1', '[1]');
our $answer = '{"id":"u1","values":[1],"metadata":{}}';
our $query = '{"namespace":"user-features","id":"u1","topK":3}';
our $large = feature_json('user:u1', '[' . join(',', (0.25) x 200000) . ']');

add_block_preprocessor(sub {
    my ($block) = @_;

    $block->set_value('config', drop_in());
    $block->set_value('http2', '');
    $block->set_value('upstream', []) if !$block->has('upstream');
    $block->set_value('no_error_log', "[warn]\n[error]\n")
        if !$block->has('error_log');
});

plan tests => 94;

run_tests();

__DATA__

=== 1: GET
--- request
GET /v1/features/user/u1
--- more_headers
Cookie: a=b
Range: bytes=0-1
Authorization: x
--- upstream eval
[{ reply => $::user }]
--- upstream_requests
GET /vectors/fetch?ids=user%3Au1&namespace=user-features HTTP/1.1
Content-Type: application/json
X-Pinecone-Api-Version: 2026-04
Host: 127.0.0.1:$TEST_NGINX_UPSTREAM_PORT
--- response_headers
content-type: application/json
content-length: 38
--- response_body eval
$::answer
--- access_log
"GET /v1/features/user/u1 HTTP/2.0" 200



=== 2: HEAD
--- request
HEAD /v1/features/user/u1
--- upstream eval
[{ reply => $::user }]
--- response_headers
content-length: 38
--- response_body



=== 3: recommend, a fetch and a query
--- request
GET /v1/recommend/user/u1?topK=2
--- upstream eval
[{ reply => $::user },
 { request => 'POST /query', body => qr/"vector":\[1\]\}$/,
   reply => '{"matches":[{"id":"item:i1","score":0.5}]}' }]
--- response_body chomp
{"userId":"u1","items":[{"id":"i1","score":0.5}]}



=== 4: POST
--- request eval
"POST /v1/query\n$::query"
--- more_headers
Content-Type: application/json
--- upstream eval
[{ request => 'POST /query', reply => '{"matches":[]}', headers =>
   { 'Content-Length' => 99, 'Transfer-Encoding' => undef } }]
--- response_body chomp
{"matches":[]}



=== 5: POST of a large body
--- request eval
"POST /v1/query\n" . $::query . ' ' x 300000
--- more_headers
Content-Type: application/json
--- upstream eval
[{ request => 'POST /query', reply => '{"matches":[]}' }]
--- response_body chomp
{"matches":[]}



=== 6: POST of a body larger than the limit
--- request eval
"POST /v1/query\n" . 'x' x 1100000
--- more_headers
Content-Type: application/json
--- ignore_response
--- error_log
client intended to send too large body
--- access_log
"POST /v1/query HTTP/2.0" 413



=== 7: errors
--- request eval
["GET /v1/features/user/a%20b", "GET /v1/features/user/u1", "PUT /v1/query",
 "POST /v1/query", "GET /v1/features/user/u1"]
--- upstream eval
[{ reply => '{"vectors":{}}' }, { status => 429 }]
--- error_code eval
[400, 404, 405, 415, 503]
--- response_body_like eval
[('^\{"error":"[^"]') x 5]
--- error_log
requests limited



=== 8: a large answer
--- request
GET /v1/features/user/u1
--- upstream eval
[{ reply => $::large, framing => 'chunked', chunk => 4000 }]
--- response_headers
content-length: 1000036
--- response_body_like: ^\{"id":"u1","values":\[0.25,.*,0.25\],"metadata":\{\}\}$



=== 9: an answer cut short by the index
--- request
GET /v1/features/user/u1
--- upstream eval
[{ reply => $::large, cut => 5000 }]
--- error_code: 502
--- response_body chomp
{"error":"The vector index gave no usable answer."}
--- error_log
answer cut short



=== 10: many clients
--- request
GET /v1/recommend/user/u1
--- clients: 10
--- upstream eval
[{ request => qr{^GET}, reply => $::user, times => 10 },
 { request => qr{^POST}, reply => '{"matches":[]}', times => 10 }]
--- response_body chomp
{"userId":"u1","items":[]}



=== 11: a client that leaves in the fetch
--- request
GET /v1/recommend/user/u1
--- abort_on: upstream 1
--- error_code:
--- upstream eval
[{ request => qr{^GET}, hold => 'header' }]
--- access_log
"GET /v1/recommend/user/u1 HTTP/2.0" 499



=== 12: a client that leaves in the query
--- request
GET /v1/recommend/user/u1
--- abort_on: upstream 2
--- error_code:
--- upstream eval
[{ request => qr{^GET}, reply => $::user },
 { request => qr{^POST}, reply => $::user, hold => 'body', cut => 3 }]
--- access_log
"GET /v1/recommend/user/u1 HTTP/2.0" 499



=== 13: a stream that is reset in the fetch
--- raw_request eval
[h2_preface . h2_request(1, 'GET', '/v1/recommend/user/u1'),
 h2_reset(1)]
--- continue_on: upstream 1
--- shutdown
--- ignore_response
--- upstream eval
[{ request => qr{^GET}, hold => 'header' }]
--- access_log
"GET /v1/recommend/user/u1 HTTP/2.0" 499



=== 14: a stream that is reset at once
--- raw_request eval
h2_preface . h2_request(1, 'GET', '/v1/features/user/u1') . h2_reset(1)
--- shutdown
--- ignore_response
--- upstream eval
[{ hold => 'header', optional => 1 }]
--- access_log
"GET /v1/features/user/u1 HTTP/2.0" 499



=== 15: a stream that is reset in its body
--- raw_request eval
[h2_preface . h2_request(1, 'POST', '/v1/query', 1,
                         'content-type' => 'application/json')
 . h2_data(1, '{"namespace":'), h2_reset(1)]
--- raw_request_middle_delay: 0.1
--- shutdown
--- ignore_response
--- access_log
"POST /v1/query HTTP/2.0" 4



=== 16: two streams of one connection, one reset, the other answered
--- raw_request eval
[h2_preface . h2_request(1, 'GET', '/v1/features/user/gone')
 . h2_request(3, 'GET', '/v1/features/user/u1'), h2_reset(1), '']
--- raw_request_middle_delay: 1
--- continue_on: upstream 2
--- shutdown
--- ignore_response
--- upstream eval
[{ request => qr{user%3Agone}, hold => 'header' },
 { request => qr{user%3Au1}, reply => $::user }]
--- access_log
"GET /v1/features/user/gone HTTP/2.0" 499
"GET /v1/features/user/u1 HTTP/2.0" 200



=== 17: a body in frames of one byte
--- raw_request eval
[h2_preface . h2_request(1, 'POST', '/v1/query', 1,
                         'content-type' => 'application/json')
 . join('', map { h2_data(1, $_) } split //, $::query) . h2_data(1, '', 1), '']
--- raw_request_middle_delay: 1
--- continue_on: upstream 1
--- shutdown
--- ignore_response
--- upstream eval
[{ request => 'POST /query', reply => '{"matches":[]}' }]
--- access_log
"POST /v1/query HTTP/2.0" 200



=== 18: a body without a length, as long as the window
--- raw_request eval
[h2_preface . h2_request(1, 'POST', '/v1/features/user/batch', 1,
                         'content-type' => 'application/json')
 . h2_data(1, ' ' x 16000) x 4 . h2_data(1, ' ' x 1535, 1), '']
--- raw_request_middle_delay: 1
--- shutdown
--- ignore_response
--- access_log
"POST /v1/features/user/batch HTTP/2.0" 400



=== 19: thirty streams at once, all reset
--- raw_request eval
[h2_preface . join('', map { h2_request(2 * $_ + 1, 'GET',
                                        "/v1/features/user/u$_") } 0 .. 29),
 join('', map { h2_reset(2 * $_ + 1) } 0 .. 29)]
--- continue_on: upstream 30
--- shutdown
--- ignore_response
--- upstream eval
[{ hold => 'header', times => 30 }]
--- access_log
"GET /v1/features/user/u0 HTTP/2.0" 499
"GET /v1/features/user/u29 HTTP/2.0" 499



=== 20: a stream of statistics
--- request
GET /stats/stream
--- sse: 2
--- response_headers
content-type: text/event-stream
--- response_body_like: ^retry: .*data: .*data:



=== 21: reload while the index is fetched from
--- request
GET /v1/features/user/u1
--- reload: during 1
--- upstream eval
[{ wait => 1, reply => $::user }]
--- response_body eval
$::answer
