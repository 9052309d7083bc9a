# The README's drop-in: Debian's own configuration of nginx and what the README
# adds to it, nothing else.  Only ports and directories are other ones.

use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(basename dirname);
use File::Copy qw(copy);
use File::Temp qw(tempdir);
use HTTP::Tiny;
use IO::Socket::INET;
use Test::More;
use Time::HiRes qw(sleep time);

my $PATIENCE = 30;

my $root = abs_path(dirname(__FILE__) . '/../..');
my $binary = $ENV{TEST_NGINX_BINARY} || 'nginx';
my $module = $ENV{TEST_NGINX_LOAD_MODULES}
    or die "TEST_NGINX_LOAD_MODULES is not set\n";
my $index = $ENV{VFS_INDEX} or die "VFS_INDEX is not set\n";
my $dir = tempdir('nginx-stock-XXXXXX', TMPDIR => 1, CLEANUP => 1);
my $http = HTTP::Tiny->new(timeout => 20);
my %ports;
my @started;


sub free_port {
    for (1 .. 100) {
        my $port = 10000 + int rand 20000;

        next if $ports{$port};

        my $socket = IO::Socket::INET->new(LocalAddr => '127.0.0.1',
            LocalPort => $port, Proto => 'tcp', Listen => 1);

        next if !$socket;

        $ports{$port} = 1;

        return $port;
    }

    die "no free port\n";
}


sub slurp {
    my ($path) = @_;

    open my $file, '<', $path or die "$path: $!\n";
    local $/;

    return scalar <$file>;
}


# Changes a file; each pattern must be there.

sub edit {
    my ($path, @changes) = @_;

    my $text = slurp($path);

    while (my ($pattern, $replacement) = splice @changes, 0, 2) {
        $text =~ s/$pattern/$replacement/g or die "$path has no $pattern\n";
    }

    open my $file, '>', $path or die "$path: $!\n";
    print $file $text;
    close $file or die "$path: $!\n";

    return;
}


# Starts a program and waits until its port answers.

sub start {
    my ($port, @command) = @_;

    my $log = "$dir/" . basename($command[0]) . '.out';
    my $pid = fork // die "fork: $!\n";

    if ($pid == 0) {
        open STDOUT, '>', $log or die "$log: $!\n";
        open STDERR, '>&', \*STDOUT or die "$log: $!\n";
        exec @command or die "$command[0]: $!\n";
    }

    push @started, $pid;

    my $deadline = time + $PATIENCE;

    while (time < $deadline) {
        return if IO::Socket::INET->new(PeerAddr => '127.0.0.1',
            PeerPort => $port, Proto => 'tcp');
        sleep 0.05;
    }

    die "$command[0] does not start: ", slurp($log);
}


sub upsert {
    my ($port, $namespace, $id) = @_;

    my $answer = $http->post("http://127.0.0.1:$port/vectors/upsert", {
        headers => { 'Content-Type' => 'application/json' },
        content => qq({"namespace":"$namespace","vectors":)
            . qq([{"id":"$id","values":[0.6,0.8]}]}),
    });

    die "upsert: $answer->{status} $answer->{content}\n"
        if !$answer->{success};

    return;
}


# What the README tells to add.

my ($snippet) = slurp("$root/README.md")
    =~ /^## In the NGINX you have\n.*?^```nginx\n(.*?)^```/ms
    or die "README.md has no configuration\n";
my ($load) = $snippet =~ /^(load_module .*;)$/m or die "no load_module\n";
my ($include) = $snippet =~ /^\s*(include .*;)$/m or die "no include\n";

# Debian's configuration and modules, with the module and vfs.conf.

my $port = free_port();
my $index_port = free_port();

system('cp', '-RL', '/etc/nginx/.', $dir) == 0 or die "no /etc/nginx\n";
mkdir "$dir/modules" or die "$dir/modules: $!\n";
symlink $_, "$dir/modules/" . basename($_) for glob '/usr/lib/nginx/modules/*';
unlink "$dir/modules/ngx_http_vfs_module.so";
copy($module, "$dir/modules/ngx_http_vfs_module.so") or die "$module: $!\n";
copy("$root/conf/vfs.conf", "$dir/vfs.conf") or die "vfs.conf: $!\n";
chmod 0755, $dir;

edit("$dir/nginx.conf",
    qr{\A} => "$load\n",
    qr{/etc/nginx/} => "$dir/",
    qr{/run/nginx\.pid} => "$dir/nginx.pid",
    qr{/var/log/nginx/} => "$dir/");
edit("$dir/sites-enabled/default",
    qr{listen 80 default_server} => "listen 127.0.0.1:$port default_server",
    qr{listen \[::\]:80 default_server;} => '',
    qr{^(?=[ \t]*location / \{)}m => "\t$include\n");
edit("$dir/vfs.conf", qr{127\.0\.0\.1:5080} => "127.0.0.1:$index_port");

start($index_port, $index, '--listen', "127.0.0.1:$index_port",
    '--data', "$dir/index");
upsert($index_port, 'user-features', 'user:u1');
upsert($index_port, 'item-features', 'item:i1');

start($port, $binary, '-p', $dir, '-e', "$dir/error.log",
    '-c', "$dir/nginx.conf", '-g', 'daemon off;');

for my $case (
    ['/healthz', 200, qr/^\{"status":"ok"\}/],
    ['/readyz', 200, qr/^\{"status":"ready"\}/],
    ['/v1/features/user/u1', 200,
        qr/^\{"id":"u1","values":\[0\.6,0\.8\],"metadata":\{\}\}$/],
    ['/api/v1/features/item/i1', 200, qr/^\{"id":"i1",/],
    ['/v1/features/user/u1/similar', 200,
        qr/^\{"sourceUserId":"u1","similar":\[\]\}$/],
    ['/v1/recommend/user/u1', 200,
        qr/^\{"userId":"u1","items":\[\{"id":"i1","score":[\d.]+\}\]\}$/],
    ['/v1/features/user/nobody', 404,
        qr/^\{"error":"User feature vector not found\."\}$/],
    ['/v1/openapi.json', 200, qr/"openapi": ?"3\.1/],
    ['/stats', 200, qr/^\{"version":1/],
    ['/metrics', 200, qr/^# HELP vfs_/],
    ['/nothing', 404, qr/<html>/],
) {
    my ($path, $status, $body) = @$case;
    my $answer = $http->get("http://127.0.0.1:$port$path");

    is($answer->{status}, $status, "$path: $status");
    like($answer->{content}, $body, "$path: body");
}

my @bad = grep { /\[(?:error|alert|crit|emerg)\]/ }
    split /^/, slurp("$dir/error.log");

is("@bad", '', 'no errors in the log');

done_testing();


END {
    my $status = $?;

    kill TERM => @started;
    waitpid $_, 0 for @started;
    $? = $status;
}
