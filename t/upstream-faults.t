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

plan tests => 154;

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



=== 16: 200 with an empty body
--- upstream eval
[{ reply => '' }]
--- request
GET /u/u1
--- error_code: 502
--- response_body chomp
{"error":"The vector index gave no usable answer."}
--- error_log
vfs: fetch of the index failed: unexpected end, upstream status 200, 0 bytes: ""



=== 17: a gzipped answer
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



=== 18: a length beyond the limit
--- upstream eval
[{ reply => '{"vectors":{' . ' ' x 5000 . '}}' }]
--- request
GET /u/u1
--- error_code: 502
--- response_body chomp
{"error":"The vector index gave no usable answer."}
--- error_log
vfs: fetch of the index failed: answer larger than vfs_max_response_size



=== 19: chunks beyond the limit
--- upstream eval
[{ reply => '{"vectors":{' . ' ' x 5000 . '}}', framing => 'chunked', chunk => 500 }]
--- request
GET /u/u1
--- error_code: 502
--- response_body chomp
{"error":"The vector index gave no usable answer."}
--- error_log
vfs: fetch of the index failed: answer larger than vfs_max_response_size



=== 20: an answer of exactly the limit
--- upstream eval
[{ reply => $::vector . ' ' x (4096 - length $::vector) }]
--- request
GET /u/u1
--- response_body chomp
{"id":"u1","values":[1,2],"metadata":{}}
--- no_error_log
[alert]
[error]



=== 21: an answer beyond the limit that does not end
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



=== 22: the same with buffering off
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



=== 23: a vector with buffering off
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



=== 24: a header larger than the buffer
--- upstream eval
[{ reply => $::vector, reply_headers => ['X-Large: ' . 'x' x 9000] }]
--- request
GET /u/u1
--- error_code: 502
--- response_body chomp
{"error":"The vector index gave no usable answer."}
--- error_log
vfs: fetch of the index failed: no answer



=== 25: a query that is refused for its limits
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



=== 26: a query that times out
--- upstream eval
[{ hold => 'header' }]
--- request
GET /s/u1
--- error_code: 504
--- response_body chomp
{"error":"The vector index did not answer in time."}
--- error_log
vfs: query of the index failed: timed out, upstream status 504



=== 27: recommend, the fetch fails and no query follows
--- upstream eval
[{ status => 500, reply => '' }]
--- request
GET /r/u1
--- error_code: 502
--- response_body chomp
{"error":"The vector index gave no usable answer."}
--- error_log
vfs: fetch of the index failed: unexpected status, upstream status 500



=== 28: recommend, the query fails after the fetch
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



=== 29: recommend, the query is cut short
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



=== 30: what the index says is cut and made printable in the log
--- upstream eval
[{ status => 500, reply => "line\nbreak\e[31m" . "x" x 1000 }]
--- request
GET /u/u1
--- error_code: 502
--- response_body chomp
{"error":"The vector index gave no usable answer."}
--- error_log eval
[qr/1015 bytes: "line\\x0abreak\\x1b\[31mx{100,180}\.\.\."/]



=== 31: a length beyond all memory
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
