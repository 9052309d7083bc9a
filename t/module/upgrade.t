# Reloads and a binary upgrade under load: no request fails, and every one is
# counted.

use strict;
use warnings;

use File::Temp qw(tempdir);
use IO::Socket::INET;
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep time);

my $CLIENTS = 4;
my $RELOADS = 3;
my $PATIENCE = 60;

my $binary = $ENV{TEST_NGINX_BINARY} || 'nginx';
my $module = $ENV{TEST_NGINX_LOAD_MODULES}
    or die "TEST_NGINX_LOAD_MODULES is not set\n";
my $dir = tempdir('nginx-upgrade-XXXXXX', TMPDIR => 1, CLEANUP => 1);
my $port = free_port();
my $index = free_port($port);
my $vector = join ',', map { $_ / 128 } 1 .. 128;
my $answer = qq({"id":"u1","values":[$vector],"metadata":{}});
my (%started, @clients);


sub free_port {
    my ($taken) = @_;

    for (1 .. 100) {
        my $candidate = 10000 + int rand 20000;

        next if $taken && $candidate == $taken;

        my $socket = IO::Socket::INET->new(LocalAddr => '127.0.0.1',
            LocalPort => $candidate, Proto => 'tcp', Listen => 1);

        return $candidate if $socket;
    }

    die "no free port\n";
}


sub slurp {
    my ($path) = @_;

    open my $file, '<', $path or return undef;
    local $/;

    return scalar <$file>;
}


sub write_config {
    my $user = $> == 0 ? 'user root;' : '';
    my $temp = join '', map { "    ${_}_temp_path $dir/$_;\n" }
        qw(client_body proxy), grep {
            `'$binary' -V 2>&1` !~ /--without-http_${_}_module/
        } qw(fastcgi uwsgi scgi);

    open my $file, '>', "$dir/nginx.conf" or die "$dir/nginx.conf: $!\n";
    print $file <<"EOC";
load_module $module;
$user
worker_processes 3;
pid $dir/nginx.pid;
error_log $dir/error.log notice;
env ASAN_OPTIONS;

events {
    worker_connections 256;
}

http {
    access_log off;
$temp
    server {
        listen 127.0.0.1:$port;
        server_name localhost;

        location = /u { vfs_fetch user u1; }
        location = /stats { vfs_stats; }

        location /_vfs/ {
            internal;
            proxy_pass http://127.0.0.1:$index/;
        }
    }

    server {
        listen 127.0.0.1:$index;

        location = /vectors/fetch {
            return 200 '{"vectors":{"user:u1":{"values":[$vector]}}}';
        }
    }
}
EOC
    close $file or die "$dir/nginx.conf: $!\n";

    return;
}


# The body of the answer to one request on a connection of its own, or why
# there is none.

sub get {
    my ($uri) = @_;

    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
        PeerPort => $port, Proto => 'tcp', Timeout => 20)
        or return "connect: $@";

    print $socket "GET $uri HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    local $/;
    my $text = <$socket> // return "read: $!";

    return $text =~ /\AHTTP\/1\.1 200 .*?\r\n\r\n(.*)\z/s ? $1 : "not 200: $text";
}


# A process that asks until it is told to stop, then says how often it asked
# and which answer was the first wrong one.

sub start_client {
    pipe my $result_in, my $result_out or die "pipe: $!";

    my $pid = fork // die "fork: $!";

    if ($pid == 0) {
        my ($stop, $asked, $wrong) = (0, 0, '');

        local $SIG{TERM} = sub { $stop = 1 };

        until ($stop) {
            my $got = get('/u');

            $asked++;
            $wrong ||= $got if $got ne $answer;
        }

        $wrong =~ s/\s+/ /g;
        print $result_out "$asked $wrong\n";
        close $result_out;
        POSIX::_exit(0);
    }

    close $result_out;
    push @clients, { pid => $pid, result => $result_in };

    return;
}


# How many requests the clients made; each wrong answer fails.

