# Statistics: what is counted, and what outlives a worker

use Test::Nginx::Socket;

our $config = <<'_EOC_';
    location ~ ^/u/(?<id>.+)$ { vfs_fetch user $id; }
    location ~ ^/r/(?<id>.+)$ { vfs_recommend $id; }
    location = /batch { vfs_batch user; }
    location = /query { vfs_query; }
    location = /stats { vfs_stats; }
    location = /health { vfs_health; }

    location = /plain { return 200; }

    location /_vfs/ {
        internal;
        proxy_pass http://127.0.0.1:$TEST_NGINX_UPSTREAM_PORT/;
        proxy_read_timeout 10s;
    }
_EOC_

our $vector = '{"vectors":{"user:u1":{"values":[1]}}}';
our $one = { request => qr{^GET }, reply => $vector };

# A route's part of the statistics.

sub route {
    my ($name, $rest) = @_;

    return qr/"route":"$name",$rest/;
}

add_block_preprocessor(sub {
    my ($block) = @_;

    $block->set_value('config', $config);
    $block->set_value('error_code_like', [('^') x @{$block->request}])
        if ref $block->request;
    $block->set_value('no_error_log', "[alert]\n")
        if !defined $block->no_error_log;
});

plan tests => 170;

run_tests();

__DATA__

