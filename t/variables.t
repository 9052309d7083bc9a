# Variables for the access log

use Test::Nginx::Socket;

our $http_config = <<'_EOC_';
    log_format vfs 'log: $uri route=$vfs_route status="$vfs_upstream_status" time="$vfs_upstream_time"';
    limit_req_zone $server_name zone=one:32k rate=1r/m;
_EOC_

our $config = <<'_EOC_';
    access_log logs/access.log vfs;

    location ~ ^/u/(?<id>.+)$ { vfs_fetch user $id; }
    location ~ ^/r/(?<id>.+)$ { vfs_recommend $id; }
    location = /health { vfs_health; }
    location = /none { return 204; }
    location = /limit { limit_req zone=one; error_page 503 @error; vfs_similar user u1; }
    location = /header { add_header X-Route $vfs_route always; add_header X-Status $vfs_upstream_status always; vfs_fetch user u1; }
    location @error { vfs_error; }

    location /_vfs/ {
        internal;
        proxy_pass http://127.0.0.1:$TEST_NGINX_UPSTREAM_PORT/;
        proxy_set_header X-Route $vfs_route;
        proxy_read_timeout 10s;
    }
_EOC_

our $one = { request => qr{^GET }, reply => '{"vectors":{"user:u1":{"values":[1]}}}' };

add_block_preprocessor(sub {
    my ($block) = @_;

    $block->set_value('http_config', $http_config);
    $block->set_value('config', $config);

    # only an index that stops for good is waited for in vain

    if (grep { $_->{hold} } @{$block->upstream || []}) {
        $block->set_value('config',
            $block->config =~ s/read_timeout 10s/read_timeout 1s/r);
    }

    $block->set_value('no_error_log', "[alert]\n[crit]\n");
});

plan tests => 48;

run_tests();

__DATA__

=== 1: one request to the index
--- upstream eval: [$::one]
--- request
GET /u/u1
--- response_body_like: u1
--- access_log eval
qr{log: /u/u1 route=fetch status="200" time="0\.\d{6}"$}



=== 2: two of them
--- upstream eval: [$::one, { request => 'POST /query', status => 429, reply => '' }]
--- request
GET /r/u1
--- error_code: 503
--- access_log eval
qr{log: /r/u1 route=recommend status="200, 429" time="0\.\d{6}, 0\.\d{6}"$}



=== 3: none
--- request
GET /u/a%20b
--- error_code: 400
--- access_log
log: /u/a b route=fetch status="-" time="-"



=== 4: no answer
--- upstream eval: [{ hold => 'header' }]
--- request
GET /u/u1
--- error_code: 504
--- access_log eval
qr{log: /u/u1 route=fetch status="504" time="(?:0\.9|[1-9]\.\d)\d{5}"$}



=== 5: a client that leaves
--- upstream eval: [{ hold => 'header' }]
--- abort_on: upstream 1
--- request
GET /u/u1
--- ignore_response
--- access_log eval
qr{log: /u/u1 route=fetch status="499" time="\d\.\d{6}"$}



=== 6: other endpoints
--- request
GET /health
--- response_body_like: ok
--- access_log
log: /health route=other status="-" time="-"



=== 7: other locations
--- request
GET /none
--- error_code: 204
--- access_log
log: /none route=- status="-" time="-"



=== 8: refused before the handler, and redirected to an error page
--- upstream eval: [{ reply => '{"matches":[]}' }]
--- request eval: ['GET /limit', 'GET /limit']
--- error_code eval: [404, 503]
--- access_log
log: /limit route=similar status="200" time
log: /limit route=similar status="-" time="-"



=== 9: in a header of the answer
--- upstream eval: [$::one]
--- request
GET /header
--- response_headers
X-Route: fetch
X-Status: 200



=== 10: in the request to the index
--- upstream eval: [{ %$::one, headers => { 'X-Route' => 'fetch' } }]
--- request
GET /u/u1
--- response_body_like: u1
