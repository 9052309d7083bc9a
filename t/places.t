# Endpoints that ask the index, in places where other modules lead requests to:
# subrequests, error pages, try_files, post_action; and modules around them

use Test::Nginx::Socket;

$ENV{TEST_NGINX_HTML_DIR} ||= html_dir();

our $http_config = <<'_EOC_';
    proxy_cache_path cache keys_zone=cache:1m;
_EOC_

our $index = <<'_EOC_';
    location /_vfs/ {
        internal;
        proxy_pass http://127.0.0.1:$TEST_NGINX_UPSTREAM_PORT/;
    }
_EOC_

# An index that answers whatever it is asked, after a while.

sub index_of {
    my ($delay) = @_;

    return [
        { request => qr{^GET /vectors/fetch}, times => '*', optional => 1,
          delay => $delay, reply => '{"vectors":{"user:u1":{"values":[1]}}}' },
        { request => 'POST /query', times => '*', optional => 1,
          delay => $delay, reply => '{"matches":[{"id":"item:i1","score":1}]}' },
    ];
}

our $quick = index_of(0);
our $slow = index_of(0.3);

our $user = '{"id":"u1","values":[1],"metadata":{}}';
our $items = '{"userId":"u1","items":[{"id":"i1","score":1}]}';

add_block_preprocessor(sub {
    my ($block) = @_;

    $block->set_value('http_config', $http_config)
        if !defined $block->http_config;
    $block->set_value('config', $block->config . $index)
        if $block->config !~ m{location /_vfs/};
    $block->set_value('upstream', $quick) if !defined $block->upstream;
    $block->set_value('no_error_log', "[alert]\n[crit]\n")
        if !defined $block->no_error_log;
});

plan tests => 168;

run_tests();

__DATA__

=== 1: server-side includes that ask the index, three at once
--- config
    location = /p.html { ssi on; root $TEST_NGINX_HTML_DIR; }
    location = /r { vfs_recommend u1; }
    location = /u { vfs_fetch user u1; }
--- user_files
>>> p.html
A<!--# include virtual="/r" -->B<!--# include virtual="/u" -->C<!--# include virtual="/r" -->D
--- request
GET /p.html
--- response_body
A{"userId":"u1","items":[{"id":"i1","score":1}]}B{"id":"u1","values":[1],"metadata":{}}C{"userId":"u1","items":[{"id":"i1","score":1}]}D



=== 2: an include that waits, and one into a variable
--- config
    location = /p.html { ssi on; root $TEST_NGINX_HTML_DIR; }
    location = /r { vfs_recommend u1; }
--- user_files
>>> p.html
A<!--# include virtual="/r" wait="yes" -->B<!--# include virtual="/r" set="x" --><!--# echo var="x" encoding="none" -->C
--- request
GET /p.html
--- response_body_like: ^A\{"userId".*\}B



=== 3: before and after a file
--- config
    location = /p.txt { add_before_body /r; add_after_body /u; addition_types *; root $TEST_NGINX_HTML_DIR; }
    location = /r { vfs_recommend u1; }
    location = /u { vfs_fetch user u1; }
--- user_files
>>> p.txt
--BODY--
--- request
GET /p.txt
--- response_body_like: items.*BODY.*values



=== 4: the client leaves while a page is put together
--- config
    location = /p.html { ssi on; root $TEST_NGINX_HTML_DIR; }
    location = /r { vfs_recommend u1; }
--- user_files
>>> p.html
A<!--# include virtual="/r" -->B<!--# include virtual="/r" -->D
--- upstream eval: $::slow
--- abort_on: upstream 2
--- request
GET /p.html
--- ignore_response



=== 5: an auth_request that asks the index
--- config
    location = /s { auth_request /r; root $TEST_NGINX_HTML_DIR; }
    location = /r { vfs_recommend u1; }
--- user_files
>>> s
static
--- request
GET /s
--- response_body
static



