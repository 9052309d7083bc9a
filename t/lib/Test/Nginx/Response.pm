package Test::Nginx::Response;

# Reads HTTP responses from the bytes of a connection.

use strict;
use warnings;

# Returns { status, head, headers => [[name, value], ...], body, rest, error }.
# "rest" is what follows the response; "error" says what is wrong with it.
# With $partial (the client left early) a body may end anywhere.

sub parse {
    my ($bytes, $is_head, $partial) = @_;

    if ($bytes eq '') {
        return { status => '', head => '', headers => [], body => '',
                 rest => '' };
    }

    my $r = parse_head($bytes);

    if ($r->{error}) {
        delete $r->{error} if $partial;
        return $r;
    }

    if ($r->{status} =~ /^1\d\d$/) {
        return parse($r->{rest}, $is_head, $partial);
    }

    if ($is_head || $r->{status} =~ /^(?:204|304)$/) {
        return $r;
    }

    my $coding = header($r, 'Transfer-Encoding');
    my $length = header($r, 'Content-Length');

    if (defined $coding && lc $coding eq 'chunked') {
        read_chunked($r);

    } elsif (defined $length) {
        read_length($r, $length);

    } else {
        @$r{qw(body rest)} = ($r->{rest}, '');
    }

    delete $r->{error} if $partial;

    return $r;
}


sub parse_head {
    my ($bytes) = @_;

    my $r = { status => '', head => '', headers => [], body => '',
              rest => '' };

    if ($bytes !~ m{\AHTTP/\d(?:\.\d)? (\d{3})[^\r\n]*\r\n}) {
        $r->{body} = $bytes;
        $r->{error} = 'the answer is not HTTP: ' . printable($bytes);
        return $r;
    }

    $r->{status} = $1;

    my $end = index $bytes, "\r\n\r\n";

    if ($end < 0) {
        $r->{head} = $bytes;
        $r->{error} = 'the header is cut: ' . printable($bytes);
        return $r;
    }

    $r->{head} = substr $bytes, 0, $end + 2;
    $r->{rest} = substr $bytes, $end + 4;

    my (undef, @lines) = split /\r\n/, $r->{head};

    for my $line (@lines) {
        if ($line =~ /^([^:\s]+):[ \t]*(.*?)[ \t]*$/) {
            push @{$r->{headers}}, [$1, $2];

        } else {
            $r->{error} = 'a bad header line: ' . printable($line);
        }
    }

    return $r;
}


sub read_length {
    my ($r, $length) = @_;

    $r->{body} = substr $r->{rest}, 0, $length;
    $r->{rest} = length $r->{rest} > $length ? substr $r->{rest}, $length : '';

    my $missing = $length - length $r->{body};
    $r->{error} = "the body is $missing bytes short" if $missing > 0;

    return;
}


sub read_chunked {
    my ($r) = @_;

    my $in = $r->{rest};
    $r->{rest} = '';

    while ($in =~ s/\A([0-9A-Fa-f]+)[^\r\n]*\r\n//) {
        my $size = hex $1;

        if ($size == 0) {
            $r->{error} = 'the last chunk is cut' if $in !~ s/\A\r\n//;
            $r->{rest} = $in;
            return;
        }

        $r->{body} .= substr $in, 0, $size;

        if (length $in < $size + 2 || substr($in, $size, 2) ne "\r\n") {
            $r->{error} = 'a chunk is cut';
            return;
        }

        substr $in, 0, $size + 2, '';
    }

    $r->{error} = 'the chunked body has no end: ' . printable($in);

    return;
}


# All values of a header, joined as HTTP allows; undef when it is absent.

sub header {
    my ($r, $name) = @_;

    my @values = map { $_->[1] } grep { lc $_->[0] eq lc $name }
        @{$r->{headers}};

    return @values ? join(', ', @values) : undef;
}


sub printable {
    my ($bytes) = @_;

    my $text = substr $bytes, 0, 200;
    $text =~ s/([^ -~])/sprintf '\\x%02x', ord $1/ge;

    return "\"$text\"" . (length $bytes > 200 ? '...' : '');
}


1;