=== 1: nothing yet
--- request
GET /stats
--- response_headers
Content-Type: application/json
Cache-Control: no-store
--- response_body_like: ^\{"version":1,"time":\d{13},"uptime_seconds":\d+\.\d,"build":\{"version":"0\.1\.0","nginx":"[\d.]+"\},"definitions":\[\],"zone":\{"size_bytes":4194304,"used_bytes":\d{6,7}\},"gateway":\{"worker_processes":1,"in_flight":1,"requests":0,"rates":\{"1s":0\.000,"10s":0\.000,"60s":0\.000\},"error_rates":\{"1s":0\.000,"10s":0\.000,"60s":0\.000\},"routes":\[\{"route":"fetch","requests":0,"in_flight":0,"rates":\{"1s":0\.000,"10s":0\.000,"60s":0\.000\},"error_rates":\{"1s":0\.000,"10s":0\.000,"60s":0\.000\},"status":\{"2xx":0,"3xx":0,"4xx":0,"499":0,"5xx":0\},"latency_us":\{"count":0,"mean":0\.0,"p50":0,"p90":0,"p99":0,"p999":0,"max":0\},"recent_us":\{"count":0,"p50":0,"p99":0\}\},\{"route":"similar",.*\{"route":"recommend",.*\{"route":"batch",.*\{"route":"query",.*\{"route":"other",



=== 2: a request counts when it is answered
--- upstream eval: [$::one]
--- request eval: ['GET /u/u1', 'GET /stats']
--- response_body_like eval
[qr/^/, main::route('fetch', '"requests":1,"in_flight":0,.*?"status":\{"2xx":1,"3xx":0,"4xx":0,"499":0,"5xx":0\},"latency_us":\{"count":1,')]



=== 3: a request in flight is the one that asks
--- request eval: ['GET /stats', 'GET /stats']
--- response_body_like eval
[qr/^/, main::route('other', '"requests":1,"in_flight":1,')]



=== 4: errors by class
--- upstream eval: [{ status => 500, reply => '' }, { reply => '{"vectors":{}}' }]
--- request eval: ['GET /u/u1', 'GET /u/u1', 'GET /u/a%20b', 'GET /stats']
--- response_body_like eval
[qr/^/, qr/^/, qr/^/, main::route('fetch', '"requests":3,.*?"status":\{"2xx":0,"3xx":0,"4xx":2,"499":0,"5xx":1\}')]



=== 5: requests to the index, and which of them failed
--- upstream eval
[{ status => 429, reply => '' }, $::one, { request => 'POST /query', reply => '{"matches":[]}' }]
--- request eval: ['GET /u/u1', 'GET /r/u1', 'GET /stats']
--- response_body_like eval
[qr/^/, qr/^/, qr/"upstream":\[\{"operation":"fetch","requests":2,"errors":1,"latency_us":\{"count":2,.*\{"operation":"query","requests":1,"errors":0,/]



=== 6: latency of the route is not less than that of the index
--- upstream eval: [{ %$::one, delay => 0.1 }]
--- request eval: ['GET /u/u1', 'GET /stats']
--- response_body_like eval
[qr/^/, main::route('fetch', '.*?"latency_us":\{"count":1,"mean":[1-9]\d{5,6}\.\d,"p50":[1-9]\d{5,6},"p90":[1-9]\d{5,6},"p99":[1-9]\d{5,6},"p999":[1-9]\d{5,6},"max":[1-9]\d{5,6}\},"recent_us":\{"count":1,"p50":[1-9]\d{5,6},')]



=== 7: clients that leave count as 499, and none stays in flight
--- upstream eval: [{ hold => 'header', times => 2 }]
--- request eval: ['GET /u/u1', 'GET /u/u1', 'GET /stats']
--- abort_on eval: ['upstream 1', 'upstream 1', undef]
--- response_body_like eval
[qr/^/, qr/^/, main::route('fetch', '"requests":2,"in_flight":0,.*?"status":\{"2xx":0,"3xx":0,"4xx":0,"499":2,"5xx":0\}')]



=== 8: what is not ours is not counted
--- request eval: ['GET /plain', 'GET /', 'GET /_vfs/x', 'GET /stats']
--- response_body_like eval
[qr/^/, qr/^/, qr/^/, qr/"in_flight":1,"requests":0,/]



=== 9: a wrong method counts for its route
--- request eval: ['PUT /query', 'GET /batch', 'GET /stats']
--- response_body_like eval
[qr/^/, qr/^/, qr/"route":"batch","requests":1,.*?"4xx":1,.*"route":"query","requests":1,.*?"4xx":1,/]



=== 10: the rate of requests
--- request eval: [('GET /health') x 10, 'GET /stats']
--- response_body_like eval
[(qr/^/) x 10, qr/"requests":10,"rates":\{"1s":[1-9]\d*\.\d+,"10s":[1-9]/]



=== 11: the rate of answers 5xx
--- upstream eval: [{ status => 500, reply => '' }]
--- request eval: ['GET /u/u1', 'GET /u/a%20b', 'GET /stats']
--- error_code eval: [502, 400, 200]
--- response_body_like eval
[qr/^/, qr/^/, qr/"requests":2,"rates":\{"1s":(\d+\.\d{3}),[^}]*\},"error_rates":\{"1s":(?!0\.000)(?!\1)[\d.]+,"10s":[\d.]+,"60s":[\d.]+\},"routes":\[\{"route":"fetch",.*?"error_rates":\{"1s":(?!0\.000).*?"5xx":1\}.*"route":"similar",[^{]*\{[^}]*\},"error_rates":\{"1s":0\.000,"10s":0\.000,"60s":0\.000\}/]



=== 12: a reload keeps the numbers
--- upstream eval: [{ %$::one, times => 2 }]
--- reload: before 2
--- request eval: ['GET /u/u1', 'GET /u/u1', 'GET /stats']
--- response_body_like eval
[qr/^/, qr/^/, main::route('fetch', '"requests":2,"in_flight":0,')]



=== 13: a killed worker takes no numbers along
--- upstream eval: [{ %$::one, times => 2 }]
--- kill_worker: before 2
--- request eval: ['GET /u/u1', 'GET /u/u1', 'GET /stats']
--- response_body_like eval
[qr/^/, qr/^/, main::route('fetch', '"requests":2,"in_flight":0,')]
--- error_log
exited on signal 9
--- no_error_log
[emerg]



=== 14: a worker killed with a request in flight leaves none behind
--- upstream eval: [{ hold => 'header' }]
--- kill_worker: during 1
--- request eval: ['GET /u/u1', 'GET /stats']
--- response_body_like eval
[qr/^/, main::route('fetch', '"requests":0,"in_flight":0,')]
--- error_log
exited on signal 9
--- no_error_log
[emerg]



=== 15: a zone of another size begins anew
--- http_config
    vfs_zone vfs:4m;
--- reload_http_config
    vfs_zone vfs:6m;
--- upstream eval: [$::one]
--- reload: before 2
--- request eval: ['GET /u/u1', 'GET /stats']
--- response_body_like eval
[qr/^/, main::route('fetch', '"requests":0,')]



=== 16: a zone of another name begins anew
--- http_config
    vfs_zone one:4m;
--- reload_http_config
    vfs_zone two:4m;
--- upstream eval: [$::one]
--- reload: before 2
--- request eval: ['GET /u/u1', 'GET /stats']
--- response_body_like eval
[qr/^/, main::route('fetch', '"requests":0,')]



=== 17: several workers count together
--- workers: 4
--- upstream eval: [{ %$::one, times => 40 }]
--- clients: 20
--- request eval: ['GET /u/u1', 'GET /u/u1']
--- response_body_like eval
[qr/^\{"id":"u1"/, qr/^\{"id":"u1"/]



=== 18: a POST of statistics
--- request
POST /stats
--- error_code: 405
--- response_headers
Allow: GET, HEAD



=== 19: HEAD
--- request
HEAD /stats
--- response_headers_like
Content-Length: \d+
--- response_body
