package Test::Nginx::Checks;

# The tests of a block.  Each is known before anything runs, so that their
# number can be told; it is the number that CPAN's module counts.

use strict;
use warnings;

use Carp qw(croak);
use JSON::PP ();
use Test::More;

use Test::Nginx::Config;
use Test::Nginx::Response;


# Returns [title, code] for each test of one repetition.  The code gets what
# happened: { responses => [[one for each client] for each request],
# error_log, access_log, upstream, tcp, died, repetition }.

sub list {
    my ($block, $n) = @_;
    my @checks;

    if ($block->has('must_die')) {
        push @checks, ['dies', sub { check_death($block, @_) }];
        $n = 1;
    }

    for my $i (0 .. $n - 1) {
        push @checks, response_checks($block, $i, $n)
            if !$block->has('must_die') && !$block->has('ignore_response');
        push @checks, log_checks($block, $i, $n);
    }

    push @checks, tcp_checks($block), upstream_checks($block);
    push @checks, pattern_checks($block, 'shutdown_error_log', 1,
                                 'error_log');
    push @checks, pattern_checks($block, 'no_shutdown_error_log', 0,
                                 'error_log');

    return @checks;
}


# The expectation for request $i of $n; with several it must be a list.

sub expected {
    my ($block, $section, $i, $n) = @_;

    my $value = $block->value($section);

    if ($n > 1 && defined $value) {
        croak "--- $section must be a list of $n, as the requests are"
            if ref $value ne 'ARRAY';
        $value = $value->[$i];
    }

    return Test::Nginx::Config::expand($value);
}


sub response_checks {
    my ($block, $i, $n) = @_;

    return (
        code_check($block, $i, $n),
        raw_header_checks($block, $i, $n),
        header_checks($block, $i, $n),
        body_check($block, $i, $n),
    );
}


# A test over the answers that all clients got to request $i.

sub for_all {
    my ($i, $test) = @_;

    return sub {
        my ($happened, $title) = @_;

        my @responses = @{$happened->{responses}[$i]};
        my @failed = grep { !$test->($_) } @responses;

        return pass($title) if !@failed;

        $title .= ' (' . @failed . ' of ' . @responses . ' clients)'
            if @responses > 1;

        return $test->($failed[0], $title);
    };
}


sub is_text {
    my ($got, $expected, $title) = @_;

    return $got eq $expected if !defined $title;

    return is($got, $expected, $title);
}


sub is_like {
    my ($got, $expected, $title) = @_;

    return $got =~ $expected if !defined $title;

    return like($got, $expected, $title);
}


sub is_unlike {
    my ($got, $expected, $title) = @_;

    return $got !~ $expected if !defined $title;

    return unlike($got, $expected, $title);
}


# A section's pattern: a Regexp, or text compiled with /s.

sub regexp {
    my ($pattern) = @_;

    return ref $pattern ? $pattern : qr/$pattern/s;
}


