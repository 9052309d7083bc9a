# How the body of a request arrives

use Test::Nginx::Socket;

our $config = <<'_EOC_';
    location = /batch {
        client_max_body_size 2k;
        client_body_buffer_size 2k;
        client_body_timeout 5s;
        lingering_timeout 300ms;
        error_page 400 408 413 @error;
        vfs_batch user;
    }

    location = /unlimited {
        client_max_body_size 0;
        client_body_buffer_size 1k;
        vfs_batch user;
    }

    location ~ ^/u/(?<id>.+)$ {
        vfs_fetch user $id;
        client_max_body_size 2k;
        error_page 413 @error;
    }

    location @error {
        vfs_error;
    }

    location /_vfs/ {
        internal;
        proxy_pass http://127.0.0.1:$TEST_NGINX_UPSTREAM_PORT/;
    }
_EOC_

our $body = '{"ids":["u1"]}';
our $json = "Content-Type: application/json\n";
our $one = { request => qr{^GET /vectors/fetch\?ids=user%3Au1&},
             reply => '{"vectors":{"user:u1":{"values":[1]}}}' };
our $found = '{"features":[{"id":"u1","values":[1],"metadata":{}}],"missing":[]}';

sub chunked {
    my ($line, @chunks) = @_;

    return "$line HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        . "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
        . join('', map { sprintf("%x;a=b\r\n%s\r\n", length, $_) } @chunks)
        . "0\r\n\r\n";
}

add_block_preprocessor(sub {
    my ($block) = @_;

    $block->set_value('config', $config);
    $block->set_value('no_error_log', "[alert]\n[crit]\n");
});

plan tests => blocks() * 4 + 17;

run_tests();

__DATA__

=== 1: byte by byte
--- upstream eval: [$::one]
--- trickle: 1 1ms
--- more_headers eval: $::json
--- request eval: "POST /batch\n$::body"
--- response_body eval: $::found



=== 2: head and body in pieces
--- upstream eval: [$::one]
--- raw_request_middle_delay: 50ms
--- raw_request eval
["POST /batch HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n",
 "Content-Length: 14\r\n\r\n{\"ids\"", ":[\"u1\"]}"]
--- response_body eval: $::found



=== 3: chunked
--- upstream eval: [$::one]
--- raw_request eval: main::chunked('POST /batch', '{"id', 's":["u', '1"]}')
--- response_body eval: $::found



=== 4: chunked, byte by byte
--- upstream eval: [$::one]
--- trickle: 1 1ms
--- raw_request eval: main::chunked('POST /batch', '{"id', 's":["u', '1"]}')
--- response_body eval: $::found



=== 5: malformed chunks
--- more_headers eval: $::json . "Transfer-Encoding: chunked"
--- request eval: "POST /batch\nxyz\r\n{\"id\r\n"
--- error_code: 400
--- response_body chomp
{"error":"Bad request."}



=== 6: chunked and longer than the buffer, in a file
--- upstream eval: [$::one]
--- raw_request eval: main::chunked('POST /unlimited', ' ' x 2000, $::body)
--- response_body eval: $::found



=== 7: of exactly the limit
--- upstream eval: [$::one]
--- more_headers eval: $::json
--- request eval: "POST /batch\n" . '{' . ' ' x 2034 . '"ids":["u1"]}'
--- response_body eval: $::found



=== 8: one byte beyond the limit
--- more_headers eval: $::json
--- request eval: "POST /batch\n" . '{' . ' ' x 2035 . '"ids":["u1"]}'
--- error_code: 413
--- response_headers
Content-Type: application/json
--- response_body chomp
{"error":"The request body is too large."}



=== 9: a length far beyond the limit, of which little is sent
--- raw_request eval
"POST /batch HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 100000000\r\n\r\nxxx"
--- error_code: 413
--- response_body chomp
{"error":"The request body is too large."}



=== 10: chunks beyond the limit
--- raw_request eval: main::chunked('POST /batch', (' ' x 1024) x 3)
--- error_code: 413
--- response_body chomp
{"error":"The request body is too large."}



=== 11: pipelined
--- upstream eval
[{ %$::one, times => 2 }, { request => qr{ids=user%3Au2&}, reply => '{"vectors":{}}' }]
--- more_headers eval: [$::json, $::json, $::json]
--- pipelined_requests eval
["POST /batch\n$::body", "POST /batch\n{\"ids\":[\"u2\"]}", "POST /batch\n$::body"]
--- error_code eval: [200, 200, 200]
--- response_body eval
[$::found, '{"features":[],"missing":["u2"]}', $::found]



=== 12: pipelined behind an error
--- upstream eval: [$::one]
--- more_headers eval: ['Content-Type: text/plain', $::json]
--- pipelined_requests eval: ["POST /batch\n$::body", "POST /batch\n$::body"]
--- error_code eval: [415, 200]
--- response_body eval
['{"error":"Content-Type: expected application/json"}', $::found]



=== 13: a GET with a body, byte by byte
--- upstream eval: [$::one]
--- trickle: 1 1ms
--- request
GET /u/u1
0123456789
--- response_body chomp
{"id":"u1","values":[1],"metadata":{}}



=== 14: a GET with a chunked body
--- upstream eval: [$::one]
--- raw_request eval: main::chunked('GET /u/u1', 'abc')
--- response_body chomp
{"id":"u1","values":[1],"metadata":{}}



=== 15: a GET with a body beyond the limit
--- request eval: "GET /u/u1\n" . 'x' x 3000
--- error_code: 413
--- response_body chomp
{"error":"The request body is too large."}



=== 16: GETs with bodies, pipelined
--- upstream eval: [{ %$::one, times => 2 }]
--- more_headers eval: ['', '']
--- pipelined_requests eval: ["GET /u/u1\nabc", "GET /u/u1\ndef"]
--- error_code eval: [200, 200]
--- response_body eval
['{"id":"u1","values":[1],"metadata":{}}', '{"id":"u1","values":[1],"metadata":{}}']



=== 17: Expect: 100-continue
--- upstream eval: [$::one]
--- raw_request_middle_delay: 50ms
--- raw_request eval
["POST /batch HTTP/1.0\r\nHost: x\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: 14\r\n\r\n", $::body]
--- response_body eval: $::found



=== 18: HTTP/1.0
--- upstream eval: [$::one]
--- more_headers eval: $::json
--- request eval: "POST /batch HTTP/1.0\n$::body"
--- response_body eval: $::found
