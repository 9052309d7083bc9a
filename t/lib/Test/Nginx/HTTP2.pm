package Test::Nginx::HTTP2;

# Frames of HTTP/2 (RFC 9113) for --- raw_request eval in a block with --- http2,
# where curl cannot be made to misbehave.  Header fields are literals without
# indexing (RFC 7541, section 6.2.2).

use strict;
use warnings;

use Exporter qw(import);

our @EXPORT = qw(h2_preface h2_request h2_data h2_reset);

my %TYPE = (data => 0, headers => 1, rst_stream => 3, settings => 4);


sub frame {
    my ($type, $flags, $stream, $payload) = @_;

    my $length = length $payload;

    return pack('Cn C C N', $length >> 16, $length & 0xffff, $TYPE{$type},
        $flags, $stream) . $payload;
}


# The connection's preface and an empty SETTINGS frame.

sub h2_preface {
    return "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" . frame('settings', 0, 0, '');
}


# HEADERS; the stream stays open for h2_data() if $more is true.

sub h2_request {
    my ($stream, $method, $path, $more, %headers) = @_;

    my $block = '';

    for my $field ([':method', $method], [':scheme', 'http'],
        [':path', $path], [':authority', 'localhost'],
        map { [$_, $headers{$_}] } sort keys %headers)
    {
        $block .= "\0" . string($field->[0]) . string($field->[1]);
    }

    return frame('headers', $more ? 0x4 : 0x5, $stream, $block);
}


# A string of HPACK, without Huffman coding; 7-bit prefix integer first.

sub string {
    my ($text) = @_;

    my $length = length $text;

    return chr($length) . $text if $length < 127;

    my $prefix = chr 127;

    for ($length -= 127; $length >= 128; $length >>= 7) {
        $prefix .= chr($length & 127 | 128);
    }

    return $prefix . chr($length) . $text;
}


sub h2_data {
    my ($stream, $data, $end) = @_;

    return frame('data', $end ? 0x1 : 0, $stream, $data);
}


# RST_STREAM, by default with CANCEL.

sub h2_reset {
    my ($stream, $code) = @_;

    return frame('rst_stream', 0, $stream, pack 'N', $code // 8);
}


1;