=== 6: the client leaves while auth_request asks
--- config
    location = /u { auth_request /m; vfs_recommend u1; }
    location = /m { internal; vfs_recommend u1; }
--- upstream eval: $::slow
--- abort_on: upstream 2
--- request
GET /u
--- ignore_response



=== 7: a mirror that asks the index, too
--- config
    location = /u { mirror /m; vfs_fetch user u1; }
    location = /m { internal; vfs_recommend u1; }
--- request
GET /u
--- response_body eval: $::user



=== 8: a mirror that takes longer than the client's answer
--- config
    location = /u { mirror /m; return 200 x; }
    location = /z { mirror /m; root $TEST_NGINX_HTML_DIR; }
    location = /m { internal; vfs_recommend u1; }
--- user_files
>>> z
static
--- upstream eval: $::slow
--- request
GET /z
--- response_body
static



=== 9: the client of a mirrored request leaves
--- config
    location = /u { mirror /m; vfs_recommend u1; }
    location = /m { internal; vfs_recommend u1; }
--- upstream eval: $::slow
--- abort_on: upstream 2
--- request
GET /u
--- ignore_response



=== 10: post_action behind a file
--- config
    location = /s { post_action /r; root $TEST_NGINX_HTML_DIR; }
    location = /r { vfs_recommend u1; }
--- user_files
>>> s
static
--- request
GET /s
--- response_body
static



=== 11: post_action behind an endpoint that asked twice
--- config
    location = /s { post_action /r; vfs_recommend u1; }
    location = /r { vfs_recommend u1; }
--- request
GET /s
--- response_body eval: $::items



=== 12: the same with a slow index
--- config
    location = /s { post_action /r; vfs_fetch user u1; }
    location = /r { vfs_recommend u1; }
--- upstream eval: $::slow
--- request
GET /s
--- response_body eval: $::user



=== 13: try_files
--- config
    location /n { try_files $uri @f; root $TEST_NGINX_HTML_DIR; }
    location @f { vfs_fetch user u1; }
--- request
GET /nothing
--- response_body eval: $::user



=== 14: refused before the body was read
--- config
    location = /b { auth_request /deny; error_page 403 = /r; vfs_batch user; }
    location = /deny { return 403; }
    location = /r { vfs_recommend u1; }
--- more_headers
Content-Type: application/json
--- request
POST /b
{"ids":["u1"]}
--- response_body eval: $::items



=== 15: a body that is too large, still being sent, leads to a fetch
--- config
    location = /b { client_max_body_size 1k; vfs_batch user; error_page 413 = /u; }
    location = /u { vfs_fetch user u1; }
--- upstream eval: $::slow
--- more_headers
Content-Type: application/json
--- trickle: 20000 0.05
--- request eval: "POST /b\n" . 'x' x 200000
--- error_code: 200
--- response_body eval: $::user



=== 16: a body that nobody reads, still being sent, leads to a recommendation
--- config
    location = /b { deny all; vfs_batch user; error_page 403 = /u; }
    location = /u { vfs_recommend u1; allow all; }
--- upstream eval: $::slow
--- more_headers
Content-Type: application/json
--- trickle: 20000 0.05
--- request eval: "POST /b\n" . 'x' x 200000
--- error_code: 200
--- response_body eval: $::items



=== 17: what a filter refuses after the index was asked twice: the error page
--- config
    location = /r { vfs_recommend u1; vfs_etag on; error_page 412 @e; }
    location @e { vfs_error; }
--- more_headers
If-Match: "nope"
--- request
GET /r
--- error_code: 412
--- response_body_like: error



=== 18: or, where that would ask the index again, the end of the connection
--- config
    location = /r { vfs_recommend u1; vfs_etag on; error_page 412 = /u; }
    location = /u { vfs_fetch user u1; }
--- more_headers
If-Match: "another"
--- request
GET /r
--- error_code:



=== 19: a cache updates itself in the background
--- config
    location = /u { vfs_fetch user u1; }
    location = /slow { vfs_fetch user u1; vfs_index /slow/; }

    location /_vfs/ {
        internal;
        proxy_pass http://127.0.0.1:$TEST_NGINX_UPSTREAM_PORT/;
        proxy_cache cache;
        proxy_cache_valid 200 1s;
        proxy_cache_use_stale updating;
        proxy_cache_background_update on;
    }

    location /slow/ {
        internal;
        proxy_pass http://127.0.0.1:$TEST_NGINX_UPSTREAM_PORT/slow/;
    }
--- upstream eval
[{ request => qr{^GET /vectors/fetch}, times => 2, reply => '{"vectors":{"user:u1":{"values":[1]}}}' },
 { request => qr{^GET /slow}, delay => 2.2, reply => '{"vectors":{"user:u1":{"values":[1]}}}' }]
--- request eval: ['GET /u', 'GET /slow', 'GET /u', 'GET /u']
--- error_code eval: [(200) x 4]
--- response_body eval: [($::user) x 4]



=== 20: the index's answer is stored
--- config
    location = /u { vfs_fetch user u1; }

    location /_vfs/ {
        internal;
        proxy_pass http://127.0.0.1:$TEST_NGINX_UPSTREAM_PORT/;
        proxy_store $TEST_NGINX_HTML_DIR/stored;
    }
--- user_files
>>> exists
the directory
--- request eval: ['GET /u', 'GET /stored']
--- error_code eval: [200, 200]
--- response_body eval: [$::user, '{"vectors":{"user:u1":{"values":[1]}}}']



=== 21: filters on the answer, and on the index's
--- config
    location = /u {
        sub_filter_types *;
        sub_filter values VALUES;
        ssi on;
        ssi_types *;
        vfs_fetch user u1;
    }

    location = /more { return 200 "more"; }

    location /_vfs/ {
        internal;
        ssi on;
        ssi_types *;
        sub_filter_types *;
        sub_filter vectors nothing;
        charset utf-8;
        charset_types *;
        addition_types *;
        add_after_body /more;
        proxy_pass http://127.0.0.1:$TEST_NGINX_UPSTREAM_PORT/;
    }
--- request
GET /u
--- response_body eval: $::user =~ s/values/VALUES/r



=== 22: variables in every phase
--- http_config
    map $vfs_route $all {
        default  "$vfs_upstream_status $vfs_upstream_time $vfs_route";
    }

    limit_req_zone $all zone=limit:1m rate=100r/s;
--- config
    set $early "$vfs_upstream_time$vfs_upstream_status$vfs_route$vfs_api_key";

    location = /u {
        limit_req zone=limit burst=10;
        add_header X-Early "[$early]";
        if ($vfs_route = other) { return 500; }
        vfs_fetch user u1;
    }

    location = /n { return 200 "[$all]"; }
--- request eval: ['GET /u', 'GET /n']
--- error_code eval: [200, 200]
--- response_headers_like eval: ['X-Early: \[\]', '']
--- response_body eval: [$::user, '[  ]']



=== 23: an index that is the endpoint itself
--- config
    vfs_index /u/;
    location /u/ { vfs_recommend u1; }
--- request
GET /u/
--- error_code: 502
--- response_body chomp
{"error":"The vector index gave no usable answer."}
--- error_log
vfs: the index cannot be asked in a subrequest



=== 24: an index of which one server is down
--- http_config
    upstream two {
        server 127.0.0.1:$TEST_NGINX_CLOSED_PORT;
        server 127.0.0.1:$TEST_NGINX_UPSTREAM_PORT;
        keepalive 2;
    }
--- config
    location = /r { vfs_recommend u1; }

    location /_vfs/ {
        internal;
        proxy_pass http://two/;
        proxy_http_version 1.1;
        proxy_set_header Connection "";
    }
--- request eval: [('GET /r') x 4]
--- error_code eval: [(200) x 4]
--- response_body eval: [($::items) x 4]



