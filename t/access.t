# Modules in front of the endpoints, and endpoints in places of other modules

use Test::Nginx::Socket;

$ENV{TEST_NGINX_HTML_DIR} ||= html_dir();

our $http_config = <<'_EOC_';
    log_format mock escape=none
        'mock: $request_method $request_uri [$http_x_seen$http_cookie$http_authorization$http_range$http_x_forwarded_for$http_accept_encoding$http_user_agent] $content_type';

    map $args $seen {
        ""        nothing;
        ~secret   secret;
        default   other;
    }

    server {
        listen 127.0.0.1:$TEST_NGINX_RAND_PORT_1;
        access_log logs/access.log mock;

        location / {
            return 200 '{"vectors":{"user:u1":{"values":[1]}},"matches":[]}';
        }
    }

    limit_req_zone $server_name zone=one:32k rate=1r/m;
    limit_conn_zone $server_name zone=conn:32k;
_EOC_

our $error = <<'_EOC_';
    error_page 401 403 404 429 500 503 @error;

    location @error {
        vfs_error;
    }

    location /_vfs/ {
        internal;
        proxy_pass http://127.0.0.1:$TEST_NGINX_RAND_PORT_1/;
    }

    location = /stats {
        vfs_stats;
    }
_EOC_

our $answer = '{"id":"u1","values":[1],"metadata":{}}';

add_block_preprocessor(sub {
    my ($block) = @_;

    $block->set_value('http_config', $http_config);
    $block->set_value('config', $block->config . $error);
    $block->set_value('no_error_log', "[alert]\n[crit]\n");
});

plan tests => blocks() * 4 + 46;

run_tests();

__DATA__

=== 1: auth_basic without a password
--- config
    location = /u { auth_basic "vfs"; auth_basic_user_file html/users; vfs_fetch user u1; }
--- user_files
>>> users
joe:{PLAIN}secret
--- request
GET /u
--- error_code: 401
--- response_headers
WWW-Authenticate: Basic realm="vfs"
Content-Type: application/json
--- response_body chomp
{"error":"Authorization required."}



=== 2: auth_basic with the password
--- config
    location = /u { auth_basic "vfs"; auth_basic_user_file $TEST_NGINX_HTML_DIR/users; vfs_fetch user u1; }
--- user_files
>>> users
joe:{PLAIN}secret
--- more_headers
Authorization: Basic am9lOnNlY3JldA==
--- request
GET /u
--- response_body eval: $::answer



=== 3: denied
--- config
    location = /u { deny all; vfs_fetch user u1; }
--- request
GET /u
--- error_code: 403
--- response_body chomp
{"error":"Access denied."}



=== 4: satisfy any
--- config
    location = /u { satisfy any; deny all; auth_basic "vfs"; auth_basic_user_file $TEST_NGINX_HTML_DIR/users; vfs_fetch user u1; }
--- user_files
>>> users
joe:{PLAIN}secret
--- more_headers
Authorization: Basic am9lOnNlY3JldA==
--- request
GET /u
--- response_body eval: $::answer



=== 5: auth_request that allows
--- config
    location = /u { auth_request /auth; vfs_fetch user u1; }
    location = /auth { internal; return 204; }
--- request
GET /u
--- response_body eval: $::answer



=== 6: auth_request that refuses
--- config
    location = /u { auth_request /auth; vfs_fetch user u1; }
    location = /auth { internal; return 403; }
--- request
GET /u
--- error_code: 403
--- response_body chomp
{"error":"Access denied."}



=== 7: auth_request to one of our own endpoints, by POST
--- config
    location = /b { auth_request /auth; vfs_batch user; }
    location = /auth { internal; vfs_health; }
--- more_headers
Content-Type: application/json
--- request
POST /b
{"ids":["u1"]}
--- response_body chomp
{"features":[{"id":"u1","values":[1],"metadata":{}}],"missing":[]}



=== 8: auth_request to one of our own endpoints, by GET
--- config
    location = /u { auth_request /auth; vfs_fetch user u1; }
    location = /auth { internal; vfs_health; }
--- request
GET /u
--- response_body eval: $::answer



=== 9: auth_request to an endpoint that asks the index itself
--- config
    location = /u { auth_request /auth; vfs_fetch user u1; }
    location = /auth { internal; vfs_fetch user u1; }
