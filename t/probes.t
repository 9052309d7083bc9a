# GET healthz, GET readyz, GET metrics and error pages

use Test::Nginx::Socket;

our $config = <<'_EOC_';
    location = /health { vfs_health; }
    location = /ready { vfs_ready; }
    location = /metrics { vfs_metrics; }
    location = /stats { vfs_stats; }
    location = /error { vfs_error; }
    location ~ ^/u/(?<id>.+)$ { vfs_fetch user $id; }
    location = /ingest { vfs_ingest; }

    location ~ ^/return/(?<code>\d+)$ {
        error_page 400 401 402 403 404 405 413 414 415 429 500 502 503 504 @error;

        if ($code = 400) { return 400; }
        if ($code = 402) { return 402; }
        if ($code = 405) { return 405; }
        if ($code = 414) { return 414; }
        if ($code = 415) { return 415; }
        if ($code = 503) { return 503; }
        if ($code = 504) { return 504; }

        return 500;
    }

    location @error { vfs_error; }

    location /_vfs/ {
        internal;
        proxy_pass http://127.0.0.1:$TEST_NGINX_UPSTREAM_PORT/;
        proxy_read_timeout 10s;
    }
_EOC_

our $report = '{"worker":"h-1","definition":"0123456789abcdef","uptime_ms":1000,"paused":true,"counters":{"events":5},"gauges":{"pending":2},"lag":{"3":9},"event_to_stored_us":[[0,1],[64,1],[100,2],[736,1]]}';

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

plan tests => 159;

run_tests();

__DATA__

=== 1: healthy, without asking the index
--- request
GET /health
--- response_headers
Content-Type: application/json
Cache-Control: no-store
--- response_body chomp
{"status":"ok"}
--- no_error_log
[error]
subrequest



=== 2: healthy, HEAD
--- request
HEAD /health
--- response_headers
Content-Length: 15
--- response_body



=== 3: healthy, POST
--- request
POST /health
--- error_code: 405
--- response_headers
Allow: GET, HEAD



=== 4: ready, asking the index
--- upstream eval: [{ request => 'GET /describe_index_stats', reply => '{"dimension":3}' }]
--- request
GET /ready
--- response_headers
Cache-Control: no-store
--- response_body chomp
{"status":"ready"}



=== 5: ready, asked once a second
--- upstream eval: [{ request => 'GET /describe_index_stats', reply => '{}' }]
--- request eval: ['GET /ready', 'GET /ready', 'HEAD /ready']
--- error_code eval: [200, 200, 200]
--- response_body eval: ['{"status":"ready"}', '{"status":"ready"}', '']



=== 6: not ready, asked once a second
--- upstream eval: [{ status => 500, reply => '' }]
--- request eval: ['GET /ready', 'GET /ready']
--- error_code eval: [503, 503]
--- response_headers eval: ['Retry-After: 1', 'Retry-After: 1']
--- response_body eval
[('{"error":"The vector index is unavailable."}') x 2]
--- error_log
vfs: ping of the index failed: unexpected status, upstream status 500



