# What of a client's request reaches the index, and what of the index's answer
# reaches the client, with conf/vfs.conf as it is.

use Test::Nginx::Socket;
use DropIn;

$ENV{TEST_NGINX_HTML_DIR} ||= html_dir();

our $user = feature_json('user:u1', '[1,-0.5]');

# What the index must never see.
our $noise = join "\n", 'Cookie: session=secret', 'Authorization: Bearer secret',
    'Range: bytes=0-1', 'If-None-Match: "x"', 'Accept-Encoding: gzip',
    'User-Agent: noise', 'X-Forwarded-For: 10.0.0.1', 'Api-Key: secret',
    'traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    'TE: trailers', 'Upgrade: h2c';

our $pooled = <<'_EOC_';
    upstream pooled {
        server 127.0.0.1:$TEST_NGINX_UPSTREAM_PORT;
        keepalive 4;
    }
_EOC_

add_block_preprocessor(sub {
    my ($block) = @_;

    $block->set_value('config', drop_in()) if !$block->has('config');
    $block->set_value('upstream', []) if !$block->has('upstream');
    $block->set_value('no_error_log', "[warn]\n[error]\n")
        if !$block->has('no_error_log');
});

plan tests => 202;

run_tests();

__DATA__

=== 1: a fetch carries nothing of the client's request
--- request
GET /v1/features/user/u1?x=%26&namespace=evil
--- more_headers eval
$::noise
--- upstream eval
[{ reply => $::user }]
--- upstream_requests
GET /vectors/fetch?ids=user%3Au1&namespace=user-features HTTP/1.1
Content-Type: application/json
X-Pinecone-Api-Version: 2026-04
Host: 127.0.0.1:$TEST_NGINX_UPSTREAM_PORT



=== 2: a query carries nothing but its body
--- request
POST /v1/query?x=1

{"id":"u1", "topK" : 2, "namespace":"user-features","includeMetadata":true}
--- more_headers eval
"$::noise\nContent-Type: application/json; charset=utf-8"
--- upstream eval
[{ reply => '{"matches":[]}' }]
--- upstream_requests
POST /query HTTP/1.1
Content-Type: application/json
X-Pinecone-Api-Version: 2026-04
Host: 127.0.0.1:$TEST_NGINX_UPSTREAM_PORT
Content-Length: 98

{"topK":2,"includeMetadata":true,"includeValues":false,"namespace":"user-features","id":"user:u1"}



=== 3: a batch is one fetch
--- request
POST /v1/features/item/batch

{"ids":["a","b-_C"]}
--- more_headers eval
"$::noise\nContent-Type: application/json"
--- upstream eval
[{ reply => '{"vectors":{}}' }]
--- upstream_requests
GET /vectors/fetch?ids=item%3Aa&ids=item%3Ab-_C&namespace=item-features HTTP/1.1
Content-Type: application/json
X-Pinecone-Api-Version: 2026-04
Host: 127.0.0.1:$TEST_NGINX_UPSTREAM_PORT



=== 4: recommend is a fetch and a query, the vector's digits as they came
--- request
GET /api/v1/recommend/user/u1?topK=7&filter=x
--- more_headers eval
$::noise
--- upstream eval
[{ reply => main::feature_json('user:u1', '[1.50, -0.0e+2,0.10000000149011612]') },
 { reply => '{"matches":[]}' }]
--- upstream_requests
GET /vectors/fetch?ids=user%3Au1&namespace=user-features HTTP/1.1
Content-Type: application/json
X-Pinecone-Api-Version: 2026-04
Host: 127.0.0.1:$TEST_NGINX_UPSTREAM_PORT

POST /query HTTP/1.1
Content-Type: application/json
X-Pinecone-Api-Version: 2026-04
Host: 127.0.0.1:$TEST_NGINX_UPSTREAM_PORT
Content-Length: 128

{"topK":7,"includeMetadata":true,"includeValues":false,"namespace":"item-features","vector":[1.50, -0.0e+2,0.10000000149011612]}
--- response_body chomp
{"userId":"u1","items":[]}



=== 5: neighbours are one query by id, and one more than asked for
--- request
GET /v1/features/item/i-1/similar?topK=3
--- more_headers eval
$::noise
--- upstream eval
[{ reply => '{"matches":[{"id":"item:i-1","score":1},{"id":"item:x","score":0.5}]}' }]
--- upstream_requests eval
[qr/\n\{"topK":4,"includeMetadata":true,"includeValues":false,"namespace":"item-features","id":"item:i-1"\}\n$/]
--- response_body chomp
{"sourceItemId":"i-1","similar":[{"id":"x","score":0.5}]}



=== 6: HEAD is a GET for the index
--- request
HEAD /v1/features/user/u1
--- upstream eval
[{ request => qr{^GET /vectors/fetch}, reply => $::user }]
--- response_headers
Content-Length: 43
Content-Type: application/json
--- response_body



=== 7: a range is not asked for, and not answered
--- request
GET /v1/features/user/u1
--- more_headers
Range: bytes=0-3
--- upstream eval
[{ headers => { Range => undef }, reply => $::user }]
--- response_headers
!Content-Range
--- response_body chomp
{"id":"u1","values":[1,-0.5],"metadata":{}}



=== 8: nothing of the index's header reaches the client
--- request
GET /v1/features/user/u1
--- upstream eval
[{ reply => $::user, reply_headers => ['Set-Cookie: a=b', 'X-Index: secret',
   'Content-Type: text/html', 'ETag: "upstream"', 'Server: index',
   'X-Accel-Redirect: /stats', 'X-Accel-Limit-Rate: 1', 'X-Accel-Charset: x',
   'X-Accel-Expires: 10', 'Refresh: 0', 'WWW-Authenticate: x'] }]
