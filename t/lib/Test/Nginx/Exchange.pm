package Test::Nginx::Exchange;

# One step of an upstream's script: which request it is for, and the reply as
# bytes, pauses and an end.

use strict;
use warnings;

use Carp qw(croak);
use JSON::PP ();

my %KNOWN = map { $_ => 1 } qw(
    request headers body json times optional
    status reason reply reply_json reply_headers framing length chunk
    delay body_delay pause_at piece head_cut cut raw hold wait close rst
);

my %REASON = (200 => 'OK', 204 => 'No Content', 302 => 'Found',
    400 => 'Bad Request', 404 => 'Not Found', 429 => 'Too Many Requests',
    500 => 'Internal Server Error', 503 => 'Service Unavailable');


sub validate {
    my ($e) = @_;

    croak 'an exchange of --- upstream is a hash' if ref $e ne 'HASH';

    for my $key (sort keys %$e) {
        croak "an exchange of --- upstream has no \"$key\"" if !$KNOWN{$key};
    }

    return;
}


# Returns undef when a request { line, headers, body } fits, or what differs.

sub mismatch {
    my ($e, $request) = @_;

    my $line = $request->{line} =~ s{ HTTP/\S+\z}{}r;

    return "request is \"$line\"" if !fits($e->{request}, $line);
    return "body is \"$request->{body}\""
        if !fits($e->{body}, $request->{body});

    if (exists $e->{json}) {
        my $json = JSON::PP->new->utf8->allow_nonref->canonical;
        my $got = eval { $json->decode($request->{body}) };

        return "body is \"$request->{body}\""
            if $@ || $json->encode($got) ne $json->encode($e->{json});
    }

    for my $name (sort keys %{$e->{headers} // {}}) {
        my $got = join ', ', map { $_->[1] }
            grep { lc $_->[0] eq lc $name } @{$request->{headers}};
        my $expected = $e->{headers}{$name} // '';

        return "header $name is \"$got\"" if !fits($expected, $got);
    }

    return undef;
}


sub fits {
    my ($expected, $got) = @_;

    return 1 if !defined $expected;
    return $got =~ $expected if ref $expected eq 'Regexp';

    return $got eq $expected;
}


# Returns the steps of the reply, [seconds to wait before, bytes], and its end:
# "keep", "close", "rst" or "hold".

sub reply {
    my ($e) = @_;

    my $end = $e->{rst} ? 'rst' : $e->{close} ? 'close' : 'keep';
    my $delay = $e->{delay} // 0;

    return ([], 'hold') if ($e->{hold} // '') eq 'header';

    if (defined $e->{raw}) {
        return (pieces($e, $delay, $e->{raw}), $end eq 'keep' ? 'close' : $end);
    }

    my $body = $e->{reply} // '';
    $body = JSON::PP->new->utf8->canonical->encode($e->{reply_json})
        if exists $e->{reply_json};

    my ($head, $wire) = compose($e, $body);

    if (defined $e->{head_cut}) {
        return ([[$delay, substr $head, 0, $e->{head_cut}]],
                $e->{hold} ? 'hold' : $end eq 'keep' ? 'close' : $end);
    }

    if (defined $e->{cut}) {
        $wire = substr $wire, 0, $e->{cut};
        $end = 'close' if $end eq 'keep';
    }

    $end = 'hold' if $e->{hold};
    $end = 'close' if $end eq 'keep' && ($e->{framing} // '') eq 'close';

    if (defined $e->{body_delay}) {
        return ([[$delay, $head], @{pieces($e, $e->{body_delay}, $wire)}],
                $end);
    }

    return (pieces($e, $delay, $head . $wire, length $head), $end);
}


sub compose {
    my ($e, $body) = @_;

    my $status = $e->{status} // 200;
    my $reason = $e->{reason} // $REASON{$status} // 'Status';
    my $framing = $e->{framing} // 'length';
    my @headers = @{$e->{reply_headers} // []};
    my $bodiless = $status == 204 || $status == 304;

    unshift @headers, 'Content-Type: application/json'
        if !$bodiless && !grep { /^content-type:/i } @headers;

    if ($bodiless) {
        $body = '';

    } elsif ($framing eq 'chunked') {
        push @headers, 'Transfer-Encoding: chunked';
        $body = chunked($body, $e->{chunk} // 1000);

    } elsif ($framing eq 'length') {
        push @headers, 'Content-Length: ' . ($e->{length} // length $body);

    } elsif ($framing eq 'close') {
        push @headers, 'Connection: close';

    } else {
        croak "an exchange's framing is length, chunked or close";
    }

    my $head = join '', map { "$_\r\n" } "HTTP/1.1 $status $reason", @headers,
        '';

    return ($head, $body);
}


sub chunked {
    my ($body, $size) = @_;

    return join('', map { sprintf("%x\r\n%s\r\n", length $_, $_) }
            unpack "(a$size)*", $body) . "0\r\n\r\n";
}


# Cuts the bytes as "piece" and "pause_at" (counted from the body) say.

sub pieces {
    my ($e, $delay, $bytes, $base) = @_;

    if (my $piece = $e->{piece}) {
        my ($size, $pause) = @$piece;
        my @steps = map { [$pause, $_] } unpack "(a$size)*", $bytes;

        $steps[0][0] = $delay if @steps;

        return \@steps;
    }

    if (my $at = $e->{pause_at}) {
        my $n = ($base // 0) + $at->[0];

        return [[$delay, substr $bytes, 0, $n], [$at->[1], substr $bytes, $n]];
    }

    return [[$delay, $bytes]];
}


1;
