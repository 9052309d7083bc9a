package Test::Nginx::Socket;

# Runs declarative tests of nginx; t/lib/README.md describes it.

use strict;
use warnings;

use Carp qw(croak);
use Cwd qw(abs_path);
use Exporter ();
use File::Temp ();
use IO::Socket::INET;
use Test::More;
use Time::HiRes qw(sleep);

use Test::Nginx::Blocks;
use Test::Nginx::Checks;
use Test::Nginx::Client;
use Test::Nginx::Config;
use Test::Nginx::Logs;
use Test::Nginx::Moments;
use Test::Nginx::Process;
use Test::Nginx::Request;
use Test::Nginx::Response;
use Test::Nginx::TCP;
use Test::Nginx::Upstream;

our @EXPORT = qw(
    run_tests blocks repeat_each no_shuffle no_long_string no_root_location
    log_level workers server_port server_root html_dir timeout
    add_block_preprocessor add_cleanup_handler env_to_nginx
    plan is isnt ok like unlike is_deeply pass fail diag note BAIL_OUT
);

my %setting = (
    repeat_each => 1,
    workers     => 1,
    log_level   => $ENV{TEST_NGINX_LOG_LEVEL} // 'debug',
    patience    => $ENV{TEST_NGINX_PATIENCE} // 30,
);
my (@preprocessors, @cleanups, @blocks, $blocks_read, @remarks);
my (%env, $binary, $info, $root, $port, $closed, $nginx, $upstream, $tcp);


sub import {
    my ($class, @plan) = @_;

    strict->import;
    warnings->import;

    local $Exporter::ExportLevel = 1;
    Exporter::import($class);

    plan(@plan) if @plan && $plan[0] ne '-Base';

    $binary = $ENV{TEST_NGINX_BINARY} || 'nginx';
    $root = $ENV{TEST_NGINX_SERVROOT} || File::Temp::tempdir(
        'nginx-test-XXXXXX', TMPDIR => 1,
        CLEANUP => !$ENV{TEST_NGINX_NO_CLEAN});
    mkdir $root;
    $root = abs_path($root);

    $upstream = Test::Nginx::Upstream->new;
    $closed = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => 0,
        Proto => 'tcp') or croak "bind: $@";

    $ENV{TEST_NGINX_SERVROOT} = $ENV{TEST_NGINX_SERVER_ROOT} = $root;
    $ENV{TEST_NGINX_UPSTREAM_PORT} = $upstream->port;
    $ENV{TEST_NGINX_CLOSED_PORT} = $closed->sockport;
    choose_port();

    return;
}


sub choose_port {
    $port = Test::Nginx::Config::free_port();
    $ENV{$_} = $port for qw(TEST_NGINX_PORT TEST_NGINX_SERVER_PORT
        TEST_NGINX_CLIENT_PORT);

    return;
}


# What a .t file may set before it runs its tests.

sub accessor {
    my ($name, @value) = @_;

    $setting{$name} = $value[0] if @value;

    return $setting{$name};
}

sub repeat_each { return accessor('repeat_each', @_) }
sub log_level { return accessor('log_level', @_) }
sub workers { return accessor('workers', @_) }
sub timeout { return accessor('timeout', @_) }
sub no_root_location { return accessor('no_root_location', 1) }
sub no_shuffle { return }
sub no_long_string { return }
sub server_port { return $port }
sub server_root { return $root }
sub html_dir { return "$root/html" }
sub env_to_nginx { $env{$_} = 1 for @_; return }
sub add_block_preprocessor { push @preprocessors, @_; return }
sub add_cleanup_handler { push @cleanups, @_; return }


sub blocks {
    if (!$blocks_read++) {
        my ($first_line, $text) = read_data();
        my ($kept, $remarks) = Test::Nginx::Blocks::select_blocks(
            Test::Nginx::Blocks->parse($text, $0, $first_line));

        @blocks = @$kept;
        @remarks = @$remarks;
    }

    return @blocks;
}


# The text after __DATA__ and the number of its first line.

