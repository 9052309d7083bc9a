# Statuses but 200: the index's, those of something in between and those of the
# internal location; what the client and the log are told about them.

use Test::Nginx::Socket;

our $config = <<'_EOC_';
    location ~ ^/u/(?<id>.+)$ {
        vfs_fetch user $id;
    }

    location /_vfs/ {
        internal;
        proxy_pass http://127.0.0.1:$TEST_NGINX_UPSTREAM_PORT/;
        proxy_read_timeout 10s;
    }
_EOC_

our $vector = '{"vectors":{"user:u1":{"id":"user:u1","values":[1,2]}}}';

add_block_preprocessor(sub {
    my ($block) = @_;

    $block->set_value('config', $config) if !defined $block->config;
    $block->set_value('no_error_log', "[alert]\n[crit]\n")
        if !defined $block->no_error_log;
});

plan tests => 118;

run_tests();

__DATA__

=== 1: 204
--- upstream eval
[{ raw => "HTTP/1.1 204 No Content\r\n\r\n" }]
--- request
GET /u/u1
--- error_code: 502
--- response_body chomp
{"error":"The vector index gave no usable answer."}
--- error_log
vfs: fetch of the index failed: unexpected status, upstream status 204



=== 2: a redirect is not followed
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



=== 3: 400, what the index says stays in the log
--- upstream eval
[{ status => 400, reply => '{"code":3,"message":"Vector dimension 768"}' }]
--- request
GET /u/u1
--- error_code: 502
--- response_body chomp
{"error":"The vector index refused the request."}
--- error_log
vfs: fetch of the index failed: request refused, upstream status 400, 43 bytes: "{"code":3,"message":"Vector dimension 768"}"



=== 4: 401
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



=== 5: 403
--- upstream eval
[{ status => 403, reply => '{}' }]
--- request
GET /u/u1
--- error_code: 502
--- response_body chomp
{"error":"The vector index gave no usable answer."}
--- error_log
vfs: fetch of the index failed: API key refused, upstream status 403



=== 6: 404
--- upstream eval
[{ status => 404, reply => '{"code":5,"message":"Namespace not found"}' }]
--- request
GET /u/u1
--- error_code: 502
--- response_body chomp
{"error":"The vector index gave no usable answer."}
--- error_log
vfs: fetch of the index failed: unexpected status, upstream status 404



=== 7: 408
--- upstream eval
[{ status => 408, reply => '' }]
--- request
GET /u/u1
--- error_code: 504
--- response_body chomp
{"error":"The vector index did not answer in time."}
--- error_log
vfs: fetch of the index failed: timed out, upstream status 408



=== 8: 429 with Retry-After in seconds
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



=== 9: 429 without Retry-After
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



=== 10: 503 with Retry-After as a date
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



=== 11: a Retry-After that is neither is not passed on
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



=== 12: 500
--- upstream eval
[{ status => 500, reply => '{"code":13,"message":"Internal error"}' }]
--- request
GET /u/u1
--- error_code: 502
--- response_body chomp
{"error":"The vector index gave no usable answer."}
--- error_log
vfs: fetch of the index failed: unexpected status, upstream status 500



=== 13: 502 of something in between
--- upstream eval
[{ status => 502, reply => '<html>' }]
--- request
GET /u/u1
--- error_code: 502
--- response_body chomp
{"error":"The vector index gave no usable answer."}
--- error_log
vfs: fetch of the index failed: unexpected status, upstream status 502, 6 bytes: "<html>"



=== 14: 504 of something in between
--- upstream eval
[{ status => 504, reply => '' }]
--- request
GET /u/u1
--- error_code: 504
--- response_body chomp
{"error":"The vector index did not answer in time."}
--- error_log
vfs: fetch of the index failed: timed out, upstream status 504



=== 15: X-Accel-Redirect is not followed where it is ignored
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



=== 16: X-Accel-Redirect to a file, where it is not ignored, is still no vector
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



=== 17: errors intercepted by the operator's error_page
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



=== 18: an intercepted 502 of the index
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



=== 19: no internal location
--- config
    location ~ ^/u/(?<id>.+)$ { vfs_fetch user $id; vfs_index /nowhere/; }
--- request
GET /u/u1
--- error_code: 502
--- response_body chomp
{"error":"The vector index gave no usable answer."}
--- error_log
vfs: fetch of the index failed: unexpected status, upstream status 404



=== 20: the internal location limits requests
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



=== 21: a Retry-After of too many seconds is not passed on
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