sub stop_clients {
    my ($when) = @_;
    my ($total, @wrong) = (0);

    kill TERM => $_->{pid} for @clients;

    for my $client (splice @clients) {
        my $line = readline $client->{result};
        waitpid $client->{pid}, 0;

        my ($asked, $wrong) = ($line // '0 no report') =~ /^(\d+) (.*)/;

        $total += $asked;
        push @wrong, $wrong if $wrong ne '';
    }

    is("@wrong", '', "$when: no request failed");
    cmp_ok($total, '>', 0, "$when: there were requests");

    return $total;
}


sub wait_for {
    my ($what, $condition) = @_;

    my $deadline = time + $PATIENCE;

    while (time < $deadline) {
        return pass($what) if $condition->();
        sleep 0.05;
    }

    fail($what);
    diag(slurp("$dir/error.log") // 'no error.log');

    return;
}


sub master {
    my ($file) = @_;

    my $pid = slurp("$dir/$file") // return undef;

    return $pid =~ /^(\d+)\s/ ? $1 : undef;
}


sub workers_of {
    my ($pid) = @_;

    my $children = slurp("/proc/$pid/task/$pid/children") // '';

    return split ' ', $children;
}


# Whether process $pid has three workers, none of them among the given ones.

sub renewed {
    my ($pid, %old) = @_;

    my @now = workers_of($pid);

    return @now == 3 && !grep { $old{$_} } @now;
}


# Whether a process has ended, also where nobody has asked for its status.

sub gone {
    my ($pid) = @_;

    return (slurp("/proc/$pid/stat") // ') Z') =~ /\) Z/;
}


write_config();

# nginx takes USR2 only when it has detached itself

system("'$binary' -p '$dir' -e '$dir/error.log' -c '$dir/nginx.conf' > '$dir/out' 2>&1") == 0
    or die "$binary does not start: " . slurp("$dir/out");

wait_for('nginx is up', sub { defined master('nginx.pid') });
is(get('/u'), $answer, 'it answers');

my $first = master('nginx.pid');
$started{$first} = 1;

start_client() for 1 .. $CLIENTS;

for my $n (1 .. $RELOADS) {
    my %old = map { $_ => 1 } workers_of($first);

    sleep 0.3;
    kill HUP => $first;
    wait_for("reload $n is complete", sub { renewed($first, %old) });
}

my $asked = stop_clients('reloads');

# and the one that saw nginx come up
my ($counted) = get('/stats') =~ /"route":"fetch","requests":(\d+)/;

is($counted, $asked + 1, 'reloads: every request is counted once');

start_client() for 1 .. $CLIENTS;
sleep 0.3;
kill USR2 => $first;
wait_for('the new binary is up', sub {
    my $new = master('nginx.pid');

    return defined master('nginx.pid.oldbin') && defined $new && $new != $first
           && workers_of($new) == 3;
});

my $second = master('nginx.pid');
$started{$second} = 1 if defined $second;

sleep 0.3;
kill QUIT => $first;
wait_for('the old binary is gone', sub { gone($first) });
delete $started{$first};
sleep 0.3;

$asked = stop_clients('upgrade');
($counted) = get('/stats') =~ /"route":"fetch","requests":(\d+)/;
cmp_ok($counted, '>', 0, 'upgrade: the new binary counts');
cmp_ok($counted, '<=', $asked, 'upgrade: from zero');

kill QUIT => $second;
wait_for('the new binary ends', sub { gone($second) });
delete $started{$second};

my $reports = qr/Sanitizer|runtime error:/;
my @bad = grep { /\[(?:alert|crit|emerg)\]|exited on signal|$reports/ }
    split /^/, slurp("$dir/error.log") // '';

is("@bad", '', 'no alerts');
unlike(slurp("$dir/out") // '', $reports, 'no reports');

done_testing();


END {
    my $status = $?;

    kill KILL => $_->{pid} for @clients;
    kill QUIT => keys %started if %started;
    $? = $status;
}
