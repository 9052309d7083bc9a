package Test::Nginx::Client;

# Runs jobs of Test::Nginx::Request at the same time, each on a connection of
# its own, and collects the bytes that come back.

use strict;
use warnings;

use Carp qw(croak);
use IO::Handle;
use IO::Select;
use IO::Socket::INET;
use POSIX qw(:sys_wait_h EAGAIN EWOULDBLOCK EINTR);
use Socket qw(SOL_SOCKET SO_LINGER IPPROTO_TCP TCP_NODELAY);
use Time::HiRes qw(time);

my $TICK = 0.005;


# %o: port, timeout (seconds), and optionally
#   shutdown   half-close after sending
#   rst        end by a reset
#   events     end after so many events of text/event-stream
#   leave      code: given the connection, true when the client shall leave
#   gate       code: true when what follows the first piece may be sent
#   tick       code: called all the time, with the connections
# Returns a list of { bytes, timed_out, left, error }.

sub run {
    my ($jobs, %o) = @_;

    my @all = map { $_->{argv} ? spawn_curl($_) : connect_to($_, $o{port}) }
        @$jobs;

    local $SIG{PIPE} = 'IGNORE';
    my $deadline = time + $o{timeout};

    while (my @open = grep { !$_->{done} } @all) {
        if (time >= $deadline) {
            $_->{timed_out} = 1 for @open;
            finish($_, \%o) for @open;
            last;
        }

        if ($o{gate}) {
            my $closed = !$o{gate}->();

            $_->{held} = $closed && $_->{npieces} for @open;
        }

        wait_for(\@open, $deadline);

        for my $c (@open) {
            write_some($c, \%o);
            read_some($c, \%o);

            if (!$c->{done} && wants_to_leave($c, \%o)) {
                $c->{left} = 1;
                finish($c, \%o);
            }
        }

        $o{tick}->(@all) if $o{tick};
    }

    return map { { bytes => $_->{bytes}, timed_out => $_->{timed_out},
                   left => $_->{left}, error => $_->{error} } } @all;
}


sub connect_to {
    my ($job, $port) = @_;

    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
        PeerPort => $port, Proto => 'tcp')
        or croak "cannot connect to port $port: $@";

    $socket->blocking(0);
    setsockopt $socket, IPPROTO_TCP, TCP_NODELAY, 1;
    binmode $socket;

    return {
        in      => $socket,
        out     => $socket,
        pieces  => [map { [@$_] } @{$job->{pieces}}],
        npieces => 0,
        bytes   => '',
        sent    => 0,
        next    => 0,
    };
}


sub spawn_curl {
    my ($job) = @_;

    pipe my $child_in, my $out or croak "pipe: $!";
    pipe my $in, my $child_out or croak "pipe: $!";

    my $pid = fork // croak "fork: $!";

    if ($pid == 0) {
        $SIG{PIPE} = 'DEFAULT';
        open STDIN, '<&', $child_in;
        open STDOUT, '>&', $child_out;
        close $_ for $child_in, $child_out, $in, $out;
        no warnings 'exec';
        exec { $job->{argv}[0] } @{$job->{argv}};
        POSIX::_exit(127);
    }

    $_->blocking(0) for $in, $out;
    binmode $_ for $in, $out;

    return {
        in      => $in,
        out     => $out,
        pid     => $pid,
        pieces  => [[$job->{stdin} // '', 0]],
        npieces => 0,
        bytes   => '',
        sent    => 0,
        next    => 0,
    };
}


sub wait_for {
    my ($open, $deadline) = @_;

    my $now = time;
    my $readers = IO::Select->new(map { $_->{in} } @$open);
    my $writers = IO::Select->new(
        map { $_->{out} } grep { can_write($_, $now) } @$open);

    IO::Select::select($readers, $writers, undef, $TICK);

    return;
}


sub can_write {
    my ($c, $now) = @_;

    return $c->{out} && @{$c->{pieces}} && $c->{next} <= $now && !$c->{held};
}


sub write_some {
    my ($c, $o) = @_;

    return if $c->{done};

    while (can_write($c, time)) {
        my $piece = $c->{pieces}[0];
        my $n = $piece->[0] eq '' ? 0 : syswrite $c->{out}, $piece->[0];

        if (!defined $n) {
            return if would_block();

            # The server may answer before it has read everything.

            $c->{pieces} = [];
            last;
        }

        $c->{sent} += $n;
        substr $piece->[0], 0, $n, '';
        next if $piece->[0] ne '';

        $c->{next} = time + $piece->[1];
        $c->{npieces}++;
        shift @{$c->{pieces}};
        last if $o->{gate};
    }

    return if @{$c->{pieces}} || $c->{wrote_all}++;

    if ($c->{pid}) {
        close delete $c->{out};

    } elsif ($o->{shutdown}) {
        shutdown $c->{out}, 1;
    }

    return;
}


sub read_some {
    my ($c, $o) = @_;

    return if $c->{done};

    my $n = sysread $c->{in}, $c->{bytes}, 65536, length $c->{bytes};

    if (!defined $n) {
        return if would_block();

        $c->{error} = "reading failed: $!";
        finish($c, $o);

    } elsif ($n == 0) {
        finish($c, $o);
    }

    return;
}


sub would_block {
    return $! == EAGAIN || $! == EWOULDBLOCK || $! == EINTR;
}


sub wants_to_leave {
    my ($c, $o) = @_;

    return 1 if $o->{leave} && $o->{leave}->($c);
    return 1 if $o->{events} && count_events($c) >= $o->{events};

    return 0;
}


# Events end with an empty line; chunk sizes stand between them at most.

sub count_events {
    my ($c) = @_;

    my $end = index $c->{bytes}, "\r\n\r\n";
    return 0 if $end < 0;

    my $n = () = substr($c->{bytes}, $end + 4) =~ /[^\r\n]\n\n/g;

    return $n;
}


sub finish {
    my ($c, $o) = @_;

    $c->{done} = 1;

    if ($c->{pid}) {
        kill KILL => $c->{pid} if $c->{left} || $c->{timed_out};
        waitpid $c->{pid}, 0;
        $c->{error} = 'curl ended with exit code ' . ($? >> 8)
            if $? != 0 && !$c->{left} && !$c->{timed_out};

    } elsif ($o->{rst}) {
        setsockopt $c->{in}, SOL_SOCKET, SO_LINGER, pack 'ii', 1, 0;
    }

    close $_ for grep { defined } delete @$c{qw(in out)};

    return;
}


1;
