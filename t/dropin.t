# conf/vfs.conf as it is, included into a server

use Cwd qw(abs_path);
use File::Basename qw(dirname);
use Test::Nginx::Socket;

$ENV{TEST_NGINX_CONF_DIR} = abs_path(dirname(__FILE__) . '/../conf');

our $config = <<'_EOC_';
    vfs_index /elsewhere/;
    include $TEST_NGINX_CONF_DIR/vfs.conf;

    location /elsewhere/ {
        internal;
        proxy_pass http://127.0.0.1:$TEST_NGINX_UPSTREAM_PORT/;
    }
_EOC_

our $user = { request => 'GET /vectors/fetch?ids=user%3Au1&namespace=user-features',
              reply => '{"vectors":{"user:u1":{"values":[1]}}}' };
our $item = { request => 'GET /vectors/fetch?ids=item%3Ai1&namespace=item-features',
              reply => '{"vectors":{"item:i1":{"values":[2]}}}' };
our $query = { request => 'POST /query', reply => '{"matches":[{"id":"item:i2","score":0.5}]}' };
our $json = 'Content-Type: application/json';

add_block_preprocessor(sub {
    my ($block) = @_;

    $block->set_value('config', $config);
    $block->set_value('error_code', [(200) x @{$block->request}])
        if ref $block->request && !defined $block->error_code;
    $block->set_value('more_headers', [($json) x @{$block->request}])
        if ref $block->request;
    $block->set_value('no_error_log', "[alert]\n[crit]\n[emerg]\n");
});

plan tests => 295;

run_tests();

__DATA__

=== 1: features of a user
--- upstream eval: [{ %$::user, times => 4 }]
--- request eval
['GET /v1/features/user/u1', 'GET /api/v1/features/user/u1', 'GET /v1/user/features/u1', 'GET /api/v1/user/features/u1']
--- response_body eval: [('{"id":"u1","values":[1],"metadata":{}}') x 4]



=== 2: features of an item
--- upstream eval: [{ %$::item, times => 2 }]
--- request eval
['GET /v1/features/item/i1', 'GET /api/v1/features/item/i1']
--- response_body eval: [('{"id":"i1","values":[2],"metadata":{}}') x 2]



=== 3: neighbours
--- upstream eval: [{ %$::query, times => 3 }]
--- request eval
['GET /v1/features/user/u1/similar?topK=3', 'GET /api/v1/features/user/u1/similar', 'GET /v1/features/item/i1/similar']
--- response_body eval
['{"sourceUserId":"u1","similar":[{"id":"item:i2","score":0.5}]}', '{"sourceUserId":"u1","similar":[{"id":"item:i2","score":0.5}]}', '{"sourceItemId":"i1","similar":[{"id":"i2","score":0.5}]}']



=== 4: recommendations
--- upstream eval: [{ %$::user, times => 2 }, { %$::query, times => 2 }]
--- request eval
['GET /v1/recommend/user/u1?topK=3', 'GET /api/v1/recommend/user/u1']
--- response_body eval: [('{"userId":"u1","items":[{"id":"i2","score":0.5}]}') x 2]



=== 5: batches
--- upstream eval: [{ %$::user, times => 2 }, $::item]
--- request eval
["POST /v1/features/user/batch\n{\"ids\":[\"u1\"]}", "POST /api/v1/features/user/batch\n{\"ids\":[\"u1\"]}", "POST /v1/features/item/batch\n{\"ids\":[\"i1\"]}"]
--- response_body eval
[('{"features":[{"id":"u1","values":[1],"metadata":{}}],"missing":[]}') x 2, '{"features":[{"id":"i1","values":[2],"metadata":{}}],"missing":[]}']



=== 6: an item or a user named batch
--- upstream eval: [{ request => qr{^GET .*user%3Abatch&}, reply => '{"vectors":{}}' }]
--- request
GET /v1/user/features/batch
--- error_code: 404
--- response_body chomp
{"error":"User feature vector not found."}



=== 7: queries
--- upstream eval: [{ %$::query, times => 2 }]
--- request eval
[map { "POST $_/v1/query\n{\"namespace\":\"item-features\",\"id\":\"i1\",\"topK\":1}" } '', '/api']
--- response_body eval: [('{"matches":[{"id":"i2","score":0.5}]}') x 2]



=== 8: probes
--- upstream eval: [{ request => 'GET /describe_index_stats', reply => '{}' }]
--- request eval: ['GET /healthz', 'GET /api/healthz', 'GET /readyz', 'GET /api/readyz']
--- error_code eval: [200, 200, 200, 200]
--- response_body eval: [('{"status":"ok"}') x 2, ('{"status":"ready"}') x 2]



=== 9: statistics
--- request eval: ['GET /stats', 'GET /api/stats', 'GET /metrics', 'GET /api/metrics']
--- response_body_like eval
[(qr/^\{"version":1/) x 2, (qr/^\x23 HELP/) x 2]



=== 10: reports from this machine
--- request eval
[map { "POST $_/stats/ingest\n" . '{"worker":"w","definition":"0123456789abcdef","uptime_ms":1,"paused":false,"counters":{},"gauges":{},"lag":{},"event_to_stored_us":[]}' } '', '/api']
--- error_code eval: [204, 204]



=== 11: the description of the interface
--- request eval: ['GET /v1/openapi.json', 'GET /api/v1/openapi.json']
--- response_headers eval: [('Content-Type: application/json') x 2]
--- response_body_like eval: [(qr/^\{\s*"openapi"\s*:\s*"3\.1\.\d"/) x 2]



=== 12: what is not there
--- request eval
['GET /v1/features/group/g1', 'GET /api/v1/features/user/u1/x', 'GET /v1/features/user/a%2Fb', 'GET /v1/recommend/', 'GET /stats/x', 'GET /healthz/', 'GET /_vfs/query', 'GET /elsewhere/query']
--- error_code eval: [(404) x 8]
--- response_body_like eval
[(qr/^\{"error":"No such resource\."\}$/) x 6, (qr/<html>/) x 2]



=== 13: what is not ours
--- request eval: ['GET /v2/x', 'GET /statistics', 'GET /healthzz', 'GET /xapi/v1/query', 'GET /v1/', 'GET /api/v1/orders', 'GET /v1/user/7', 'GET /v1/queries']
--- error_code eval: [(404) x 8]
--- response_body_like eval: [(qr/<html>/) x 8]



=== 14: an id outside the pattern
--- request eval
['GET /v1/features/user/', 'GET /v1/features/user/a%20b', 'GET /v1/features/user/a%0a', 'GET /v1/features/user/%20/similar', 'GET /v1/recommend/user/']
--- error_code eval: [(400) x 5]
--- response_body_like eval: [(qr/^\{"error":"id: expected/) x 5]



=== 15: bodies beyond the limits
--- request eval
["POST /v1/features/user/batch\n" . 'x' x 70000, "POST /v1/query\n" . 'x' x 1100000, "POST /stats/ingest\n" . 'x' x 70000]
--- error_code eval: [413, 413, 413]
--- response_body eval: [('{"error":"The request body is too large."}') x 3]



=== 16: wrong methods
--- request eval
['POST /v1/features/user/u1', 'DELETE /v1/features/user/u1', 'GET /v1/query', 'GET /v1/features/user/batch', 'PUT /healthz', 'GET /stats/ingest']
--- error_code eval: [405, 405, 405, 405, 405, 405]
--- response_headers eval
['Allow: GET, HEAD', 'Allow: GET, HEAD', 'Allow: POST', 'Allow: POST', 'Allow: GET, HEAD', 'Allow: POST']
