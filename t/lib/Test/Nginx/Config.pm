package Test::Nginx::Config;

# Writes what one nginx needs into its server root: nginx.conf and files.

use strict;
use warnings;

use Carp qw(croak);
use File::Basename qw(dirname);
use File::Path qw(make_path remove_tree);
use IO::Socket::INET;
use POSIX ();
use Time::Local qw(timelocal);

my %TEMP_PATH = (
    http_proxy   => 'proxy',
    http_fastcgi => 'fastcgi',
    http_uwsgi   => 'uwsgi',
    http_scgi    => 'scgi',
);


# A free port below the range that the kernel hands out to outgoing
# connections, so that nobody else comes by it before nginx does; none that
# this block already has, which is free until nginx starts.

my %ports;

sub free_port {
    my %taken = map { $_ => 1 } grep { defined } values %ports,
        $ENV{TEST_NGINX_SERVER_PORT};

    for (1 .. 200) {
        my $port = 10000 + int rand 22000;

        return $port if !$taken{$port} && port_is_free($port);
    }

    croak 'no free port found';
}


sub port_is_free {
    my ($port) = @_;

    my $socket = IO::Socket::INET->new(LocalAddr => '127.0.0.1',
        LocalPort => $port, Proto => 'tcp', Listen => 1, ReuseAddr => 1);

    return defined $socket;
}


# { version => 1022001, text => "1.22.1", without => {...} } of a binary.

sub probe {
    my ($binary) = @_;

    open my $pipe, '-|', "'$binary' -V 2>&1" or croak "$binary: $!";
    my $text = do { local $/; <$pipe> };
    close $pipe;

    my ($version) = $text =~ m{nginx/(\d+\.\d+\.\d+)}
        or croak "\"$binary -V\" does not answer as nginx does: $text";

    return {
        text    => $version,
        version => version_number($version),
        without => { map { $_ => 1 } $text =~ /--without-(\w+)_module/g },
    };
}


sub version_number {
    my ($text) = @_;

    my ($major, $minor, $patch) = split /\./, $text;

    return $major * 1_000_000 + $minor * 1000 + ($patch // 0);
}


# Replaces $TEST_NGINX_NAME by the environment's value; RAND_PORT_n becomes a
# free port that stays the same until clear_ports().

sub clear_ports {
    %ports = ();
    delete $ENV{$_} for grep { /^TEST_NGINX_RAND_PORT_/ } keys %ENV;

    return;
}


sub expand {
    my ($text) = @_;

    return $text if !defined $text || ref $text;

    $text =~ s/\$(TEST_NGINX_\w+)/variable($1)/ge;

    return $text;
}


sub variable {
    my ($name) = @_;

    if ($name =~ /^TEST_NGINX_RAND_PORT_\d+$/) {
        $ENV{$name} = $ports{$name} //= free_port();
    }

    croak "\$$name is not set" if !defined $ENV{$name};

    return $ENV{$name};
}


sub prepare_root {
    my ($root) = @_;

    remove_tree($root, { keep_root => 1 });
    make_path(map { "$root/$_" } qw(conf logs html));
    chmod 0755, $root;

    return;
}


sub write_file {
    my ($path, $text) = @_;

    make_path(dirname($path));
    open my $file, '>', $path or croak "$path: $!";
    binmode $file;
    print $file $text or croak "$path: $!";
    close $file or croak "$path: $!";

    return;
}


# --- user_files: ">>> name [yyyymmddhhmm.ss]" and lines, or a list of
# [name => content, date].

sub write_user_files {
    my ($root, $spec) = @_;
    my (@files);

    if (ref $spec) {
        @files = @$spec;

    } else {
        my @parts = split /^>>>[ \t]+(\S+)(?:[ \t]+(\S+))?[ \t]*\n/m,
            expand($spec);
        shift @parts;

        while (@parts) {
            my ($name, $date, $content) = splice @parts, 0, 3;

            push @files, [$name, $content // '', $date];
        }
    }

    for my $file (@files) {
        my ($name, $content, $date) = @$file;
        my $path = "$root/html/$name";

        write_file($path, $content);
        set_date($path, $date) if defined $date;
    }

    return;
}


sub set_date {
    my ($path, $date) = @_;

    my ($year, $month, $day, $hour, $minute, $second) =
        $date =~ /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(?:\.(\d\d))?$/
        or croak "user_files: \"$date\" is no date like 202601311000.00";

    my $time = timelocal($second // 0, $minute, $hour, $day, $month - 1,
        $year);
    utime $time, $time, $path or croak "$path: $!";

    return;
}


# The text of nginx.conf.  %o: root, port, info (of probe), modules, log_level,
# workers, http2, no_root_location, preamble, main_config, http_config, config.

sub render {
    my (%o) = @_;

    my $modules = join '', map { "load_module $_;\n" } @{$o{modules}};
    my $env = join '', map { "env $_;\n" }
        grep { /^(?:ASAN|UBSAN|LSAN|TSAN)_OPTIONS$/ } sort keys %ENV;
    my $user = $> == 0 ? "user root;\n" : '';
    my $temp = join '', map { "    $TEMP_PATH{$_}_temp_path"
                              . " $o{root}/$TEMP_PATH{$_}_temp;\n" }
        grep { !$o{info}{without}{$_} } sort keys %TEMP_PATH;
    my ($listen_http2, $http2_on) = ('', '');

    # a directive of its own since 1.25.1
    if ($o{http2} && $o{info}{version} < 1025001) {
        $listen_http2 = ' http2';

    } elsif ($o{http2}) {
        $http2_on = "\n        http2 on;";
    }

    my $location = $o{no_root_location} ? '' : <<"EOC";

        location / {
            root $o{root}/html;
            index index.html index.htm;
        }
EOC

    return <<"EOC";
${modules}worker_processes $o{workers};
daemon off;
master_process on;
error_log $o{root}/logs/error.log $o{log_level};
pid $o{root}/logs/nginx.pid;
$env$user
$o{main_config}
events {
    worker_connections 512;
}

http {
    access_log $o{root}/logs/access.log;
    client_body_temp_path $o{root}/client_body_temp;
$temp
    default_type text/plain;
    keepalive_timeout 68s;

$o{http_config}
    server {
        listen $o{port}$listen_http2;$http2_on
        server_name localhost;
        client_max_body_size 30m;

$o{config}
$location    }
}
EOC
}


1;
