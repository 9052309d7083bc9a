# The runner's own tests: a suite passes when it should, and fails, saying why,
# when it must.

use strict;
use warnings;

use File::Temp qw(tempdir);
use FindBin qw($Bin);
use Test::More;

my $dir = tempdir(CLEANUP => 1);
my $serial = 0;

my $config = <<'EOC';
--- config
    location = /t { return 200 "hello\n"; }
    location = /up/ { internal; }
    location /up/ {
        proxy_http_version 1.1;
        proxy_set_header Connection close;
        proxy_pass http://127.0.0.1:$TEST_NGINX_UPSTREAM_PORT/;
    }
    location /slow/ {
        proxy_ignore_client_abort on;
        proxy_pass http://127.0.0.1:$TEST_NGINX_UPSTREAM_PORT/;
    }
EOC

my $hello = "=== 1: hello\n$config--- request\nGET /t\n";
my $up = "=== 1: upstream\n$config--- request\nGET /up/x\n";


# Runs blocks in a process of their own; returns exit status and output.

sub run_suite {
    my ($blocks, %o) = @_;

    my $plan = $o{plan} // 'q(no_plan)';
    my $path = "$dir/" . ++$serial . '.t';

    open my $file, '>', $path or die "$path: $!";
    print $file "use Test::Nginx::Socket;\n" . ($o{prelude} // '')
        . "plan $plan;\nrun_tests();\n__DATA__\n\n$blocks";
    close $file;

    local %ENV = %ENV;
    delete @ENV{qw(CI TEST_NGINX_LOAD_MODULES)};
    $ENV{CI} = 'true' if $o{ci};
    $ENV{TEST_NGINX_PATIENCE} = $o{patience} if $o{patience};

    open my $pipe, '-|', "$^X '-I$Bin/../lib' '$path' 2>&1" or die $!;
    my $output = do { local $/; <$pipe> };
    close $pipe;

    return ($?, $output);
}


sub passes {
    my ($title, $blocks, %o) = @_;

    my ($status, $output) = run_suite($blocks, %o);

    is($status, 0, "passes: $title") || diag($output);

    return $output;
}


sub fails {
    my ($title, $blocks, $why, %o) = @_;

    my ($status, $output) = run_suite($blocks, %o);

    subtest "fails: $title" => sub {
        isnt($status, 0, 'exit status');
        like($output, $why, 'reason');
    };

    return;
}


passes('hello', "$hello--- response_body\nhello\n", plan => 'tests => 2');
passes('a pattern in the log', "$hello--- error_log\nGET /t\n");
passes('nginx that must die', <<'EOB', plan => 'tests => 2');
=== 1: dies
--- config
    nonsense;
--- must_die
--- error_log
unknown directive "nonsense"
EOB

fails('wrong body', "$hello--- response_body\nhallo\n", qr/got: 'hello/);
fails('wrong status', "$hello--- error_code: 404\n", qr/expected: '404'/);
fails('unexpected status', "=== 1: none\n--- config\n--- request\nGET /n\n",
    qr/got: '404'/);
fails('wrong header', "$hello--- response_headers\nServer: x\n",
    qr/expected: 'x'/);
fails('header not absent', "$hello--- response_headers\n!Server\n",
    qr/header Server absent/);
fails('no such line in the log', "$hello--- error_log\nno such line\n",
    qr/not ok .* error_log: no such line/);
fails('a line in the log', "$hello--- no_error_log\nGET /t\n",
    qr/not ok .* no_error_log: GET/);
fails('wrong plan', "$hello--- response_body\nhello\n",
    qr/planned 3 tests but ran 2/, plan => 'tests => 3');
fails('nginx did not die', "=== 1: lives\n--- config\n--- must_die\n",
    qr/dies: it did not/);
fails('nginx does not start', "=== 1: dies\n--- config\n    nonsense;\n"
    . "--- request\nGET /\n", qr/unknown directive "nonsense"/);
fails('unknown section', "$hello--- responce_body\nhello\n",
    qr/unknown section "responce_body"/);
fails('unset variable', "=== 1: x\n--- config\n    # \$TEST_NGINX_NOWHERE\n"
    . "--- request\nGET /\n", qr/\$TEST_NGINX_NOWHERE is not set/);

fails('a line that only a later request brings', <<"EOB",
=== 1: later
$config--- request eval
["GET /t", "GET /t?later"]
--- error_log
/t?later
EOB
    qr/not ok .* error_log: \/t\?later/);
fails('a name that CPAN\'s module does not find', "$hello--- response_body"
    . " eval\nnowhere()\n", qr/Undefined subroutine/, prelude =>
    'sub nowhere { return "hello\n" }');

my $only = "$hello--- ONLY\n\n=== 2: other\n--- config\n--- request\nGET /n\n";

like(passes('ONLY for a person', $only), qr/--- ONLY in block "1: hello"/,
    'ONLY is said');
fails('ONLY in CI', $only, qr/--- ONLY .* is no way to pass/, ci => 1);
like(passes('SKIP', "$hello\n=== 2: other\n--- SKIP\n"),
    qr/--- SKIP in block "2: other"/, 'SKIP is said');

fails('[crit] in the log', "=== 1: crit\n--- config\n"
    . "    location = /t { proxy_pass http://unix:/nonexistent:/; }\n"
    . "--- request\nGET /t\n--- error_code: 502\n",
    qr/in the error log: .*\[crit\]/);
passes('an expected [crit]', "=== 1: crit\n--- config\n"
    . "    location = /t { proxy_pass http://unix:/nonexistent:/; }\n"
    . "--- request\nGET /t\n--- error_code: 502\n--- error_log\n[crit]\n");
fails('sanitizer text', "=== 1: x\n--- main_config\n    error_log stderr;\n"
    . "--- config\n--- request\nGET /AddressSanitizer\n--- error_code: 404\n",
    qr/on standard error: .*AddressSanitizer/);

my $pids = <<'EOP';
sub pids {
    open my $file, '<', "$ENV{TEST_NGINX_SERVROOT}/logs/nginx.pid" or die;
    chomp(my $master = <$file>);
    open $file, '<', "/proc/$master/task/$master/children" or die;
    return ($master, split ' ', <$file>);
}
EOP

fails('a crashed worker', <<"EOB", qr/exited on signal 11/, prelude => $pids);
=== 1: crash
$config--- request eval
kill 'SEGV', (main::pids())[1]; "GET /t"
--- error_code_like: .*
EOB
fails('a killed nginx', <<"EOB", qr/nginx killed by signal 9/, prelude => $pids);
=== 1: killed
$config--- request
GET /t
--- wait eval
kill 'KILL', main::pids(); 0.1
EOB

passes('an upstream', <<"EOB", plan => 'tests => 4');
$up--- upstream eval
[{ request => 'GET /x', reply => "hi", reply_headers => ["X-A: 1"] }]
--- response_body chomp
hi
--- upstream_connections: 1
--- upstream_requests
GET /x HTTP/1.1
Connection: close
Host: 127.0.0.1:\$TEST_NGINX_UPSTREAM_PORT
EOB
fails('an unexpected request', "$up--- upstream eval\n"
    . "[{ request => 'GET /y' }]\n", qr/upstream did not expect "GET \/x /);
fails('an unused exchange', "$up--- upstream eval\n"
    . "[{ request => 'GET /x' }, { request => 'GET /y' }]\n",
    qr/exchange 2 of the upstream was not asked for/);
fails('other bytes upstream', "$up--- upstream eval\n[{}]\n"
    . "--- upstream_requests\nGET /x HTTP/1.1\n", qr/not ok .* upstream req/);
fails('other connections', "$up--- upstream eval\n[{}]\n"
    . "--- upstream_connections: 2\n", qr/not ok .* upstream connections/);
fails('an unknown key of an exchange', "$up--- upstream eval\n[{ nod => 1 }]\n",
    qr/no "nod"/);
passes('equal JSON', "$up--- upstream eval\n[{ reply => '{\"a\":[1, 2]}' }]\n"
    . "--- response_json\n{ \"a\": [1,2] }\n", plan => 'tests => 2');
fails('other JSON', "$up--- upstream eval\n[{ reply => '{\"a\":[1]}' }]\n"
    . "--- response_json\n{\"a\":[2]}\n", qr/not ok .* JSON body/);
fails('a cut body', "$up--- upstream eval\n[{ reply => 'x' x 50, cut => 9 }]\n"
    . "--- error_log\nprematurely closed\n", qr/the body is 41 bytes short/);
fails('a slow answer', "$up--- upstream eval\n[{ delay => 1 }]\n"
    . "--- timeout: 100ms\n--- error_code:\n", qr/the client timed out/);
fails('a request that is left', <<'EOB', qr/left unfinished/, patience => 1,
=== 1: left
--- config
    location = /t {
        proxy_ignore_client_abort on;
        proxy_pass http://127.0.0.1:$TEST_NGINX_DEAF_PORT;
    }
--- request
GET /t
--- timeout: 100ms
--- abort
--- ignore_response
EOB
    prelude => <<'EOP');
use IO::Socket::INET;
our $deaf = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1');
$ENV{TEST_NGINX_DEAF_PORT} = $deaf->sockport;
EOP
fails('an upstream connection that is left', <<"EOB",
=== 1: left
$config--- upstream eval
[{ hold => 'header' }]
--- request
GET /slow/x
--- abort_on: upstream 1
--- ignore_response
EOB
    qr/nginx did not close the upstream connection/, patience => 1);
fails('a stream that ends', "$hello--- sse: 2\n",
    qr/the stream ended before 2 events/);

passes('HTTP/2', <<"EOB", plan => 'tests => 4');
$hello--- http2
--- response_body
hello
--- access_log
"GET /t HTTP/2.0"
--- no_error_log
[error]
EOB
passes('several clients and workers', <<"EOB", plan => 'tests => 3');
$up--- workers: 2
--- clients: 20
--- upstream eval
[{ times => 20, reply => 'x', framing => 'chunked' }]
--- response_body chomp
x
--- upstream_connections: 20
EOB
passes('a stream', <<"EOB", plan => 'tests => 2');
$up--- upstream eval
[{ reply => "data: 1\n\ndata: 2\n\n", length => 99, hold => 'body',
   reply_headers => ['Content-Type: text/event-stream',
                     'X-Accel-Buffering: no'] }]
--- sse: 2
--- response_body eval
"data: 1\n\ndata: 2\n\n"
EOB
passes('reload before and during requests', <<"EOB", plan => 'tests => 6');
=== 1: before
--- config
    location = /t { return 200 "old\n"; }
--- reload
--- reload_config
    location = /t { return 200 "new\n"; }
--- request eval
["GET /t", "GET /t"]
--- response_body eval
["old\n", "new\n"]

=== 2: during
$config--- request
GET /up/x
--- reload: during 1
--- upstream eval
[{ wait => 1, reply => 'x' }]
--- response_body chomp
x
EOB
passes('a killed worker', <<"EOB", plan => 'tests => 5');
=== 1: killed
$config--- kill_worker: before 2
--- request eval
["GET /t", "GET /t"]
--- response_body eval
["hello\n", "hello\n"]
--- no_shutdown_error_log
signal 11
EOB
passes('trickled bytes, a pipeline, a reset', <<"EOB", plan => 'tests => 8');
=== 1: trickle
$config--- request
GET /t
--- trickle: 5 1ms
--- response_body
hello

=== 2: pipeline
$config--- pipelined_requests eval
["GET /t", "GET /t"]
--- response_body eval
["hello\n", "hello\n"]

=== 3: reset
$config--- request
GET /up/x
--- rst
--- abort_on: upstream 1
--- ignore_response
--- upstream eval
[{ hold => 'header' }]
--- error_log
client prematurely closed connection

=== 4: sent
$config--- request
GET /t
--- abort_on: sent 10
--- ignore_response
--- error_log
client prematurely closed connection
EOB
passes('every kind of reply', <<"EOB", plan => 'tests => 13');
=== 1: refused
--- config
    location = /t { proxy_pass http://127.0.0.1:\$TEST_NGINX_CLOSED_PORT; }
--- request
GET /t
--- error_code: 502

=== 2: all in turn
$config--- request eval
[map { "GET /up/\$_" } 1 .. 12]
--- error_code eval
[200, 502, 502, 502, 200, 200, 200, 429, 204, 200, 200, 502]
--- upstream eval
[{ request => 'GET /1', piece => [10, 0.001], reply => 'x' x 50 },
 { request => 'GET /2', head_cut => 0 },
 { request => 'GET /3', head_cut => 20 },
 { request => 'GET /4', raw => '', rst => 1 },
 { request => 'GET /5', raw => "HTTP/1.0 200 OK\\r\\n\\r\\nx" },
 { request => 'GET /6', framing => 'close', reply => 'x' },
 { request => 'GET /7', pause_at => [2, 0.05], reply => 'xxxx' },
 { request => 'GET /8', status => 429, reply_headers => ['Retry-After: 1'] },
 { request => 'GET /9', status => 204 },
 { request => 'GET /10', delay => 0.05, body_delay => 0.05, reply => 'x' },
 { request => 'GET /11', framing => 'chunked', chunk => 2, reply => 'xxx' },
 { request => 'GET /12', close => 1, head_cut => 5 }]
EOB

done_testing();
