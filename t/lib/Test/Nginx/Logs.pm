package Test::Nginx::Logs;

# What nginx leaves behind in its logs and on standard error.

use strict;
use warnings;

use Test::Nginx::Checks;

# Lines that no run of nginx may leave behind, unless the block expects them.
my $BAD_LINE = qr/\[(?:alert|crit|emerg)\]
    |exited[ ](?:on[ ]signal|with[ ]code[ ][1-9])/x;
my $SANITIZER = qr/Sanitizer|runtime error:|stack smashing detected/;


# What nginx has written, error.log from the offset on.

sub read_all {
    my ($root, $offset) = @_;

    my $log = slurp("$root/logs/error.log");

    return {
        error_log  => substr($log, $offset),
        access_log => slurp("$root/logs/access.log"),
        stderr     => slurp("$root/logs/stderr.log"),
        offset     => length $log,
        sanitizer  => join('', map { slurp($_) } glob "$root/logs/asan*"),
    };
}


sub slurp {
    my ($path) = @_;

    open my $file, '<:raw', $path or return '';
    local $/;

    return <$file> // '';
}


# The last lines that are neither debugging nor routine, for a person.

sub tail {
    my ($root) = @_;

    # Debug messages may have several lines, the other levels have one.
    my @lines = grep { !/^[0-9].*\[(?:debug|notice)\]/ && /\[\w+\]|Sanitizer/ }
        map { split /^/, slurp("$root/logs/$_") } 'error.log', 'stderr.log';

    splice @lines, 0, @lines - 20 if @lines > 20;

    return join '', @lines;
}


# Bad lines that the block does not expect.

sub problems {
    my ($block, $logs) = @_;

    my @expected = map { ref $_ ? $_ : qr/\Q$_\E/ }
        Test::Nginx::Checks::patterns($block, 'error_log');
    push @expected, qr/exited on signal 9\b/ if $block->has('kill_worker');

    my @problems;

    for my $line (split /\n/, $logs->{error_log}) {
        next if $line !~ $BAD_LINE && $line !~ $SANITIZER;
        next if grep { $line =~ $_ } @expected;

        push @problems, "in the error log: $line";
    }

    push @problems, "on standard error: $1"
        if $logs->{stderr} =~ /(.*$SANITIZER.*)/;
    push @problems, $logs->{sanitizer} if $logs->{sanitizer} ne '';

    return @problems;
}


1;
