# Requests across reloads and killed workers, and what becomes of the counters.

use Test::Nginx::Socket;
use DropIn;

our $user = feature_json('user:u1', '[1]');
our $answer = '{"id":"u1","values":[1],"metadata":{}}';


# /stats with so many requests of the route, and so many of them answered.

sub counted {
    my ($route, $requests, $good) = @_;

    return qr/
        "in_flight":1,"requests":$requests,
        .*"route":"$route","requests":$requests,"in_flight":0,
        "rates":\{[^}]*\},"error_rates":\{[^}]*\},"status":\{"2xx":$good,
    /x;
}


add_block_preprocessor(sub {
    my ($block) = @_;

    $block->set_value('config', drop_in()) if !$block->has('config');
    $block->set_value('no_error_log', "[warn]\n[error]\n")
        if !$block->has('error_log');
});

plan tests => 96;

run_tests();

__DATA__

=== 1: reload while the index is fetched from
--- request
GET /v1/features/user/u1
--- reload: during 1
--- upstream eval
[{ wait => 1, reply => $::user }]
--- response_body eval
$::answer



=== 2: reload between the fetch and the query of a recommendation
--- request
GET /v1/recommend/user/u1
--- reload: during 1
--- upstream eval
[{ request => qr{^GET}, wait => 1, reply => $::user },
 { request => 'POST /query',
   reply => '{"matches":[{"id":"item:i1","score":0.5}]}' }]
--- response_body chomp
{"userId":"u1","items":[{"id":"i1","score":0.5}]}



=== 3: reload while a query waits, for many clients
--- request
GET /v1/features/user/u1/similar
--- workers: 2
--- clients: 10
--- reload: during 1
--- upstream eval
[{ request => 'POST /query', wait => 1, times => 10,
   reply => '{"matches":[{"id":"user:u1","score":1}]}' }]
--- response_body chomp
{"sourceUserId":"u1","similar":[]}



=== 4: counters survive reloads
--- request eval
["GET /v1/features/user/u1", "GET /v1/features/user/u1", "GET /stats"]
--- reload
--- upstream eval
[{ times => 2, reply => $::user }]
--- response_body_like eval
[('.') x 2, main::counted('fetch', 2, 2)]



=== 5: a reload with another size of the zone begins anew
--- http_config
    vfs_zone vfs:2m;
--- reload_http_config
    vfs_zone vfs:3m;
--- request eval
["GET /v1/features/user/u1", "GET /stats"]
--- reload: before 2
--- upstream eval
[{ reply => $::user }]
--- response_body_like eval
['.', main::counted('fetch', 0, 0)]



=== 6: a reload to a broken configuration changes nothing
--- request eval
["GET /v1/features/user/u1", "GET /stats"]
--- reload: before 2
--- reload_config
    nonsense;
--- upstream eval
[{ reply => $::user }]
--- response_body_like eval
['.', main::counted('fetch', 1, 1)]
--- error_log
unknown directive "nonsense"



=== 7: counters survive a killed worker
--- request eval
["GET /v1/features/user/u1", "GET /v1/features/user/u1", "GET /stats"]
--- kill_worker: before 3
--- upstream eval
[{ times => 2, reply => $::user }]
--- response_body_like eval
[('.') x 2, main::counted('fetch', 2, 2)]



=== 8: a worker killed in a request takes it along, and nothing else
--- request eval
["GET /v1/features/user/u1", "GET /v1/features/user/u1", "GET /stats"]
--- kill_worker: during 2
--- upstream eval
[{ reply => $::user }, { hold => 'header' }]
--- error_code eval
[200, '', 200]
--- response_body_like eval
['.', '^$', main::counted('fetch', 1, 1)]



=== 9: all of many workers killed
--- request eval
["GET /v1/features/user/u1", "GET /v1/features/user/u1"]
--- workers: 4
--- clients: 5
--- kill_worker: before 2
--- upstream eval
[{ times => 10, reply => $::user }]
--- response_body eval
[($::answer) x 2]



=== 10: many clients, workers and a reload: every request is counted
--- request eval
[("GET /v1/features/user/u1") x 4, 'GET /stats']
--- workers: 4
--- clients: 25
--- reload: before 3
--- upstream eval
[{ times => 100, reply => $::user, framing => 'chunked', piece => [40, 0.001] }]
--- response_body_like eval
[("^\Q$::answer\E\$") x 4,
 '"route":"fetch","requests":100,"in_flight":0,.*?"2xx":100,']



=== 11: a stream of statistics ends by a reload, and says so
--- request
GET /stats/stream
--- reload: during 1
--- response_headers
Content-Type: text/event-stream
--- response_body_like: ^retry: .*\ndata: \{.*\}\n\n$



=== 12: a worker killed in a stream of statistics
--- request
GET /stats/stream
--- kill_worker: during 1
--- ignore_response
--- error_log
exited on signal 9
