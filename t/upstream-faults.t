# What the index may do wrong on the way to an answer, and what the client and
# the log are told about it.

use Test::Nginx::Socket;

our $config = <<'_EOC_';
    location ~ ^/u/(?<id>.+)$ {
        vfs_fetch user $id;
        vfs_max_response_size 4k;
    }

    location ~ ^/s/(?<id>.+)$ {
        vfs_similar user $id;
    }

    location ~ ^/r/(?<id>.+)$ {
        vfs_recommend $id;
    }

    location /_vfs/ {
        internal;
        proxy_pass http://127.0.0.1:$TEST_NGINX_UPSTREAM_PORT/;
        proxy_read_timeout 10s;
        proxy_connect_timeout 2s;
    }
_EOC_

our $vector = '{"vectors":{"user:u1":{"id":"user:u1","values":[1,2]}}}';

add_block_preprocessor(sub {
    my ($block) = @_;

    $block->set_value('config', $config) if !defined $block->config;

    # only an index that stops for good is waited for in vain

    if (grep { $_->{hold} } @{$block->upstream || []}) {
        $block->set_value('config',
            $block->config =~ s/read_timeout 10s/read_timeout 1s/r);
    }

    $block->set_value('no_error_log', "[alert]\n[crit]\n")
        if !defined $block->no_error_log;
});

plan tests => blocks() * 5 + 12;

run_tests();

__DATA__

=== 1: connection refused
--- config
    location ~ ^/u/(?<id>.+)$ { vfs_fetch user $id; }

    location /_vfs/ {
        internal;
        proxy_pass http://127.0.0.1:$TEST_NGINX_CLOSED_PORT/;
    }
--- request
GET /u/u1
--- error_code: 503
--- response_headers
Content-Type: application/json
Retry-After: 1
--- response_body chomp
{"error":"The vector index is unavailable or limiting requests."}
--- error_log
vfs: fetch of the index failed: no connection, upstream status 502



=== 2: closed before the header
--- upstream eval
[{ raw => '' }]
--- request
GET /u/u1
--- error_code: 502
--- response_body chomp
{"error":"The vector index gave no usable answer."}
--- error_log
vfs: fetch of the index failed: no answer, upstream status 502



=== 3: closed in the middle of the header
--- upstream eval
[{ reply => $::vector, head_cut => 20 }]
--- request
GET /u/u1
--- error_code: 502
--- response_body chomp
{"error":"The vector index gave no usable answer."}
--- error_log
vfs: fetch of the index failed: no answer, upstream status 502



=== 4: reset instead of an answer
--- upstream eval
[{ raw => '', rst => 1 }]
--- request
GET /u/u1
--- error_code: 502
--- response_body chomp
{"error":"The vector index gave no usable answer."}
--- error_log
vfs: fetch of the index failed: no answer, upstream status 502



=== 5: a header that never comes
--- upstream eval
[{ hold => 'header' }]
--- request
GET /u/u1
--- error_code: 504
--- response_body chomp
{"error":"The vector index did not answer in time."}
--- error_log
vfs: fetch of the index failed: timed out, upstream status 504



=== 6: a slow header
--- upstream eval
[{ reply => $::vector, delay => 0.15 }]
--- request
GET /u/u1
--- response_body chomp
{"id":"u1","values":[1,2],"metadata":{}}
--- no_error_log
[alert]
[error]



=== 7: a slow body
--- upstream eval
[{ reply => $::vector, piece => [5, 0.01] }]
--- request
GET /u/u1
--- response_body chomp
{"id":"u1","values":[1,2],"metadata":{}}
--- no_error_log
[alert]
[error]



=== 8: a body that stops for good
--- upstream eval
[{ reply => $::vector, cut => 20, hold => 'body' }]
--- request
GET /u/u1
--- error_code: 502
--- response_body chomp
{"error":"The vector index gave no usable answer."}
--- error_log
vfs: fetch of the index failed: answer cut short, upstream status 200



=== 9: a body with a length, cut short
--- upstream eval
[{ reply => $::vector, cut => 30, close => 1 }]
--- request
GET /u/u1
--- error_code: 502
--- response_body chomp
{"error":"The vector index gave no usable answer."}
--- error_log
vfs: fetch of the index failed: answer cut short, upstream status 200, 30 bytes



