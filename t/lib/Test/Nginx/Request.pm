package Test::Nginx::Request;

# What a block asks for, as jobs for the client: one job is one connection,
# the bytes to write into it, and how many responses come back.

use strict;
use warnings;

use Carp qw(croak);

# Returns a list of jobs:
#   pieces     [[bytes, seconds to pause after them], ...]
#   heads      one flag for each response: does it answer a HEAD?
#   argv       instead of pieces: curl's arguments (HTTP/2)

sub jobs {
    my ($block, $port) = @_;

    if (defined $block->value('raw_request')) {
        return raw_job($block);
    }

    if (defined(my $list = $block->value('pipelined_requests'))) {
        croak '--- pipelined_requests needs a list' if ref $list ne 'ARRAY';
        return pipelined_job($block, $list);
    }

    my $request = $block->value('request');
    croak 'block "' . $block->name . '" has no --- request'
        if !defined $request;

    my @requests = ref $request eq 'ARRAY' ? @$request : ($request);
    my @jobs;

    for my $i (0 .. $#requests) {
        my $parsed = parse($requests[$i], more_headers($block, $i));

        push @jobs, $block->has('http2') ? curl_job($parsed, $port, $block)
                                         : plain_job($parsed, $block);
    }

    return @jobs;
}


sub more_headers {
    my ($block, $i) = @_;

    my $headers = $block->value('more_headers') // '';
    my $text = ref $headers eq 'ARRAY' ? $headers->[$i] // '' : $headers;

    return grep { /\S/ } map { s/\r?\z//r } split /\n/, $text;
}


# { method, uri, version, headers => ["K: V", ...], body } of a request's text.

sub parse {
    my ($text, @headers) = @_;

    $text =~ s/\A(?:[ \t]*#[^\n]*\n|\s)+//;
    $text =~ s/\s+\z//;

    my ($line, $body) = split /\r?\n/, $text, 2;
    my ($method, $uri, $version) = split ' ', $line // '';

    croak "request \"$text\" has no method" if !defined $method;

    return {
        method  => $method,
        uri     => $uri // '/',
        version => $version // 'HTTP/1.1',
        headers => \@headers,
        body    => $body,
    };
}


sub has_header {
    my ($request, $name) = @_;

    return grep { /^\Q$name\E[ \t]*:/i } @{$request->{headers}};
}


sub wire {
    my ($request, $connection) = @_;

    my @headers;

    push @headers, 'Host: localhost' if !has_header($request, 'Host');
    push @headers, "Connection: $connection"
        if !has_header($request, 'Connection');
    push @headers, 'Content-Length: ' . length $request->{body}
        if defined $request->{body}
           && !has_header($request, 'Content-Length')
           && !has_header($request, 'Transfer-Encoding');

    return "$request->{method} $request->{uri} $request->{version}\r\n"
        . join('', map { "$_\r\n" } @headers, @{$request->{headers}})
        . "\r\n" . ($request->{body} // '');
}


sub plain_job {
    my ($request, $block) = @_;

    return {
        pieces => trickle($block, wire($request, 'close')),
        heads  => [$request->{method} eq 'HEAD'],
    };
}


sub pipelined_job {
    my ($block, $list) = @_;
    my ($bytes, @heads) = ('');

    for my $i (0 .. $#$list) {
        my $request = parse($list->[$i], more_headers($block, $i));

        $bytes .= wire($request, $i < $#$list ? 'keep-alive' : 'close');
        push @heads, $request->{method} eq 'HEAD';
    }

    return { pieces => trickle($block, $bytes), heads => \@heads };
}


sub raw_job {
    my ($block) = @_;

    my $raw = $block->value('raw_request');
    my $pause = seconds($block->value('raw_request_middle_delay') // 0);
    my $text = ref $raw ? join('', @$raw) : $raw;
    my $pieces = ref $raw ? [map { [$_, $pause] } @$raw]
                          : trickle($block, $raw);

    return { pieces => $pieces, heads => [scalar $text =~ /^HEAD /] };
}


# --- trickle: BYTES PAUSE

sub trickle {
    my ($block, $bytes) = @_;

    my $spec = $block->value('trickle');
    return [[$bytes, 0]] if !defined $spec;

    my ($size, $pause) = $spec =~ /^\s*(\d+)\s+(\S+)\s*$/
        or croak "--- trickle: \"$spec\" is not \"BYTES PAUSE\"";

    return [map { [$_, seconds($pause)] } unpack "(a$size)*", $bytes];
}


sub curl_job {
    my ($request, $port, $block) = @_;

    my @argv = qw(curl -q -s -S -i -N -g --http2-prior-knowledge
        --path-as-is --raw --noproxy *);
    my @headers = @{$request->{headers}};

    for my $name ('User-Agent', 'Accept', 'Expect', 'Content-Type') {
        push @headers, "$name:" if !has_header($request, $name);
    }

    push @headers, 'Host: localhost' if !has_header($request, 'Host');
    push @argv, '-I' if $request->{method} eq 'HEAD';
    push @argv, '-X', $request->{method} if $request->{method} ne 'HEAD';
    push @argv, map { ('-H', $_) } @headers;
    push @argv, '--data-binary', '@-' if defined $request->{body};

    return {
        argv  => [@argv, "http://127.0.0.1:$port$request->{uri}"],
        stdin => $request->{body},
        heads => [$request->{method} eq 'HEAD'],
    };
}


# "200ms", "2s" or "2" as seconds.

sub seconds {
    my ($text) = @_;

    my ($number, $unit) = $text =~ /^\s*(\d+(?:\.\d+)?|\.\d+)\s*(ms|s|)\s*$/
        or croak "\"$text\" is no time like 200ms or 2";

    return $unit eq 'ms' ? $number / 1000 : $number + 0;
}


1;