sub read_data {
    open my $file, '<', $0 or croak "$0: $!";

    while (<$file>) {
        next if !/^__(?:DATA|END)__$/;

        my $first_line = $. + 1;
        local $/;

        return ($first_line, <$file> // '');
    }

    croak "$0 has no __DATA__";
}


sub run_tests {
    my @selected = blocks();

    for my $remark (@remarks) {
        diag("$0: $remark");
        fail("$remark is no way to pass") if $ENV{CI} && $remark =~ /ONLY/;
    }

    plan('no_plan') if !Test::More->builder->has_plan;
    $info = Test::Nginx::Config::probe($binary);

    for my $block (@selected) {
        $_->($block) for @preprocessors;
        next if skip_block($block);

        my $ok = eval { run_block($block); 1 };
        my $error = $@;

        clean_up();
        fail($block->name . ": $error") if !$ok;
    }

    return;
}


sub clean_up {
    $nginx->stop('KILL') if $nginx && $nginx->running;
    $_->stop for grep { defined } $upstream, $tcp;
    $_->() for splice @cleanups;
    undef $nginx;
    undef $tcp;

    return;
}


# --- skip_nginx: N: < 1.21.0 and --- skip_eval: N: expression

sub skip_block {
    my ($block) = @_;
    my ($n, $why);

    if (defined(my $spec = $block->value('skip_nginx'))) {
        my ($number, $operator, $version) =
            $spec =~ /^\s*(\d+):\s*([<>]=?|[=!]=)\s*([\d.]+)\s*$/
            or croak "--- skip_nginx: cannot read \"$spec\"";
        my $limit = Test::Nginx::Config::version_number($version);

        ($n, $why) = ($number, "nginx $operator $version")
            if eval "$info->{version} $operator $limit";
    }

    if (defined(my $spec = $block->value('skip_eval'))) {
        my ($number, $code) = $spec =~ /^\s*(\d+):\s*(.*?)\s*$/s
            or croak "--- skip_eval: cannot read \"$spec\"";
        my $skip = eval "package main; no strict; $code";

        croak "--- skip_eval: $@" if $@;
        ($n, $why) = ($number, $code) if $skip;
    }

    return 0 if !defined $n;

    SKIP: {
        skip($block->name . ": $why", $n * $setting{repeat_each});
    }

    return 1;
}


sub run_block {
    my ($block) = @_;

    Test::Nginx::Config::clear_ports();
    $block->reset_values;

    my $problem = start_nginx($block);
    my $logs = Test::Nginx::Logs::read_all($root, 0);

    if (defined $problem) {
        die "nginx $problem\n", Test::Nginx::Logs::tail($root)
            if !$block->has('must_die');

        my $died = $problem =~ /^exited/ ? $nginx->exit_code : undef;

        return report($block, 0, 1, { died => $died, %$logs });
    }

    return report($block, 0, 1, $logs) if $block->has('must_die');

    my $offset = 0;

    for my $repetition (0 .. $setting{repeat_each} - 1) {
        $block->reset_values if $repetition;
        $offset = run_once($block, $repetition, $offset);
    }

    return;
}


# Another process may take a port first, if only while nginx tries again: then
# on other ones.

sub start_nginx {
    my ($block) = @_;

    for (1 .. 5) {
        choose_port() if !Test::Nginx::Config::port_is_free($port);

        Test::Nginx::Config::prepare_root($root);
        write_config($block);
        Test::Nginx::Config::write_user_files($root,
            $block->value('user_files')) if $block->has('user_files');

        $nginx = Test::Nginx::Process->new(binary => $binary, root => $root,
            patience => $setting{patience});
        my $problem = $nginx->start;

        return $problem if Test::Nginx::Logs::read_all($root, 0)->{error_log}
                           !~ /bind\(\) to .* failed/;

        $nginx->stop('KILL');
        Test::Nginx::Config::clear_ports();
        choose_port();
        $block->reset_values;
    }

    return 'found no free port';
}


sub write_config {
    my ($block, %replaced) = @_;

    my %text = map {
        $_ => Test::Nginx::Config::expand(
            $replaced{$_} // $block->value($_) // '')
    } qw(main_config http_config config);

    $text{main_config} .= join '', map { "env $_;\n" } sort keys %env;

    Test::Nginx::Config::write_file("$root/conf/nginx.conf",
        Test::Nginx::Config::render(
            root => $root, port => $port, info => $info,
            modules => [split ' ', $ENV{TEST_NGINX_LOAD_MODULES} // ''],
            log_level => word($block, 'log_level') // $setting{log_level},
            workers => word($block, 'workers') // $setting{workers},
            http2 => $block->has('http2'),
            no_root_location => $setting{no_root_location}, %text));

    return;
}


sub word {
    my ($block, $section) = @_;

    my $value = $block->value($section) // return undef;

    return $value =~ s/\s+//gr;
}


# One repetition; returns where the next one's part of the error log begins.

sub run_once {
    my ($block, $repetition, $offset) = @_;

    my $last = $repetition == $setting{repeat_each} - 1;
    my $happened = { repetition => $repetition };
    my @problems;

    $tcp = Test::Nginx::TCP->start($block);
    $upstream->start($block->value('upstream'))
        if $block->has('upstream') && !$upstream->{pid};

    my @jobs = Test::Nginx::Request::jobs($block, $port);
    my $n = 0;

    for my $i (0 .. $#jobs) {
        change_workers($block, $i + 1);

        my @answers = run_job($block, $jobs[$i], $i + 1);

        # CPAN's module reads the logs after each request.
        push @{$happened->{logs}}, logs_so_far($block, $offset)
            if $i < $#jobs && !$block->extensions;

        push @problems, map { problems_of($block, $_, $i + 1) } @answers;
        push @{$happened->{responses}}, responses($block, $jobs[$i], \@answers,
            \@problems);
    }

    sleep Test::Nginx::Request::seconds($block->value('wait'))
        if $block->has('wait');

    if ($block->has('upstream')) {
        $happened->{upstream} = $upstream->finish($setting{patience});
        push @problems, @{$happened->{upstream}{problems}};
    }

    if ($tcp) {
        $happened->{tcp} = $tcp->query;
        $tcp->stop;
    }

    if ($last) {
        my $end = $nginx->stop;
        push @problems, "nginx $end" if defined $end;

    } else {
        # The log phase may come after the last byte.
        sleep 0.03;
    }

    my $logs = Test::Nginx::Logs::read_all($root, $offset);

    push @problems, Test::Nginx::Logs::problems($block, $logs);
    report($block, $repetition, scalar @{$happened->{responses}},
        { %$happened, %$logs }, @problems);

    return $logs->{offset};
}


# The logs after a request, as soon as they have what is expected of them.

sub logs_so_far {
    my ($block, $offset) = @_;
    my $logs;

    for (1 .. 200) {
        $logs = Test::Nginx::Logs::read_all($root, $offset);

        return $logs if Test::Nginx::Checks::logs_suffice($block, $logs);
        sleep 0.01;
    }

    return $logs;
}


# What --- reload and --- kill_worker ask for before request $number.

sub change_workers {
    my ($block, $number) = @_;

    my %at = Test::Nginx::Moments::at($block, 'before', $number);

    reload($block, 0) if $at{reload};
    $nginx->kill_workers if $at{kill_worker};

    return;
}


sub reload {
    my ($block, $busy) = @_;

    my %replaced = map { $_ => $block->value("reload_$_") }
        grep { $block->has("reload_$_") } qw(http_config config);

    my $from = Test::Nginx::Logs::read_all($root, 0)->{offset};

    write_config($block, %replaced);
    $nginx->reload($busy, sub {
        Test::Nginx::Logs::read_all($root, $from)->{error_log} =~ /\[emerg\]/;
    });

    return;
}


sub run_job {
    my ($block, $job, $number) = @_;

    my $timeout = Test::Nginx::Request::seconds($block->value('timeout')
        // $setting{timeout} // $ENV{TEST_NGINX_TIMEOUT} // 30);
    my $clients = word($block, 'clients') // 1;
    my $seen = $block->has('upstream') ? $upstream->count('request') : 0;
    my %during = Test::Nginx::Moments::at($block, 'during', $number);
    my $asked = sub { $upstream->count('request') - $seen };

    my $tick = sub {
        my (@connections) = @_;

        # The upstream's child must never wait for us to hear what it tells.
        my $now = $block->has('upstream')
                  ? $upstream->count('request') > $seen
                  : grep { $_->{bytes} ne '' } @connections;

        return if !%during || !$now;

        reload($block, 1) if $during{reload};
        $nginx->kill_workers if $during{kill_worker};
        %during = ();
        $upstream->release if $block->has('upstream');
    };

    my ($what, $n) = Test::Nginx::Moments::abort_on($block, $number);

    $job = Test::Nginx::Moments::cut($job, $n) if $what eq 'sent';

    my @answers = Test::Nginx::Client::run([($job) x $clients],
        port => $port, timeout => $timeout, tick => $tick,
        shutdown => $block->has('shutdown'), rst => $block->has('rst'),
        events => word($block, 'sse'),
        leave => Test::Nginx::Moments::leaving($what, $n, $asked),
        gate => Test::Nginx::Moments::gate($block, $asked));

    # What comes next shall find that nginx knows.
    $upstream->settle($setting{patience})
        if $what ne '' && $block->has('upstream');

    return @answers;
}


sub problems_of {
    my ($block, $answer, $number) = @_;
    my @problems;

    my ($leaves) = Test::Nginx::Moments::abort_on($block, $number);

    push @problems, 'the client timed out'
        if $answer->{timed_out} && !$block->has('abort');
    push @problems, $answer->{error}
        if defined $answer->{error} && !$block->has('ignore_response');
    push @problems, 'the answer was complete before the client could leave'
        if $leaves ne '' && !$answer->{left};
    push @problems, 'the stream ended before ' . word($block, 'sse')
        . ' events' if $block->has('sse') && !$answer->{left}
                       && !$answer->{timed_out};

    return @problems;
}


# For each request of a job the responses of all clients.

sub responses {
    my ($block, $job, $answers, $problems) = @_;
    my @responses;

    for my $answer (@$answers) {
        my $bytes = $answer->{bytes};
        my $partial = $answer->{left} || $answer->{timed_out};

        diag(Test::Nginx::Response::printable($bytes))
            if $ENV{TEST_NGINX_VERBOSE};
        next if $block->has('ignore_response');

        for my $i (0 .. $#{$job->{heads}}) {
            my $r = Test::Nginx::Response::parse($bytes, $job->{heads}[$i],
                $partial);

            push @{$responses[$i]}, $r;
            push @$problems, $r->{error} if defined $r->{error};
            $bytes = $r->{rest};
        }

        push @$problems, 'unexpected bytes after the response: '
            . Test::Nginx::Response::printable($bytes) if $bytes ne '';
    }

    return @responses ? @responses : map { [] } @{$job->{heads}};
}


# Runs the checks of one repetition; problems are failures of their own.

sub report {
    my ($block, $repetition, $n, $happened, @problems) = @_;

    my $failed = 0;

    for my $check (Test::Nginx::Checks::list($block, $n)) {
        my ($title, $code) = @$check;
        my $full = $block->name . " - $title";

        $full .= ' (again)' if $repetition;
        $failed++ if !$code->($happened, $full);
    }

    for my $problem (@problems) {
        fail($block->name . " - $problem");
        $failed++;
    }

    diag(Test::Nginx::Logs::tail($root)) if $failed;

    return;
}


$SIG{$_} = sub { exit 130 } for qw(INT TERM);

my $owner = $$;

END {
    if (defined $owner && $$ == $owner) {
        my $status = $?;
        clean_up();
        $? = $status;
    }
}


1;