--- response_headers
Content-Type: application/json
!Set-Cookie
!X-Index
!ETag
!Refresh
!WWW-Authenticate
--- raw_response_headers_unlike: secret|index
--- response_body chomp
{"id":"u1","values":[1,-0.5],"metadata":{}}



=== 9: nothing of an error's text reaches the client
--- request
GET /v1/features/user/u1
--- upstream eval
[{ status => 500, reply => '<b>stack trace</b>', reason => 'Whoops',
   reply_headers => ['Content-Type: text/html'] }]
--- error_code: 502
--- response_headers
Content-Type: application/json
--- response_body chomp
{"error":"The vector index gave no usable answer."}
--- error_log
stack trace
--- no_error_log
[alert]



=== 10: ids that are none never reach the index, wherever they stand
--- request eval
my @bad = ('a%26namespace=x', 'a%00', 'a%0d%0aX:%20y', '%22%7d', "%f0%9f%98%80",
    'a%2fb', '..', 'a%20b', 'a+b', '%e2%80%ae', 'a' x 129);
[map { ("GET /v1/features/user/$_", "GET /v1/features/item/$_/similar",
        "GET /v1/recommend/user/$_") } @bad]
--- error_code_like eval
[('^40[04]$') x 33]
--- no_error_log
[alert]



=== 11: such ids in a batch
--- request eval
[map { "POST /v1/features/user/batch\n{\"ids\":[\"ok\",\"$_\"]}" } 'a&b', "a\0",
    'a\u0000', 'a\r\nb', '\"', "\xf0\x9f\x98\x80", '', 'a b', 'a' x 129]
--- more_headers
Content-Type: application/json
--- error_code eval
[(400) x 9]
--- no_error_log
[alert]



=== 12: such ids in a query
--- request eval
[map { "POST /v1/query\n{\"topK\":1,\"namespace\":\"user-features\",\"id\":\"$_\"}" }
    'a&b', "a\0", 'a\u0000', 'a\r\nb', '\"', "\xf0\x9f\x98\x80", '', 'a' x 129]
--- more_headers
Content-Type: application/json
--- error_code eval
[(400) x 8]
--- no_error_log
[alert]



=== 13: one connection to the index serves many requests
--- http_config eval
$::pooled
--- config eval
main::drop_in(['127\.0\.0\.1:\$TEST_NGINX_UPSTREAM_PORT', 'pooled'])
--- request eval
["GET /v1/features/user/u1", "GET /v1/recommend/user/u1",
 "GET /v1/features/user/u1/similar"]
--- upstream eval
[{ request => qr{^GET}, reply => $::user, times => 2, framing => 'chunked' },
 { request => qr{^POST}, reply => '{"matches":[]}', times => 2 }]
--- error_code eval
[200, 200, 404]
--- upstream_connections: 1



=== 14: and so do answers without a body, and those that are refused
--- http_config eval
$::pooled
--- config eval
main::drop_in(['127\.0\.0\.1:\$TEST_NGINX_UPSTREAM_PORT', 'pooled'])
--- request eval
[("GET /v1/features/user/u1") x 4]
--- upstream eval
[{ status => 204 }, { status => 429, reply => 'slow down' },
 { status => 500, framing => 'chunked', reply => 'oh' }, { reply => $::user }]
--- error_code eval
[502, 503, 502, 200]
--- upstream_connections: 1
--- no_error_log
[alert]



=== 15: a connection whose answer was cut is not used again
--- http_config eval
$::pooled
--- config eval
main::drop_in(['127\.0\.0\.1:\$TEST_NGINX_UPSTREAM_PORT', 'pooled'])
--- request eval
[("GET /v1/features/user/u1") x 3]
--- upstream eval
[{ reply => $::user, length => 20 }, { reply => $::user, cut => 10 },
 { reply => $::user }]
--- error_code eval
[502, 502, 200]
--- upstream_connections: 3
--- no_error_log
[alert]



=== 16: nor is one whose client has left
--- http_config eval
$::pooled
--- config eval
main::drop_in(['127\.0\.0\.1:\$TEST_NGINX_UPSTREAM_PORT', 'pooled'])
--- request eval
[("GET /v1/features/user/u1") x 2]
--- abort_on eval
["upstream 1", undef]
--- upstream eval
[{ reply => $::user, hold => 'body', cut => 10 }, { reply => $::user }]
--- error_code eval
['', 200]
--- upstream_connections: 2



=== 17: a key of the index stays out of the log, even when the index says it
--- config eval
main::drop_in(['proxy_http_version', 'vfs_api_key_file $TEST_NGINX_HTML_DIR/key;'
               . ' proxy_set_header Api-Key $vfs_api_key; proxy_http_version'])
--- user_files
>>> key
pcsk_topsecret
--- request
GET /v1/features/user/u1
--- upstream eval
[{ headers => { 'Api-Key' => 'pcsk_topsecret' }, status => 401,
   reply => 'no such key: pcsk_topsecret, sorry' }]
--- error_code: 502
--- response_body_unlike: topsecret
--- log_level: info
--- error_log
no such key: ***, sorry
--- no_error_log
topsecret
--- access_log
"GET /v1/features/user/u1 HTTP/1.1" 502



=== 18: Retry-After is passed on, and nothing that only looks like it
--- request eval
[("GET /v1/features/user/u1") x 5]
--- upstream eval
[map { { status => 429, reply_headers => ["Retry-After: $_"] } } '7',
 'Wed, 21 Oct 2026 07:28:00 GMT', '-1', '<b>', '9999999999']
--- error_code eval
[(503) x 5]
--- response_headers eval
["Retry-After: 7", "Retry-After: Wed, 21 Oct 2026 07:28:00 GMT",
 ("Retry-After: 1") x 3]
--- no_error_log
[alert]