=== 7: not ready, nobody there
--- config
    location = /ready { vfs_ready; }
    location /_vfs/ { internal; proxy_pass http://127.0.0.1:$TEST_NGINX_CLOSED_PORT/; }
--- request
GET /ready
--- error_code: 503
--- response_body chomp
{"error":"The vector index is unavailable."}



=== 8: not ready, no answer in time
--- upstream eval: [{ hold => 'header' }]
--- request
GET /ready
--- error_code: 503
--- response_body chomp
{"error":"The vector index is unavailable."}



=== 9: two locations with different indexes do not share what they learned
--- config
    location = /a { vfs_ready; }
    location = /b { vfs_index /other/; vfs_ready; }
    location /_vfs/ { internal; proxy_pass http://127.0.0.1:$TEST_NGINX_UPSTREAM_PORT/; }
    location /other/ { internal; proxy_pass http://127.0.0.1:$TEST_NGINX_CLOSED_PORT/; }
--- upstream eval: [{ reply => '{}' }]
--- request eval: ['GET /a', 'GET /b', 'GET /a', 'GET /b']
--- error_code eval: [200, 503, 200, 503]



=== 10: pings are not counted as requests to the index
--- upstream eval: [{ reply => '{}' }]
--- request eval: ['GET /ready', 'GET /stats']
--- error_code eval: [200, 200]
--- response_body_like eval
[qr/ready/, qr/"route":"other","requests":1,.*"operation":"fetch","requests":0,.*"operation":"query","requests":0,/]



=== 11: metrics
--- request
GET /metrics
--- response_headers
Content-Type: text/plain; version=0.0.4
Cache-Control: no-store
--- response_body_like eval
qr/\A\x23 HELP vfs_build_info Versions, always 1\.
\x23 TYPE vfs_build_info gauge
vfs_build_info\{version="0\.1\.0",nginx="[\d.]+",definition=""\} 1
\x23 HELP vfs_uptime_seconds .*
\x23 TYPE vfs_gateway_request_seconds histogram
vfs_gateway_request_seconds_bucket\{route="fetch",status_class="2xx",le="0\.000050"\} 0
vfs_gateway_request_seconds_bucket\{route="fetch",status_class="2xx",le="0\.000070"\} 0
vfs_gateway_request_seconds_bucket\{route="fetch",status_class="2xx",le="0\.000100"\} 0
.*vfs_gateway_request_seconds_bucket\{route="fetch",status_class="2xx",le="13\.107200"\} 0
vfs_gateway_request_seconds_bucket\{route="fetch",status_class="2xx",le="\+Inf"\} 0
vfs_gateway_request_seconds_sum\{route="fetch",status_class="2xx"\} 0\.000000
vfs_gateway_request_seconds_count\{route="fetch",status_class="2xx"\} 0
vfs_gateway_request_seconds_bucket\{route="fetch",status_class="3xx",le="0\.000050"\} 0
.*\n\z/s



=== 12: metrics without workers have no metrics of workers
--- request
GET /metrics
--- response_body_unlike: vfs_(?:events|upserts|ingest|consumer)



=== 13: metrics of requests
--- upstream eval: [{ reply => '{"vectors":{}}', delay => 0.05 }]
--- request eval: ['GET /u/u1', 'GET /u/a%20b', 'GET /metrics']
--- error_code eval: [404, 400, 200]
--- response_body_like eval
[qr/^/, qr/^/, qr/vfs_gateway_in_flight\{route="fetch"\} 0\n.*vfs_gateway_in_flight\{route="other"\} 1\n.*_request_seconds_count\{route="fetch",status_class="2xx"\} 0\n.*_request_seconds_bucket\{route="fetch",status_class="4xx",le="0\.035840"\} 1\n.*_request_seconds_bucket\{route="fetch",status_class="4xx",le="\+Inf"\} 2\nvfs_gateway_request_seconds_sum\{route="fetch",status_class="4xx"\} 0\.[01]\d+\nvfs_gateway_request_seconds_count\{route="fetch",status_class="4xx"\} 2\n.*vfs_gateway_upstream_errors_total\{operation="fetch"\} 0\n.*vfs_gateway_upstream_seconds_count\{operation="fetch"\} 1\n/s]



=== 14: metrics of workers
--- more_headers eval: ['Content-Type: application/json', '']
--- request eval: ["POST /ingest\n$::report", 'GET /metrics']
--- error_code eval: [204, 200]
--- response_body_like eval
[qr/^$/, qr/vfs_build_info\{version="0\.1\.0",nginx="[\d.]+",definition="0123456789abcdef"\} 1\n\x23 .*vfs_events_consumed_total\{worker="h-1"\} 5\n.*vfs_ingest_pending_vectors\{worker="h-1"\} 2\n.*vfs_ingest_up\{worker="h-1",definition="0123456789abcdef"\} 1\n.*vfs_ingest_paused\{worker="h-1"\} 1\n.*vfs_consumer_lag\{worker="h-1",partition="3"\} 9\n.*vfs_event_to_stored_seconds_bucket\{worker="h-1",le="0\.000050"\} 1\nvfs_event_to_stored_seconds_bucket\{worker="h-1",le="0\.000070"\} 2\nvfs_event_to_stored_seconds_bucket\{worker="h-1",le="0\.000100"\} 2\n.*vfs_event_to_stored_seconds_bucket\{worker="h-1",le="13\.107200"\} 4\nvfs_event_to_stored_seconds_bucket\{worker="h-1",le="\+Inf"\} 5\n.*vfs_event_to_stored_seconds_count\{worker="h-1"\} 5\n/s]



=== 15: error pages
--- request eval: [map { "GET /return/$_" } 400, 402, 405, 414, 415, 500, 503, 504]
--- error_code eval: [400, 402, 405, 414, 415, 500, 503, 504]
--- response_headers eval: [('Content-Type: application/json') x 8]
--- response_body eval
[map { "{\"error\":\"$_\"}" } 'Bad request.', 'The request failed.', 'Method not allowed.', 'The request URI is too long.', 'Content-Type: expected application/json', 'The request failed.', 'The service is unavailable.', 'The request failed.']



=== 16: the error handler in a location of its own
--- request
GET /error
--- error_code: 404
--- response_body chomp
{"error":"No such resource."}



=== 17: the error handler and a body, on a connection that is kept
--- pipelined_requests eval: ["POST /error\nabc", "GET /health"]
--- error_code eval: [404, 200]
--- response_body eval: ['{"error":"No such resource."}', '{"status":"ok"}']



=== 18: an error page, HEAD
--- request
HEAD /return/500
--- error_code: 500
--- response_headers
Content-Length: 31
--- response_body