=== 10: a chunked body, cut short between chunks
--- upstream eval
[{ reply => $::vector, framing => 'chunked', chunk => 10, cut => 30, close => 1 }]
--- request
GET /u/u1
--- error_code: 502
--- response_body chomp
{"error":"The vector index gave no usable answer."}
--- error_log
vfs: fetch of the index failed: answer cut short, upstream status 200



=== 11: a chunked body, whole JSON but no last chunk
--- upstream eval
[{ raw => "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
          . sprintf("%x\r\n%s\r\n", length $::vector, $::vector) }]
--- request
GET /u/u1
--- error_code: 502
--- response_body chomp
{"error":"The vector index gave no usable answer."}
--- error_log
vfs: fetch of the index failed: answer cut short, upstream status 200



=== 12: chunked, in chunks of one byte
--- config eval: $::config =~ s/proxy_read/proxy_http_version 1.1; proxy_read/r
--- upstream eval
[{ reply => $::vector, framing => 'chunked', chunk => 1 }]
--- request
GET /u/u1
--- response_body chomp
{"id":"u1","values":[1,2],"metadata":{}}
--- no_error_log
[alert]
[error]



=== 13: a body that ends with the connection
--- upstream eval
[{ reply => $::vector, framing => 'close' }]
--- request
GET /u/u1
--- response_body chomp
{"id":"u1","values":[1,2],"metadata":{}}
--- no_error_log
[alert]
[error]



=== 14: more bytes than the length says
--- upstream eval
[{ reply => $::vector . 'more', length => length $::vector }]
--- request
GET /u/u1
--- response_body chomp
{"id":"u1","values":[1,2],"metadata":{}}
--- error_log
upstream sent more data than specified in "Content-Length" header



=== 15: no HTTP at all
--- upstream eval
[{ raw => "SSH-2.0-OpenSSH_9.2\r\n" }]
--- request
GET /u/u1
--- error_code: 502
--- response_body chomp
{"error":"The vector index gave no usable answer."}
--- error_log
vfs: fetch of the index failed: answer is not HTTP, upstream status 0



=== 16: 204
--- upstream eval
[{ raw => "HTTP/1.1 204 No Content\r\n\r\n" }]
--- request
GET /u/u1
--- error_code: 502
--- response_body chomp
{"error":"The vector index gave no usable answer."}
--- error_log
vfs: fetch of the index failed: unexpected status, upstream status 204



=== 17: 200 with an empty body
--- upstream eval
[{ reply => '' }]
--- request
GET /u/u1
--- error_code: 502
--- response_body chomp
{"error":"The vector index gave no usable answer."}
--- error_log
vfs: fetch of the index failed: unexpected end, upstream status 200, 0 bytes: ""



=== 18: a redirect is not followed
--- upstream eval
[{ status => 302, reply_headers => ['Location: http://127.0.0.1:1/x'], reply => 'moved' }]
--- request
GET /u/u1
--- error_code: 502
--- response_headers
!Location
--- response_body chomp
{"error":"The vector index gave no usable answer."}
--- error_log
vfs: fetch of the index failed: unexpected status, upstream status 302



=== 19: 400, what the index says stays in the log
--- upstream eval
[{ status => 400, reply => '{"code":3,"message":"Vector dimension 768"}' }]
--- request
GET /u/u1
--- error_code: 502
--- response_body chomp
{"error":"The vector index refused the request."}
--- error_log
vfs: fetch of the index failed: request refused, upstream status 400, 43 bytes: "{"code":3,"message":"Vector dimension 768"}"



=== 20: 401
--- upstream eval
[{ status => 401, reply => 'Unauthorized' }]
--- request
GET /u/u1
--- error_code: 502
--- response_headers
!WWW-Authenticate
--- response_body chomp
{"error":"The vector index gave no usable answer."}
--- error_log
vfs: fetch of the index failed: API key refused, upstream status 401



=== 21: 403
--- upstream eval
[{ status => 403, reply => '{}' }]
--- request
GET /u/u1
--- error_code: 502
--- response_body chomp
{"error":"The vector index gave no usable answer."}
--- error_log
vfs: fetch of the index failed: API key refused, upstream status 403



=== 22: 404
--- upstream eval
[{ status => 404, reply => '{"code":5,"message":"Namespace not found"}' }]
--- request
GET /u/u1
--- error_code: 502
--- response_body chomp
{"error":"The vector index gave no usable answer."}
--- error_log
vfs: fetch of the index failed: unexpected status, upstream status 404



=== 23: 408
--- upstream eval
[{ status => 408, reply => '' }]
--- request
GET /u/u1
--- error_code: 504
--- response_body chomp
{"error":"The vector index did not answer in time."}
--- error_log
vfs: fetch of the index failed: timed out, upstream status 408



=== 24: 429 with Retry-After in seconds
--- upstream eval
[{ status => 429, reply_headers => ['Retry-After: 17'], reply => '{"message":"slow down"}' }]
--- request
GET /u/u1
--- error_code: 503
--- response_headers
Retry-After: 17
--- response_body chomp
{"error":"The vector index is unavailable or limiting requests."}
--- error_log
vfs: fetch of the index failed: requests limited, upstream status 429



=== 25: 429 without Retry-After
--- upstream eval
[{ status => 429, reply => '' }]
--- request
GET /u/u1
--- error_code: 503
--- response_headers
Retry-After: 1
--- response_body chomp
{"error":"The vector index is unavailable or limiting requests."}
--- error_log
vfs: fetch of the index failed: requests limited, upstream status 429



=== 26: 503 with Retry-After as a date
--- upstream eval
[{ status => 503, reply_headers => ['Retry-After: Fri, 31 Dec 2032 23:59:59 GMT'], reply => '' }]
--- request
GET /u/u1
--- error_code: 503
--- response_headers
Retry-After: Fri, 31 Dec 2032 23:59:59 GMT
--- response_body chomp
{"error":"The vector index is unavailable or limiting requests."}
--- error_log
vfs: fetch of the index failed: unavailable, upstream status 503



=== 27: a Retry-After that is neither is not passed on
--- upstream eval
[{ status => 503, reply_headers => ['Retry-After: <script>'], reply => '' }]
--- request
GET /u/u1
--- error_code: 503
--- response_headers
Retry-After: 1
--- response_body chomp
{"error":"The vector index is unavailable or limiting requests."}
--- error_log
vfs: fetch of the index failed: unavailable



=== 28: 500
--- upstream eval
[{ status => 500, reply => '{"code":13,"message":"Internal error"}' }]
--- request
GET /u/u1
--- error_code: 502
--- response_body chomp
{"error":"The vector index gave no usable answer."}
--- error_log
vfs: fetch of the index failed: unexpected status, upstream status 500



=== 29: 502 of something in between
--- upstream eval
[{ status => 502, reply => '<html>' }]
--- request
GET /u/u1
--- error_code: 502
--- response_body chomp
{"error":"The vector index gave no usable answer."}
--- error_log
vfs: fetch of the index failed: unexpected status, upstream status 502, 6 bytes: "<html>"



=== 30: 504 of something in between
--- upstream eval
[{ status => 504, reply => '' }]
--- request
GET /u/u1
--- error_code: 504
--- response_body chomp
{"error":"The vector index did not answer in time."}
--- error_log
vfs: fetch of the index failed: timed out, upstream status 504



=== 31: a gzipped answer
--- upstream eval
[{ reply => $::vector, reply_headers => ['Content-Encoding: gzip'] }]
--- request
GET /u/u1
--- error_code: 502
--- response_headers
!Content-Encoding
--- response_body chomp
{"error":"The vector index gave no usable answer."}
--- error_log
vfs: fetch of the index failed: answer with a content encoding



=== 32: a length beyond the limit
--- upstream eval
[{ reply => '{"vectors":{' . ' ' x 5000 . '}}' }]
--- request
GET /u/u1
--- error_code: 502
--- response_body chomp
{"error":"The vector index gave no usable answer."}
--- error_log
vfs: fetch of the index failed: answer larger than vfs_max_response_size



