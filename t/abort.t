# Clients that leave, in every state of a request

use Test::Nginx::Socket;

# Statistics are asked for in a request of its own, after the one that was
# broken off: no request may stay in flight.

our $config = <<'_EOC_';
    location ~ ^/u/(?<id>.+)$ {
        vfs_fetch user $id;
    }

    location ~ ^/r/(?<id>.+)$ {
        vfs_recommend $id;
    }

    location = /batch {
        client_body_buffer_size 64k;
        vfs_batch user;
    }

    location /_vfs/ {
        internal;
        proxy_pass http://127.0.0.1:$TEST_NGINX_UPSTREAM_PORT/;
        proxy_read_timeout 30s;
    }
_EOC_

our $vector = '{"vectors":{"user:u1":{"values":[1,2]}}}';

add_block_preprocessor(sub {
    my ($block) = @_;

    $block->set_value('config', $config);
    $block->set_value('ignore_response', '') if !defined $block->error_code;
    $block->set_value('no_error_log', "[alert]\n[crit]\n");
});

plan tests => blocks() * 3 + 2;

run_tests();

__DATA__

=== 1: while the index does not answer
--- upstream eval: [{ hold => 'header' }]
--- abort_on: upstream 1
--- request
GET /u/u1
--- error_log
vfs subrequest done: rc:499



=== 2: by a reset
--- upstream eval: [{ hold => 'header' }]
--- abort_on: upstream 1
--- rst
--- request
GET /u/u1
--- error_log
vfs subrequest done: rc:499



=== 3: while the body of the index comes
--- upstream eval: [{ reply => $::vector, cut => 10, hold => 'body' }]
--- abort_on: upstream 1
--- request
GET /u/u1
--- error_log
vfs subrequest done: rc:



=== 4: recommend, during the fetch
--- upstream eval: [{ request => qr{^GET }, hold => 'header' }]
--- abort_on: upstream 1
--- request
GET /r/u1
--- error_log
vfs subrequest done: rc:499



=== 5: recommend, during the query
--- upstream eval
[{ request => qr{^GET }, reply => $::vector }, { request => 'POST /query', hold => 'header' }]
--- abort_on: upstream 2
--- request
GET /r/u1
--- error_log
vfs subrequest done: rc:499



=== 6: recommend, during the query, by a reset
--- upstream eval
[{ request => qr{^GET }, reply => $::vector }, { request => 'POST /query', reply => '{"matches":[]}', cut => 3, hold => 'body' }]
--- abort_on: upstream 2
--- rst
--- request
GET /r/u1
--- error_log
vfs subrequest done: rc:



=== 7: before the body of the request is complete
--- abort_on: sent 150
--- more_headers
Content-Type: application/json
--- request eval: "POST /batch\n" . '{"ids":[' . ' ' x 1000 . '"u1"]}'
--- error_log
client prematurely closed connection



=== 8: many clients
--- upstream eval: [{ hold => 'header', times => 20 }]
--- clients: 20
--- abort_on: upstream 20
--- request
GET /u/u1
--- error_log
vfs subrequest done: rc:499



=== 9: a pipelined second request, while the first one waits
--- upstream eval: [{ hold => 'header' }]
--- abort_on: upstream 1
--- raw_request eval
"GET /u/u1 HTTP/1.1\r\nHost: x\r\n\r\nGET /u/u2 HTTP/1.1\r\nHost: x\r\n\r\n"
--- error_log
vfs subrequest done: rc:



=== 10: a client that stays
--- upstream eval: [{ reply => $::vector, delay => 0.1 }]
--- request
GET /u/u1
--- error_code: 200
--- response_body_like: ^\{"id":"u1"
--- error_log
vfs subrequest done: rc:0
