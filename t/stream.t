# GET stats/stream: server-sent events

use Test::Nginx::Socket;

our $config = <<'_EOC_';
    location = /stream { vfs_stats_stream; }
    location = /api/stream { vfs_stats_stream; vfs_max_streams 2; }
    location = /zero { vfs_stats_stream; vfs_max_streams 0; }
    location = /gzip { gzip on; gzip_types text/event-stream; gzip_min_length 0; vfs_stats_stream; }

    # the upstream knows when the stream begins

    location = /touch {
        auth_request /_touch;
        vfs_stats_stream;
    }

    location = /_touch {
        internal;
        proxy_pass http://127.0.0.1:$TEST_NGINX_UPSTREAM_PORT/;
    }
_EOC_

add_block_preprocessor(sub {
    my ($block) = @_;

    $block->set_value('config', $config);
    $block->set_value('no_error_log', "[alert]\n[error]\n")
        if !defined $block->no_error_log;
});

plan tests => 63;

run_tests();

__DATA__

=== 1: the first event comes at once, the next ones each second
--- sse: 3
--- timeout: 30
--- request
GET /stream
--- response_headers
Content-Type: text/event-stream
Cache-Control: no-cache
X-Accel-Buffering: no
Transfer-Encoding: chunked
!Content-Length
--- response_body_like: ^(retry: 2000\nid: \d{13}\ndata: \{"version":1,[^\n]*\}\n\n){3}$



=== 2: HEAD
--- request
HEAD /stream
--- response_headers
Content-Type: text/event-stream
--- response_body



=== 3: POST
--- request
POST /stream
--- error_code: 405
--- response_headers
Allow: GET, HEAD



=== 4: no streams allowed
--- request
GET /zero
--- error_code: 503
--- response_headers
Retry-After: 5
Content-Type: application/json
--- response_body chomp
{"error":"Too many streams are open."}



=== 5: several listeners
--- sse: 2
--- clients: 5
--- timeout: 30
--- request
GET /stream
--- response_body_like: ^(retry: 2000\nid: \d{13}\ndata: \{[^\n]*\}\n\n){2}$



=== 6: places are free again when listeners have gone
--- sse: 1
--- request eval: [('GET /api/stream') x 5]
--- error_code eval: [(200) x 5]
--- response_body_like eval: [(qr/^retry/) x 5]



=== 7: HTTP/1.0
--- sse: 2
--- timeout: 30
--- request
GET /stream HTTP/1.0
--- response_headers
Content-Type: text/event-stream
!Transfer-Encoding
--- response_body_like: ^(retry: 2000\nid: \d{13}\ndata: \{[^\n]*\}\n\n){2}$



=== 8: a reload ends the stream within a second
--- upstream eval: [{ request => 'GET /', reply => 'ok' }]
--- timeout: 30
--- reload: during 1
--- request
GET /touch
--- response_body_like: ^retry: 2000\nid: \d{13}\ndata: \{[^\n]*\}\n\n



=== 9: compressed
--- timeout: 3
--- abort
--- more_headers
Accept-Encoding: gzip
--- request
GET /gzip
--- response_headers
Content-Encoding: gzip
--- response_body_like eval: qr/^\x1f\x8b/