=== 33: chunks beyond the limit
--- upstream eval
[{ reply => '{"vectors":{' . ' ' x 5000 . '}}', framing => 'chunked', chunk => 500 }]
--- request
GET /u/u1
--- error_code: 502
--- response_body chomp
{"error":"The vector index gave no usable answer."}
--- error_log
vfs: fetch of the index failed: answer larger than vfs_max_response_size



=== 34: an answer of exactly the limit
--- upstream eval
[{ reply => $::vector . ' ' x (4096 - length $::vector) }]
--- request
GET /u/u1
--- response_body chomp
{"id":"u1","values":[1,2],"metadata":{}}
--- no_error_log
[alert]
[error]



=== 35: an answer beyond the limit that does not end
--- config eval: $::config =~ s/read_timeout 10s/read_timeout 60s/r
--- upstream eval
[{ reply => ' ' x 300000, framing => 'close', cut => 200000, hold => 'body' }]
--- request
GET /u/u1
--- timeout: 20
--- error_code: 502
--- response_body chomp
{"error":"The vector index gave no usable answer."}
--- error_log
vfs: fetch of the index failed: answer larger than vfs_max_response_size



=== 36: the same with buffering off
--- config eval: $::config =~ s/proxy_read_timeout 10s/proxy_buffering off; proxy_read_timeout 60s/r
--- upstream eval
[{ reply => ' ' x 300000, framing => 'close', cut => 200000, hold => 'body' }]
--- request
GET /u/u1
--- timeout: 20
--- error_code: 502
--- response_body chomp
{"error":"The vector index gave no usable answer."}
--- error_log
vfs: fetch of the index failed: answer larger than vfs_max_response_size



=== 37: a vector with buffering off
--- config eval: $::config =~ s/proxy_read_timeout/proxy_buffering off; proxy_read_timeout/r
--- upstream eval
[{ reply => $::vector, piece => [7, 0.005] }]
--- request
GET /u/u1
--- response_body chomp
{"id":"u1","values":[1,2],"metadata":{}}
--- no_error_log
[alert]
[error]



=== 38: X-Accel-Redirect is not followed where it is ignored
--- config eval: $::config =~ s/proxy_read_timeout/proxy_ignore_headers X-Accel-Redirect; proxy_read_timeout/r
--- upstream eval
[{ reply => $::vector, reply_headers => ['X-Accel-Redirect: /secret'] }]
--- request
GET /u/u1
--- response_body chomp
{"id":"u1","values":[1,2],"metadata":{}}
--- no_error_log
[alert]
[error]



=== 39: X-Accel-Redirect to a file, where it is not ignored, is still no vector
--- user_files
>>> secret.txt
do not tell
--- upstream eval
[{ reply => $::vector, reply_headers => ['X-Accel-Redirect: /secret.txt'] }]
--- request
GET /u/u1
--- error_code: 502
--- response_body chomp
{"error":"The vector index gave no usable answer."}
--- error_log
vfs: fetch of the index failed



=== 40: a header larger than the buffer
--- upstream eval
[{ reply => $::vector, reply_headers => ['X-Large: ' . 'x' x 9000] }]
--- request
GET /u/u1
--- error_code: 502
--- response_body chomp
{"error":"The vector index gave no usable answer."}
--- error_log
vfs: fetch of the index failed: no answer



=== 41: a query that is refused for its limits
--- upstream eval
[{ status => 429, reply_headers => ['Retry-After: 3'], reply => '' }]
--- request
GET /s/u1
--- error_code: 503
--- response_headers
Retry-After: 3
--- response_body chomp
{"error":"The vector index is unavailable or limiting requests."}
--- error_log
vfs: query of the index failed: requests limited, upstream status 429



=== 42: a query that times out
--- upstream eval
[{ hold => 'header' }]
--- request
GET /s/u1
--- error_code: 504
--- response_body chomp
{"error":"The vector index did not answer in time."}
--- error_log
vfs: query of the index failed: timed out, upstream status 504



=== 43: recommend, the fetch fails and no query follows
--- upstream eval
[{ status => 500, reply => '' }]
--- request
GET /r/u1
--- error_code: 502
--- response_body chomp
{"error":"The vector index gave no usable answer."}
--- error_log
vfs: fetch of the index failed: unexpected status, upstream status 500