--- request
GET /u
--- response_body eval: $::answer



=== 10: limit_req
--- config
    location = /u { limit_req zone=one; limit_req_status 429; vfs_fetch user u1; }
--- request eval: ['GET /u', 'GET /u']
--- error_code eval: [200, 429]
--- response_body eval: [$::answer, '{"error":"Too many requests."}']



=== 11: what limits refuse counts for its route
--- config
    location = /u { limit_req zone=one; limit_req_status 429; vfs_fetch user u1; }
--- request eval: ['GET /u', 'GET /u', 'GET /stats']
--- error_code eval: [200, 429, 200]
--- response_body_like eval
[qr/^/, qr/^/, qr/"route":"fetch","requests":2,"in_flight":0,.*?"status":\{"2xx":1,"3xx":0,"4xx":1,/]



=== 12: limit_conn
--- config
    location = /u { limit_conn conn 1; vfs_fetch user u1; }
--- request
GET /u
--- response_body eval: $::answer



=== 13: limit_except keeps the handler
--- config
    location = /u { limit_except GET { deny all; } vfs_fetch user u1; }
--- request eval: ['GET /u', 'POST /u']
--- error_code eval: [200, 403]
--- response_body eval: [$::answer, '{"error":"Access denied."}']



=== 14: the handler within limit_except
--- config
    location = /u { limit_except HEAD { allow all; } vfs_fetch user u1; }
--- request
GET /u
--- response_body eval: $::answer



=== 15: an "if" keeps the handler
--- config
    location = /u { if ($arg_x) { set $y 1; add_header X-Y $y; } vfs_fetch user u1; }
--- request
GET /u?x=1
--- response_headers
X-Y: 1
--- response_body eval: $::answer



=== 16: behind a rewrite
--- config
    location /old/ { rewrite ^/old/(.+)$ /u/$1 last; }
    location ~ ^/u/(?<id>.+)$ { vfs_fetch user $id; }
--- request
GET /old/u1
--- response_body eval: $::answer



=== 17: from one endpoint to another by a rewrite, counted for the second
--- config
    location = /r { rewrite ^ /u last; vfs_recommend u1; }
    location = /u { vfs_fetch user u1; }
--- request eval: ['GET /r', 'GET /stats']
--- error_code eval: [200, 200]
--- response_body_like eval
[qr/^\{"id":"u1"/, qr/"route":"fetch","requests":1,.*"route":"recommend","requests":0,/]



=== 18: behind an X-Accel-Redirect
--- config
    location = /app { proxy_pass http://127.0.0.1:$TEST_NGINX_SERVER_PORT/redirect; }
    location = /redirect { add_header X-Accel-Redirect /u; return 200; }
    location = /u { internal; vfs_fetch user u1; }
--- request
GET /app
--- response_body eval: $::answer



=== 19: as a server-side include
--- config
    location = /page.html { ssi on; ssi_types *; root $TEST_NGINX_HTML_DIR; }
    location = /u { vfs_fetch user u1; }
    location = /h { vfs_health; }
    location = /bad { vfs_fetch user $arg_id; }
--- user_files
>>> page.html
[<!--# include virtual="/u" -->] [<!--# include virtual="/h" -->] [<!--# include virtual="/bad?id=a!b" -->] [<!--# include virtual="/u" -->]
--- request
GET /page.html
--- response_body
[{"id":"u1","values":[1],"metadata":{}}] [{"status":"ok"}] [{"error":"id: expected 1 to 128 characters of [A-Za-z0-9_-], got \"a!b\""}] [{"id":"u1","values":[1],"metadata":{}}]



=== 20: a stream is no server-side include
--- config
    location = /page.html { ssi on; ssi_types *; root $TEST_NGINX_HTML_DIR; }
    location = /stream { vfs_stats_stream; }
--- user_files
>>> page.html
[<!--# include virtual="/stream" -->]
--- request
GET /page.html
--- response_body
[{"error":"No such resource."}]



=== 21: with a mirror
--- config
    location = /u { mirror /mirror; vfs_fetch user u1; }
    location = /mirror { internal; vfs_health; }
--- request
GET /u
--- response_body eval: $::answer



=== 22: with text added before and behind
--- config
    location = /u { add_before_body /h; addition_types *; vfs_fetch user u1; }
    location = /h { vfs_health; }
--- request
GET /u
--- response_body eval: '{"status":"ok"}' . $::answer



=== 23: nothing of the client's headers reaches the index
--- config
    location = /u { vfs_recommend u1; }
--- more_headers
Cookie: a=b
Authorization: Basic am9lOnNlY3JldA==
Range: bytes=0-1
X-Forwarded-For: 10.0.0.1
Accept-Encoding: gzip
User-Agent: curl
Content-Type: text/x-client
If-None-Match: "x"
--- request
GET /u
--- response_body chomp
{"userId":"u1","items":[]}
--- access_log eval
[qr{mock: GET /vectors/fetch\?ids=user%3Au1&namespace=user-features \[\] -?$},
 qr{mock: POST /query \[\] application/json$}]



=== 24: the answer compressed
--- config
    location = /u { gzip on; gzip_types application/json; gzip_min_length 1; gzip_http_version 1.0; gzip_proxied any; vfs_fetch user u1; }
--- more_headers
Accept-Encoding: gzip
--- request
GET /u
--- response_headers
Content-Encoding: gzip
!Content-Length
--- response_body_like eval: qr/^\x1f\x8b/



=== 25: a range of the answer is the whole answer
--- config
    location = /u { vfs_fetch user u1; }
--- more_headers
Range: bytes=0-3
--- request
GET /u
--- response_body eval: $::answer



=== 26: the internal location from outside
--- config
    location = /u { vfs_fetch user u1; }
--- request
GET /_vfs/vectors/fetch?ids=user%3Au1
--- error_code: 404
--- response_body chomp
{"error":"No such resource."}



=== 27: a map of the client's request is not reused for the index
--- config
    location = /u { set $once $seen; add_header X-Seen $once; vfs_fetch user u1; vfs_index /mapped/; }

    location /mapped/ {
        internal;
        proxy_pass http://127.0.0.1:$TEST_NGINX_RAND_PORT_1/;
        proxy_set_header X-Seen $seen;
    }
--- request
GET /u?secret=1
--- response_headers
X-Seen: secret
--- response_body eval: $::answer
--- access_log eval
qr{mock: GET /vectors/fetch\?ids=user%3Au1&namespace=user-features \[other\]}



=== 28: auth_basic of the whole server, which the error page inherits
--- config
    auth_basic "vfs"; auth_basic_user_file html/users;
    location = /u { vfs_fetch user u1; }
--- user_files
>>> users
joe:{PLAIN}secret
--- request
GET /u
--- error_code: 401
--- response_headers
WWW-Authenticate: Basic realm="vfs"
Content-Type: application/json
--- response_body chomp
{"error":"Authorization required."}



=== 29: a server that denies all, its error page too
--- config
    deny all;
    location = /u { vfs_fetch user u1; }
--- request
GET /u
--- error_code: 403
--- response_headers
Content-Type: application/json
--- response_body chomp
{"error":"Access denied."}



=== 30: the location of error pages asked by itself is as guarded as others
--- config
    deny all;
    location = /e { vfs_error; }
--- request
GET /e
--- error_code: 403
--- response_body chomp
{"error":"Access denied."}



=== 31: auth_request of the whole server
--- config
    auth_request /auth;

    location = /u { vfs_fetch user u1; }
    location = /auth { internal; return 403; }
--- request
GET /u
--- error_code: 403
--- response_headers
Content-Type: application/json
--- response_body chomp
{"error":"Access denied."}



=== 32: auth_request that fails, before a request with a body
--- config
    auth_request /auth;

    location = /b { vfs_batch user; }
    location = /auth { internal; return 404; }
--- request
POST /b
{"ids":["u1"]}
--- error_code: 500
--- response_headers
Content-Type: application/json
--- response_body chomp
{"error":"The request failed."}
--- error_log
auth request unexpected status: 404



=== 33: limits of the whole server
--- config
    limit_req zone=one;
    limit_req_status 429;

    location = /u { vfs_fetch user u1; }
--- request eval: ['GET /u', 'GET /u', 'GET /stats']
--- error_code eval: [200, 429, 429]
--- response_headers eval: [('Content-Type: application/json') x 3]
--- response_body_like eval: [qr/"u1"/, qr/^\{"error":"Too many requests\."\}$/, qr/^\{"error":"Too many requests\."\}$/]
