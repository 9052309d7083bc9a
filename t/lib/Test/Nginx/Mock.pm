package Test::Nginx::Mock;

# The child's side of a scripted upstream: accepts any number of connections
# and answers each request by the first exchange that fits and is not used up.

use strict;
use warnings;

use IO::Handle;
use IO::Select;
use JSON::PP ();
use Socket qw(SOL_SOCKET SO_LINGER IPPROTO_TCP TCP_NODELAY);
use Time::HiRes qw(time);

use Test::Nginx::Exchange;


sub new {
    my ($class, $socket, $script, $commands, $events) = @_;

    $SIG{PIPE} = 'IGNORE';
    $events->autoflush(1);
    $_->blocking(0) for $socket, $commands;

    my $self = bless {
        socket   => $socket,
        script   => $script,
        commands => $commands,
        events   => $events,
        clients  => {},
        serial   => 0,
        input    => '',
    }, $class;

    $self->begin;

    return $self;
}


sub begin {
    my ($self) = @_;

    $self->{left} = [map { $_->{times} // 1 } @{$self->{script}}];
    $self->{problems} = [];
    $self->{released} = 0;
    $self->{report} = 0;
    $self->{settle} = 0;

    return;
}


sub tell {
    my ($self, $type, %event) = @_;

    print { $self->{events} } JSON::PP->new->latin1->canonical->encode(
        { type => $type, %event }), "\n";

    return;
}


sub serve {
    my ($self) = @_;

    while (1) {
        my @clients = values %{$self->{clients}};
        my $readers = IO::Select->new($self->{socket}, $self->{commands},
            map { $_->{fh} } @clients);
        my $writers = IO::Select->new(
            map { $_->{fh} } grep { $_->{out} ne '' } @clients);

        IO::Select::select($readers, $writers, undef, $self->next_timer);

        $self->accept_clients;

        @clients = values %{$self->{clients}};
        $self->read_from($_) for @clients;
        $self->write_to($_) for @clients;

        # Commands come last: what the client saw before it sent one is then
        # already told.

        return if !$self->read_commands;
        $self->report_when_quiet;
    }
}


sub next_timer {
    my ($self) = @_;

    my $next = 1;
    my $now = time;

    for my $c (values %{$self->{clients}}) {
        next if !@{$c->{steps}} || $c->{waiting};

        my $seconds = $c->{steps}[0][0] - $now;
        $next = $seconds if $seconds < $next;
    }

    return $next > 0 ? $next : 0;
}


sub accept_clients {
    my ($self) = @_;

    while (my $fh = $self->{socket}->accept) {
        $fh->blocking(0);
        binmode $fh;
        setsockopt $fh, IPPROTO_TCP, TCP_NODELAY, 1;

        my $id = ++$self->{serial};

        $self->{clients}{$id} = { id => $id, fh => $fh, in => '', out => '',
                                  steps => [] };
        $self->tell('accept', connection => $id);
    }

    return;
}


sub read_from {
    my ($self, $c) = @_;

    while (defined(my $n = sysread $c->{fh}, $c->{in}, 65536,
        length $c->{in}))
    {
        return $self->drop($c, 1) if $n == 0;
    }

    return $self->drop($c, 1) if !$!{EAGAIN} && !$!{EINTR};

    $self->take_request($c) if !$c->{exchange};

    return;
}


sub take_request {
    my ($self, $c) = @_;

    my $request = read_request($c) // return;

    $self->tell('request', connection => $c->{id}, line => $request->{line},
        headers => $request->{headers}, body => $request->{body});

    my $e = $self->exchange_for($request);

    my ($steps, $end) = Test::Nginx::Exchange::reply($e);
    my $at = time;

    $c->{exchange} = $e;
    $c->{end} = $end;
    $c->{waiting} = $e->{wait} && !$self->{released};
    $c->{steps} = [map { [$at += $_->[0], $_->[1]] } @$steps];

    return;
}


sub exchange_for {
    my ($self, $request) = @_;
    my @why;

    for my $i (0 .. $#{$self->{script}}) {
        next if $self->{left}[$i] ne '*' && $self->{left}[$i] == 0;

        my $e = $self->{script}[$i];
        my $why = Test::Nginx::Exchange::mismatch($e, $request);

        if (!defined $why) {
            $self->{left}[$i]-- if $self->{left}[$i] ne '*';
            return $e;
        }

        push @why, 'exchange ' . ($i + 1) . ": $why";
    }

    push @{$self->{problems}}, "upstream did not expect \"$request->{line}\""
        . (@why ? ' (' . join('; ', @why) . ')' : '');

    return { status => 500, reply => 'not expected', close => 1 };
}


# Takes a complete request from what a client has sent, or returns undef.

sub read_request {
    my ($c) = @_;

    my $end = index $c->{in}, "\r\n\r\n";
    return undef if $end < 0;

    my ($line, @lines) = split /\r\n/, substr $c->{in}, 0, $end;
    my @headers = map { [split /:[ \t]*/, $_, 2] } @lines;
    my %header = map { lc $_->[0] => $_->[1] } @headers;
    my $rest = substr $c->{in}, $end + 4;
    my $body = '';

    if (lc($header{'transfer-encoding'} // '') eq 'chunked') {
        ($body, $rest) = dechunk($rest);
        return undef if !defined $body;

    } elsif (my $length = $header{'content-length'}) {
        return undef if length $rest < $length;
        $body = substr $rest, 0, $length, '';
    }

    $c->{in} = $rest;

    return { line => $line, headers => \@headers, body => $body };
}


sub dechunk {
    my ($in) = @_;
    my $body = '';

    while ($in =~ s/\A([0-9A-Fa-f]+)\r\n//) {
        my $size = hex $1;

        return undef if length $in < $size + 2;

        $body .= substr $in, 0, $size;
        substr $in, 0, $size + 2, '';

        return ($body, $in) if $size == 0;
    }

    return undef;
}


sub write_to {
    my ($self, $c) = @_;

    return if !$c->{exchange} || $c->{waiting} || !$self->{clients}{$c->{id}};

    my $now = time;

    while (@{$c->{steps}} && $c->{steps}[0][0] <= $now) {
        $c->{out} .= (shift @{$c->{steps}})->[1];
    }

    if ($c->{out} ne '') {
        my $n = syswrite $c->{fh}, $c->{out};

        return if !defined $n;
        substr $c->{out}, 0, $n, '';
    }

    return if $c->{out} ne '' || @{$c->{steps}} || $c->{end} eq 'hold';

    if ($c->{end} eq 'keep') {
        delete @$c{qw(exchange end)};
        return $self->take_request($c);
    }

    setsockopt $c->{fh}, SOL_SOCKET, SO_LINGER, pack 'ii', 1, 0
        if $c->{end} eq 'rst';

    return $self->drop($c, 0);
}


sub drop {
    my ($self, $c, $by_peer) = @_;

    delete $self->{clients}{$c->{id}};
    close $c->{fh};

    $self->tell('closed', connection => $c->{id}, by_peer => $by_peer,
        unanswered => $c->{exchange} ? 1 : 0);

    return;
}


# False when the parent is gone.

sub read_commands {
    my ($self) = @_;

    my $n = sysread $self->{commands}, $self->{input}, 4096,
        length $self->{input};

    return 0 if defined $n && $n == 0;

    while ($self->{input} =~ s/\A([^\n]*)\n//) {
        my $command = $1;

        if ($command eq 'release') {
            $self->{released} = 1;
            $_->{waiting} = 0 for values %{$self->{clients}};

        } elsif ($command eq 'settle') {
            $self->{settle} = 1;

        } elsif ($command eq 'report') {
            $self->{report} = 1;

        } elsif ($command eq 'report now') {
            $self->{report} = 2;
        }
    }

    return 1;
}


sub report_when_quiet {
    my ($self) = @_;

    my @busy = grep { $_->{exchange} } values %{$self->{clients}};

    if ($self->{settle} && !@busy) {
        $self->{settle} = 0;
        $self->tell('settled');
    }

    return if !$self->{report} || (@busy && $self->{report} == 1);

    my @problems = @{$self->{problems}};

    push @problems, 'nginx did not close the upstream connection of a request'
        . ' that has no full answer' if @busy;

    for my $i (0 .. $#{$self->{script}}) {
        my $left = $self->{left}[$i];

        push @problems, 'exchange ' . ($i + 1) . ' of the upstream was not'
            . ' asked for' . ($left > 1 ? " ($left times)" : '')
            if $left ne '*' && $left > 0 && !$self->{script}[$i]{optional};
    }

    $self->begin;
    $self->drop($_, 0) for @busy;
    $self->tell('report', problems => \@problems);

    return;
}


1;