=== 44: recommend, the query fails after the fetch
--- upstream eval
[{ request => qr{^GET }, reply => $::vector }, { request => 'POST /query', status => 503, reply => '' }]
--- request
GET /r/u1
--- error_code: 503
--- response_headers
Retry-After: 1
--- response_body chomp
{"error":"The vector index is unavailable or limiting requests."}
--- error_log
vfs: query of the index failed: unavailable, upstream status 503



=== 45: recommend, the query is cut short
--- upstream eval
[{ request => qr{^GET }, reply => $::vector },
 { request => 'POST /query', reply => '{"matches":[]}', cut => 5, close => 1 }]
--- request
GET /r/u1
--- error_code: 502
--- response_body chomp
{"error":"The vector index gave no usable answer."}
--- error_log
vfs: query of the index failed: answer cut short



=== 46: errors intercepted by the operator's error_page
--- config eval
$::config =~ s/proxy_read_timeout/proxy_intercept_errors on; error_page 429 500 502 =200 \/fallback.html; proxy_read_timeout/r
--- user_files
>>> fallback.html
hello
--- upstream eval
[{ status => 429, reply => '' }]
--- request
GET /u/u1
--- error_code: 503
--- response_body chomp
{"error":"The vector index is unavailable or limiting requests."}
--- error_log
vfs: fetch of the index failed: requests limited, upstream status 429



=== 47: an intercepted 502 of the index
--- config eval
$::config =~ s/proxy_read_timeout/proxy_intercept_errors on; error_page 502 \/fallback.html; proxy_read_timeout/r
--- upstream eval
[{ status => 502, reply => '' }]
--- request
GET /u/u1
--- error_code: 502
--- response_body chomp
{"error":"The vector index gave no usable answer."}
--- error_log
vfs: fetch of the index failed: unexpected status, upstream status 502



=== 48: no internal location
--- config
    location ~ ^/u/(?<id>.+)$ { vfs_fetch user $id; vfs_index /nowhere/; }
--- request
GET /u/u1
--- error_code: 502
--- response_body chomp
{"error":"The vector index gave no usable answer."}
--- error_log
vfs: fetch of the index failed: unexpected status, upstream status 404



=== 49: the internal location limits requests
--- http_config
    limit_req_zone $server_name zone=index:32k rate=1r/m;
--- config eval
$::config =~ s/internal;/internal; limit_req zone=index;/r
--- upstream eval
[{ reply => $::vector }]
--- request eval
["GET /u/u1", "GET /u/u1"]
--- error_code eval
[200, 503]
--- response_headers eval
["!Retry-After", "Retry-After: 1"]
--- response_body eval
['{"id":"u1","values":[1,2],"metadata":{}}', '{"error":"The vector index is unavailable or limiting requests."}']
--- error_log
limiting requests



=== 50: what the index says is cut and made printable in the log
--- upstream eval
[{ status => 500, reply => "line\nbreak\e[31m" . "x" x 1000 }]
--- request
GET /u/u1
--- error_code: 502
--- response_body chomp
{"error":"The vector index gave no usable answer."}
--- error_log eval
[qr/1015 bytes: "line\\x0abreak\\x1b\[31mx{100,180}\.\.\."/]



=== 51: a Retry-After of too many seconds is not passed on
--- upstream eval
[{ status => 503, reply_headers => ['Retry-After: 99999999'], reply => '' }]
--- request
GET /u/u1
--- error_code: 503
--- response_headers
Retry-After: 1
--- response_body chomp
{"error":"The vector index is unavailable or limiting requests."}
--- error_log
vfs: fetch of the index failed: unavailable



=== 52: a length beyond all memory
--- config eval: $::config =~ s/read_timeout 10s/read_timeout 60s/r
--- upstream eval
[{ reply => '{', length => '9000000000000000000', hold => 'body' }]
--- request
GET /u/u1
--- timeout: 20
--- error_code: 502
--- response_body chomp
{"error":"The vector index gave no usable answer."}
--- error_log
vfs: fetch of the index failed: answer larger than vfs_max_response_size
