# The server that docs/directives.md shows beside nginx's own modules

use Cwd qw(abs_path);
use File::Basename qw(dirname);
use Test::Nginx::Socket;

$ENV{TEST_NGINX_CONF_DIR} = abs_path(dirname(__FILE__) . '/../conf');
$ENV{TEST_NGINX_HTML_DIR} ||= html_dir();

open my $page, '<', dirname(__FILE__) . '/../docs/directives.md' or die $!;

our ($limit, $server) = join('', <$page>)
    =~ /^<!-- t\/beside.t .*?```nginx\n(.*?)^server \{\n(.*?)^\}\n```/ms
    or die 'docs/directives.md has no server for this test';

$limit =~ s/500r/1r/;
$server =~ s/^    (?:listen|ssl_\w+) .*\n//mg;
$server =~ s/burst=100/burst=2/;
$server =~ s{/etc/nginx/users}{\$TEST_NGINX_HTML_DIR/users};
$server =~ s{include +vfs.conf;}{vfs_index /elsewhere/;
    include \$TEST_NGINX_CONF_DIR/vfs.conf;};

our $index = <<'_EOC_';

    location /elsewhere/ {
        internal;
        proxy_pass http://127.0.0.1:$TEST_NGINX_UPSTREAM_PORT/;
    }
_EOC_

our $user = {
    request => 'GET /vectors/fetch?ids=user%3Au1&namespace=user-features',
    reply => '{"vectors":{"user:u1":{"values":[1]}}}'
};
our $report = '{"worker":"w","definition":"0123456789abcdef","uptime_ms":1,'
              . '"paused":false,"counters":{},"gauges":{},"lag":{},'
              . '"event_to_stored_us":[]}';

add_block_preprocessor(sub {
    my ($block) = @_;

    $block->set_value('http_config', $limit);
    $block->set_value('config', $server . $index);
    $block->set_value('user_files', ">>> users\njoe:{PLAIN}secret\n");
    $block->set_value('no_error_log', "[alert]\n[crit]\n[emerg]\n");
});

plan tests => 47;

run_tests();

__DATA__

=== 1: no password
--- request eval: ['GET /v1/features/user/u1', 'GET /stats', 'GET /api/healthz']
--- error_code eval: [401, 401, 401]
--- response_body eval: [('{"error":"Authorization required."}') x 3]



=== 2: what needs none
--- more_headers
Content-Type: application/json
--- request eval: ['GET /healthz', 'GET /metrics', "POST /stats/ingest\n$::report"]
--- error_code eval: [200, 200, 204]



=== 3: the password, and too many requests
--- upstream eval: [{ %$::user, times => 3 }]
--- more_headers
Authorization: Basic am9lOnNlY3JldA==
--- request eval: [('GET /v1/features/user/u1') x 4]
--- error_code eval: [200, 200, 200, 429]
--- response_body eval
[('{"id":"u1","values":[1],"metadata":{}}') x 3, '{"error":"Too many requests."}']
