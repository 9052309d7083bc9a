# proxy_cache, keepalive and other settings of the internal location

use Test::Nginx::Socket;

our $http_config = <<'_EOC_';
    proxy_cache_path $TEST_NGINX_SERVROOT/cache keys_zone=vectors:1m;

    upstream index {
        server 127.0.0.1:$TEST_NGINX_UPSTREAM_PORT;
        keepalive 4;
    }
_EOC_

our $public = <<'_EOC_';
    location ~ ^/u/(?<id>.+)$ { vfs_fetch user $id; }
    location ~ ^/s/(?<id>.+)$ { vfs_similar user $id; }
    location ~ ^/r/(?<id>.+)$ { vfs_recommend $id; }
_EOC_

sub config {
    my ($directives) = @_;

    return $public . <<"_EOC_";
    location /_vfs/ {
        internal;
        proxy_pass http://index/;
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        $directives
    }
_EOC_
}

our $cache = config('proxy_cache vectors; proxy_cache_valid 1m; proxy_cache_key $request_method$uri$is_args$args;');
our $vector = '{"vectors":{"user:u1":{"values":[1,2]}}}';
our $answer = '{"id":"u1","values":[1,2],"metadata":{}}';

add_block_preprocessor(sub {
    my ($block) = @_;

    $block->set_value('http_config', $http_config);
    $block->set_value('config', $cache) if !defined $block->config;
    $block->set_value('no_error_log', "[error]\n[alert]\n[crit]\n")
        if !defined $block->no_error_log;
});

plan tests => blocks() * 7 + 36;

run_tests();

__DATA__

=== 1: the second answer comes from the cache
--- upstream eval: [{ reply => $::vector }]
--- request eval: ['GET /u/u1', 'GET /u/u1']
--- response_body eval: [$::answer, $::answer]



=== 2: a chunked one too
--- upstream eval: [{ reply => $::vector, framing => 'chunked', chunk => 7 }]
--- request eval: ['GET /u/u1', 'GET /u/u1']
--- response_body eval: [$::answer, $::answer]



=== 3: read by threads
--- main_config
    thread_pool default threads=2;
--- config eval: $::cache =~ s/proxy_cache /aio threads; proxy_cache /r
--- upstream eval: [{ reply => '{"vectors":{"user:u1":{"values":[1,2],"metadata":{"a":"' . 'x' x 100000 . '"}}}}' }]
--- request eval: ['GET /u/u1', 'GET /u/u1', 'GET /u/u1']
--- response_body eval
[('{"id":"u1","values":[1,2],"metadata":{"a":"' . 'x' x 100000 . '"}}') x 3]



=== 4: two round trips, the first one from the cache
--- upstream eval
[{ request => qr{^GET }, reply => $::vector },
 { request => 'POST /query', reply => '{"matches":[]}', times => 2 }]
--- request eval: ['GET /r/u1', 'GET /r/u1']
--- response_body eval: ['{"userId":"u1","items":[]}', '{"userId":"u1","items":[]}']



=== 5: queries are not cached, neighbours come anew
--- upstream eval
[{ reply => '{"matches":[{"id":"user:u2","score":1}]}' }, { reply => '{"matches":[{"id":"user:u3","score":1}]}' }]
--- request eval: ['GET /s/u1', 'GET /s/u1']
--- response_body eval
['{"sourceUserId":"u1","similar":[{"id":"u2","score":1}]}', '{"sourceUserId":"u1","similar":[{"id":"u3","score":1}]}']



=== 6: ids do not share an entry
--- upstream eval
[{ request => qr/u1/, reply => $::vector }, { request => qr/u2/, reply => '{"vectors":{"user:u2":{"values":[3]}}}' }]
--- request eval: ['GET /u/u1', 'GET /u/u2', 'GET /u/u1']
--- response_body eval
[$::answer, '{"id":"u2","values":[3],"metadata":{}}', $::answer]



=== 7: one connection for several requests
--- config eval: config('')
--- upstream eval
[{ request => qr{^GET }, reply => $::vector, times => 3 }, { request => 'POST /query', reply => '{"matches":[]}' }]
--- upstream_connections: 1
--- request eval: ['GET /u/u1', 'GET /u/u1', 'GET /r/u1']
--- response_body eval: [$::answer, $::answer, '{"userId":"u1","items":[]}']



=== 8: a kept connection that the index has closed is replaced
--- config eval: config('')
--- upstream eval
[{ reply => $::vector }, { raw => '' }, { reply => $::vector }]
--- request eval: ['GET /u/u1', 'GET /u/u1']
--- response_body eval: [$::answer, $::answer]
--- no_error_log
[alert]
[crit]
vfs: fetch



=== 9: clients at once
--- config eval: config('')
--- upstream eval: [{ reply => $::vector, times => 32, delay => 0.05 }]
--- clients: 32
--- request
GET /u/u1
--- response_body eval: $::answer



=== 10: clients at once, one request to the index
--- config eval: $::cache =~ s/proxy_cache /proxy_cache_lock on; proxy_cache /r
--- upstream eval: [{ reply => $::vector, delay => 0.2 }]
--- clients: 8
--- request
GET /u/u1
--- response_body eval: $::answer
