# HTTP/2.  A body beyond the limit is left out: nginx answers before it has read
# it, which curl takes for an error whatever the answer.

use Test::Nginx::Socket;

our $config = <<'_EOC_';
    location ~ ^/u/(?<id>.+)$ {
        vfs_fetch user $id;
    }

    location ~ ^/r/(?<id>.+)$ {
        vfs_recommend $id;
    }

    location = /batch {
        client_max_body_size 64k;
        client_body_buffer_size 4k;
        vfs_batch user;
    }

    location = /stream {
        vfs_stats_stream;
    }

    location /_vfs/ {
        internal;
        proxy_pass http://127.0.0.1:$TEST_NGINX_UPSTREAM_PORT/;
    }
_EOC_

our $one = { request => qr{^GET /vectors/fetch\?ids=user%3Au1&},
             reply => '{"vectors":{"user:u1":{"values":[1]}}}' };

add_block_preprocessor(sub {
    my ($block) = @_;

    $block->set_value('config', $config);
    $block->set_value('http2', '');
    $block->set_value('no_error_log', "[alert]\n[crit]\n");
});

plan tests => blocks() * 4 + 2;

run_tests();

__DATA__

=== 1: GET
--- upstream eval: [$::one]
--- request
GET /u/u1
--- response_headers
content-type: application/json
--- response_body chomp
{"id":"u1","values":[1],"metadata":{}}



=== 2: two round trips
--- upstream eval
[$::one, { request => 'POST /query', reply => '{"matches":[{"id":"item:i1","score":1}]}' }]
--- request
GET /r/u1
--- response_body chomp
{"userId":"u1","items":[{"id":"i1","score":1}]}



=== 3: POST
--- upstream eval: [$::one]
--- more_headers
Content-Type: application/json
--- request
POST /batch
{"ids":["u1"]}
--- response_body chomp
{"features":[{"id":"u1","values":[1],"metadata":{}}],"missing":[]}



=== 4: POST of a body beyond the buffer
--- upstream eval: [$::one]
--- more_headers
Content-Type: application/json
--- request eval: "POST /batch\n" . '{"ids":[' . ' ' x 50000 . '"u1"]}'
--- response_body chomp
{"features":[{"id":"u1","values":[1],"metadata":{}}],"missing":[]}



=== 5: POST of another type, with a body
--- more_headers
Content-Type: text/plain
--- request eval: "POST /batch\n" . 'x' x 60000
--- error_code: 415
--- response_body chomp
{"error":"Content-Type: expected application/json"}



=== 6: POST where only GET is
--- request eval: "POST /u/u1\n" . 'x' x 60000
--- error_code: 405
--- response_headers
allow: GET, HEAD
--- response_body chomp
{"error":"Method not allowed, expected GET, HEAD."}



=== 7: HEAD
--- upstream eval: [$::one]
--- request
HEAD /u/u1
--- response_headers
content-length: 38
--- response_body



=== 8: an error
--- request
GET /u/a%20b
--- error_code: 400
--- response_body chomp
{"error":"id: expected 1 to 128 characters of [A-Za-z0-9_-], got \"a b\""}



=== 9: a client that leaves
--- upstream eval: [{ hold => 'header' }]
--- abort_on: upstream 1
--- request
GET /u/u1
--- ignore_response
--- error_log
vfs subrequest done: rc:499



=== 10: a client that leaves during the second round trip
--- upstream eval
[$::one, { request => 'POST /query', hold => 'header' }]
--- abort_on: upstream 2
--- request
GET /r/u1
--- ignore_response
--- error_log
vfs subrequest done: rc:499



=== 11: a stream
--- sse: 2
--- request
GET /stream
--- response_headers
content-type: text/event-stream
--- response_body_like: ^retry: 2000\nid: \d+\ndata: \{"version":1,.*\}\n\nretry:
