# post_action: what runs after the answer is not what the client asked for

use Test::Nginx::Socket;

$ENV{TEST_NGINX_HTML_DIR} ||= html_dir();

our $http_config = <<'_EOC_';
    log_format vfs escape=none
        'log: status=$status route=$vfs_route index="$vfs_upstream_status" '
        'type=$sent_http_content_type length=$sent_http_content_length '
        'etag=$sent_http_etag retry=$sent_http_retry_after';
_EOC_

# What clients ask for, each with "$after" behind it; and what may stand there.

sub config {
    my ($after) = @_;

    return <<"_EOC_" . <<'_EOC_';
    location = /fetch { vfs_fetch user u1; vfs_etag on; post_action $after; }
    location = /similar { vfs_similar user u1; post_action $after; }
    location = /batch { client_max_body_size 1m; vfs_batch user; post_action $after; }
    location = /refused { vfs_fetch user \$arg_id; post_action $after; }
    location = /denied { deny all; vfs_fetch user u1; post_action $after; }
    location = /file { root $ENV{TEST_NGINX_HTML_DIR}; post_action $after; }
_EOC_
    access_log logs/access.log vfs;

    location = /stats { vfs_stats; }

    location = /a/fetch { vfs_fetch user u1; vfs_etag on; }
    location = /a/similar { vfs_similar user u1; }
    location = /a/stream { vfs_stats_stream; }
    location = /a/denied { deny all; error_page 403 /a/error; vfs_batch user; }
    location = /a/error { vfs_error; }
    location = /a/none { return 204; }

    location /_vfs/ {
        internal;
        proxy_pass http://127.0.0.1:$TEST_NGINX_UPSTREAM_PORT/;
    }
_EOC_
}

our $fetch = { request => qr{^GET /vectors/fetch},
               reply => '{"vectors":{"user:u1":{"values":[1]}}}' };
our $query = { request => 'POST /query', reply => '{"matches":[{"id":"user:u2","score":1}]}' };

our $json = 'type=application/json';
our $nothing = 'etag= retry=';

# A route's part of the statistics.

sub route {
    my ($name, $rest) = @_;

    return qr/"route":"$name",$rest/;
}

add_block_preprocessor(sub {
    my ($block) = @_;

    $block->set_value('http_config', $http_config);
    $block->set_value('user_files', ">>> file\nstatic\n");
    $block->set_value('no_error_log', "[alert]\n[crit]\n[error]\n")
        if !defined $block->no_error_log;
});

plan tests => 128;

run_tests();

__DATA__

=== 1: an endpoint behind an endpoint
--- config eval: main::config('/a/similar')
--- upstream eval: [$::fetch, $::query]
--- request eval: ['GET /fetch', 'GET /stats']
--- response_body_like eval
[qr/"id":"u1"/, main::route('fetch', '"requests":1,"in_flight":0,.*?"2xx":1,.*"route":"similar","requests":0,"in_flight":0,.*"operation":"fetch","requests":1,.*"operation":"query","requests":1,')]
--- access_log eval
[qr{log: status=200 route=fetch index="200" $::json length=38 etag="\w+" retry=$}m]



=== 2: one that answers otherwise behind one that refused
--- config eval: main::config('/a/similar')
--- upstream eval: [$::query]
--- request eval: ['GET /refused?id=a+b', 'GET /stats']
--- error_code eval: [400, 200]
--- response_body_like eval
[qr/"error":/, main::route('fetch', '"requests":1,.*?"2xx":0,"3xx":0,"4xx":1,.*"route":"similar","requests":0,')]
--- access_log eval
[qr{log: status=400 route=fetch index="" $::json length=\d\d+ $::nothing$}m]



=== 3: one that fails
--- config eval: main::config('/a/similar')
--- upstream eval: [$::fetch, { %$::query, status => 429, reply => '' }]
--- request eval: ['GET /fetch', 'GET /stats']
--- response_body_like eval
[qr/"id":"u1"/, main::route('fetch', '"requests":1,.*?"2xx":1,.*"5xx":0\}.*"route":"similar","requests":0,')]
--- no_error_log
[alert]
--- access_log eval
[qr{log: status=200 route=fetch index="200" $::json length=38 etag="\w+" retry=$}m]



=== 4: one that is refused, and its error page
--- config eval: main::config('/a/denied')
--- upstream eval: [$::query]
--- request eval: ['GET /similar', 'GET /stats']
--- response_body_like eval
[qr/"u2"/, main::route('fetch', '"requests":0,.*"route":"similar","requests":1,.*?"2xx":1,')]
--- no_error_log
[alert]



=== 5: a stream
--- config eval: main::config('/a/stream')
--- upstream eval: [$::query]
--- request eval: ['GET /similar', 'GET /stats']
--- response_body_like eval
[qr/"u2"/, main::route('similar', '"requests":1,.*?"2xx":1,.*"route":"other","requests":0,"in_flight":1,')]
--- access_log eval
[qr{log: status=200 route=similar index="200" $::json length=\d+ $::nothing$}m]



=== 6: another module's answer behind an endpoint
--- config eval: main::config('/a/none')
--- request eval: ['GET /refused?id=a+b', 'GET /stats']
--- error_code eval: [400, 200]
--- response_body_like eval
[qr/"error":/, main::route('fetch', '"requests":1,.*?"2xx":0,"3xx":0,"4xx":1,')]
--- access_log eval
[qr{ route=fetch index="" }]



=== 7: an endpoint behind what is none
--- config eval: main::config('/a/fetch')
--- upstream eval: [$::fetch]
--- request eval: ['GET /file', 'GET /stats']
--- response_body_like eval
[qr/^static$/, qr/"in_flight":1,"requests":0,.*"operation":"fetch","requests":1,/]
--- access_log eval
[qr{log: status=200 route= index="" type=text/plain length=7 etag="[-\w]+" retry=$}m]



=== 8: the time that it takes is not the client's
--- config eval: main::config('/a/similar')
--- upstream eval: [$::fetch, { %$::query, delay => 0.3 }]
--- request eval: ['GET /fetch', 'GET /stats']
--- response_body_like eval
[qr/"id":"u1"/, main::route('fetch', '.*?"latency_us":\{"count":1,"mean":\d{1,5}\.')]



=== 9: nor is that behind an answer of nginx itself
--- config eval: main::config('/a/similar')
--- upstream eval: [{ %$::query, delay => 0.3 }]
--- request eval: ['GET /denied', 'GET /stats']
--- error_code eval: [403, 200]
--- response_body_like eval
[qr/403 Forbidden/, main::route('fetch', '"requests":1,.*?"4xx":1,.*?"latency_us":\{"count":1,"mean":\d{1,5}\.')]
--- no_error_log
[alert]
--- access_log eval
[qr{log: status=403 route=fetch index="" }]



=== 10: a client that left
--- config eval: main::config('/a/similar')
--- upstream eval: [{ request => $::fetch->{request}, hold => 'header' }]
--- request eval: ['GET /fetch', 'GET /stats']
--- abort_on eval: ['upstream 1', undef]
--- error_code_like eval: ['^', '200']
--- response_body_like eval
[qr/^/, main::route('fetch', '"requests":1,"in_flight":0,.*?"2xx":0,"3xx":0,"4xx":0,"499":1,"5xx":0')]
--- access_log eval
[qr{log: status=499 route=fetch index="499" }]



=== 11: of HTTP/2
--- http2
--- config eval: main::config('/a/similar')
--- upstream eval: [$::fetch, { %$::query, optional => 1 }]
--- request eval: ['GET /fetch', 'GET /stats']
--- response_body_like eval
[qr/"id":"u1"/, main::route('fetch', '"requests":1,.*?"2xx":1,.*"route":"similar","requests":0,')]
--- access_log eval
[qr{log: status=200 route=fetch index="200" $::json }]



=== 12: a client that left while it sent its body
--- config eval: main::config('/a/none')
--- request eval: ["POST /batch\n" . ' ' x 1000 . '{}', 'GET /stats']
--- more_headers: Content-Type: application/json
--- abort_on eval: ['sent 500', undef]
--- error_code_like eval: ['^', '200']
--- response_body_like eval
[qr/^/, main::route('batch', '"requests":1,"in_flight":0,.*?"2xx":0,"3xx":0,"4xx":0,"499":1,"5xx":0')]
--- access_log eval
[qr{ route=batch index="" }]