sub code_check {
    my ($block, $i, $n) = @_;

    my $like = expected($block, 'error_code_like', $i, $n);

    return ['status', for_all($i, sub {
        my ($r, $title) = @_;
        return is_like($r->{status}, regexp($like =~ s/\n\z//r), $title);
    })] if defined $like;

    my $code = expected($block, 'error_code', $i, $n) // 200;
    $code =~ s/\s+//g;

    return ["status $code", for_all($i, sub {
        my ($r, $title) = @_;
        return is_text($r->{status}, $code, $title);
    })];
}


sub raw_header_checks {
    my ($block, $i, $n) = @_;
    my @checks;

    for my $spec (['raw_response_headers_like', \&is_like],
                  ['raw_response_headers_unlike', \&is_unlike])
    {
        my ($section, $compare) = @$spec;
        my $pattern = expected($block, $section, $i, $n) // next;

        push @checks, [$section, for_all($i, sub {
            my ($r, $title) = @_;
            return $compare->($r->{head}, regexp($pattern), $title);
        })];
    }

    return @checks;
}


sub header_checks {
    my ($block, $i, $n) = @_;

    my @exact = header_lines(expected($block, 'response_headers', $i, $n));
    my @like = header_lines(
        expected($block, 'response_headers_like', $i, $n));

    return ((map { header_check($_, $i) } @exact),
            (map { header_like_check($_, $i) } @like));
}


# [name, value] of "K: V" lines, [name] of "!K"; the last of equal names holds.

sub header_lines {
    my ($text) = @_;
    my (%line, @order);

    for my $line (map { split /\n/ } $text // ()) {
        next if $line !~ /\S/;

        my ($absent, $name, $value) =
            $line =~ /^\s*(!?)\s*([^:\s]+)(?::[ \t]*(.*?))?\s*$/
            or croak "response_headers: cannot read \"$line\"";

        push @order, lc $name if !$line{lc $name};
        $line{lc $name} = $absent ? [$name] : [$name, $value // ''];
    }

    return map { $line{$_} } @order;
}


sub header_check {
    my ($line, $i) = @_;

    my ($name, $value) = @$line;

    return ["header $name absent", for_all($i, sub {
        my ($r, $title) = @_;
        my $got = Test::Nginx::Response::header($r, $name);
        return defined $title ? is($got, undef, $title) : !defined $got;
    })] if !defined $value;

    return ["header $name", for_all($i, sub {
        my ($r, $title) = @_;
        return is_text(Test::Nginx::Response::header($r, $name) // '', $value,
                       $title);
    })];
}


sub header_like_check {
    my ($line, $i) = @_;

    my ($name, $value) = @$line;

    return ["header $name matches", for_all($i, sub {
        my ($r, $title) = @_;
        return is_like(Test::Nginx::Response::header($r, $name) // '',
                       qr/^$value$/, $title);
    })];
}


sub body_check {
    my ($block, $i, $n) = @_;

    my $json = expected($block, 'response_json', $i, $n);
    my $body = expected($block, 'response_body', $i, $n);
    my $like = expected($block, 'response_body_like', $i, $n);
    my $unlike = expected($block, 'response_body_unlike', $i, $n);

    return json_check($json, $i) if defined $json;

    if (defined $body && !ref $body) {
        return ['body', for_all($i, sub {
            my ($r, $title) = @_;
            return is_text($r->{body}, $body, $title);
        })];
    }

    $like //= $body;

    return ['body matches', for_all($i, sub {
        my ($r, $title) = @_;
        return is_like($r->{body}, regexp($like), $title);
    })] if defined $like;

    return ['body does not match', for_all($i, sub {
        my ($r, $title) = @_;
        return is_unlike($r->{body}, regexp($unlike), $title);
    })] if defined $unlike;

    return;
}


sub json_check {
    my ($expected, $i) = @_;

    my $codec = JSON::PP->new->utf8->allow_nonref->canonical;
    my $wanted = ref $expected ? $expected : $codec->decode($expected);
    my $text = $codec->encode($wanted);

    return ['JSON body', for_all($i, sub {
        my ($r, $title) = @_;
        my $got = eval { $codec->decode($r->{body}) };

        return !$@ && $codec->encode($got) eq $text if !defined $title;
        return is($r->{body}, $text, "$title: not JSON") if $@;
        return is($codec->encode($got), $text, $title);
    })];
}


sub log_checks {
    my ($block, $i, $n) = @_;

    return (
        grep_checks($block, $i, $n),
        pattern_checks($block, 'error_log', 1, 'error_log', $i),
        pattern_checks($block, 'no_error_log', 0, 'error_log', $i),
        pattern_checks($block, 'access_log', 1, 'access_log', $i),
    );
}


# Whether the logs have every line that is expected.

sub logs_suffice {
    my ($block, $logs) = @_;

    for my $section ('error_log', 'access_log') {
        for my $pattern (patterns($block, $section)) {
            my $regexp = ref $pattern ? $pattern : qr/\Q$pattern\E/;

            return 0 if $logs->{$section} !~ $regexp;
        }
    }

    return 1;
}


# One test for each pattern: a line of text is a substring.

sub patterns {
    my ($block, $section) = @_;

    my $value = $block->value($section) // return;
    my @list = ref $value eq 'ARRAY' ? @$value
             : ref $value            ? ($value)
             :                         split /\n/, $value;

    return grep { ref $_ || /\S/ }
        map { ref $_ ? $_ : Test::Nginx::Config::expand(s/\n\z//r) } @list;
}


sub pattern_checks {
    my ($block, $section, $wanted, $log, $i) = @_;
    my @checks;

    for my $pattern (patterns($block, $section)) {
        my $regexp = ref $pattern ? $pattern : qr/\Q$pattern\E/;

        push @checks, ["$section: $pattern", sub {
            my ($happened, $title) = @_;
            my $logs = defined $i && $happened->{logs}[$i] || $happened;
            my @lines = grep { $_ =~ $regexp } split /^/, $logs->{$log};

            return ok(!!@lines, $title) if $wanted;
            return ok(!@lines, $title) || diag("found: $lines[0]");
        }];
    }

    return @checks;
}


sub grep_checks {
    my ($block, $i, $n) = @_;

    my $pattern = $block->value('grep_error_log') // return;
    my $out = $block->value('grep_error_log_out') // '';

    $pattern = regexp($pattern =~ s/\n\z//r) if !ref $pattern;

    return ['grep_error_log', sub {
        my ($happened, $title) = @_;
        my $expected = ref $out eq 'ARRAY' ? $out->[$happened->{repetition}]
                                           : $out;
        my $got = '';

        while ($happened->{error_log} =~ /$pattern/g) {
            $got .= "$&\n";
        }

        return ref $expected ? like($got, $expected, $title)
                             : is($got, $expected // '', $title);
    }];
}


sub check_death {
    my ($block, $happened, $title) = @_;

    my $code = $block->value('must_die') =~ s/\s+//gr;

    return fail("$title: it did not") if !defined $happened->{died};
    return is($happened->{died}, $code, $title) if $code ne '';

    return isnt($happened->{died}, 0, $title);
}


sub tcp_checks {
    my ($block) = @_;
    my @checks;

    my $query = Test::Nginx::Config::expand($block->value('tcp_query'));
    my $length = $block->value('tcp_query_len');

    push @checks, ['tcp_query', sub {
        my ($happened, $title) = @_;
        return ref $query ? like($happened->{tcp}, $query, $title)
                          : is($happened->{tcp}, $query, $title);
    }] if defined $query;

    push @checks, ['tcp_query_len', sub {
        my ($happened, $title) = @_;
        return is(length $happened->{tcp}, $length + 0, $title);
    }] if defined $length;

    return @checks;
}


sub upstream_checks {
    my ($block) = @_;
    my @checks;

    my $requests = $block->value('upstream_requests');
    my $connections = $block->value('upstream_connections');

    push @checks, ['upstream requests', sub {
        my ($happened, $title) = @_;
        return check_requests($requests, $happened->{upstream}, $title);
    }] if defined $requests;

    push @checks, ['upstream connections', sub {
        my ($happened, $title) = @_;
        return is($happened->{upstream}{connections}, $connections + 0,
                  $title);
    }] if defined $connections;

    return @checks;
}


sub check_requests {
    my ($expected, $upstream, $title) = @_;

    my @got = map { request_text($_) } @{$upstream->{requests}};

    return is(join("\n", @got), Test::Nginx::Config::expand($expected), $title)
        if ref $expected ne 'ARRAY';

    for my $i (0 .. $#$expected) {
        my $text = Test::Nginx::Config::expand($expected->[$i]);
        my $same = !defined $got[$i] ? 0
                 : ref $text         ? $got[$i] =~ $text
                 :                     $got[$i] eq $text;

        return is($got[$i], $text, "$title: request " . ($i + 1)) if !$same;
    }

    return is(scalar @got, scalar @$expected, $title);
}


# The request as it came, header lines in their order, lines ended by LF.

sub request_text {
    my ($request) = @_;

    my $head = join '', map { "$_\n" } $request->{line},
        map { "$_->[0]: $_->[1]" } @{$request->{headers}};

    return $request->{body} eq '' ? $head : "$head\n$request->{body}\n";
}


1;