=== 25: a body that nginx puts into a file
--- config
    location = /b { client_body_in_file_only on; vfs_batch user; }
--- more_headers
Content-Type: application/json
--- request
POST /b
{"ids":["u1"]}
--- response_body chomp
{"features":[{"id":"u1","values":[1],"metadata":{}}],"missing":[]}



=== 26: a mirror whose index is down
--- config
    location = /u { mirror /m; vfs_fetch user u1; }
    location = /m { internal; vfs_recommend u1; vfs_index /down/; }

    location /down/ {
        internal;
        proxy_pass http://127.0.0.1:$TEST_NGINX_CLOSED_PORT/;
    }
--- request
GET /u
--- response_body eval: $::user



=== 27: a mirror whose index answers too much
--- config
    vfs_max_response_size 1k;
    location = /f { mirror /m; root $TEST_NGINX_HTML_DIR; }
    location = /m { internal; vfs_recommend u1; }
--- user_files
>>> f
static
--- upstream eval
[{ request => qr{^GET /vectors}, framing => 'chunked',
   reply => '{"vectors":{"user:u1":{"values":[1' . ',2' x 50000 . ']}}}' }]
--- request
GET /f
--- response_body
static
--- error_log
vfs: fetch of the index failed: answer larger than vfs_max_response_size



=== 28: a mirror over HTTP/2
--- http2
--- config
    location = /u { mirror /m; vfs_recommend u1; }
    location = /m { internal; vfs_recommend u1; }
--- upstream eval: $::slow
--- request
GET /u
--- response_body eval: $::items



=== 29: pipelined requests that are mirrored
--- config
    location = /u { mirror /m; vfs_fetch user u1; }
    location = /m { internal; vfs_recommend u1; }
--- upstream eval: $::slow
--- pipelined_requests eval: [('GET /u') x 3]
--- error_code eval: [(200) x 3]
--- response_body eval: [($::user) x 3]



=== 30: a reload while a mirror asks
--- config
    location = /u { mirror /m; vfs_fetch user u1; }
    location = /m { internal; vfs_recommend u1; }
--- upstream eval: $::slow
--- reload: during 1
--- request eval: [('GET /u') x 2]
--- error_code eval: [200, 200]
--- response_body eval: [($::user) x 2]



=== 31: everything at once
--- config
    location = /u {
        auth_request /a;
        mirror /a;
        post_action /a;
        vfs_recommend u1;
    }

    location = /a { internal; vfs_recommend u1; }
--- upstream eval: $::slow
--- request
GET /u
--- response_body eval: $::items



=== 32: everything at once, and the client leaves
--- config
    location = /u {
        auth_request /a;
        mirror /a;
        post_action /a;
        vfs_recommend u1;
    }

    location = /a { internal; vfs_recommend u1; }
--- upstream eval: $::slow
--- abort_on: upstream 4
--- request
GET /u
--- ignore_response



=== 33: the client of a slow page over HTTP/2 leaves while its includes ask
--- http2
--- config
    location = /p.html { ssi on; limit_rate 50; root $TEST_NGINX_HTML_DIR; }
    location = /r { vfs_recommend u2; }
    location = /u { vfs_fetch user u1; }

    location /_vfs/ {
        internal;
        proxy_pass http://127.0.0.1:$TEST_NGINX_UPSTREAM_PORT/;
        proxy_read_timeout 1s;
    }
--- user_files
>>> p.html
[<!--# include virtual="/u" -->] [<!--# include virtual="/r" -->] [<!--# include virtual="/u" -->]
--- upstream eval
[{ request => qr{^GET /vectors/fetch\S*u1}, reply => $::quick->[0]{reply} },
 { request => qr{^GET /vectors/fetch\S*u[12]}, hold => 'header', times => 2 }]
--- abort_on: upstream 3
--- request
GET /p.html
--- ignore_response
