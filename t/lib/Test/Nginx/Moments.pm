package Test::Nginx::Moments;

# When a block's client leaves or goes on, and when nginx is reloaded or loses a
# worker: what the sections that say so mean.

use strict;
use warnings;

use Carp qw(croak);


# What --- reload and --- kill_worker ask for before or during request $number.

sub at {
    my ($block, $when, $number) = @_;
    my %at;

    for my $section ('reload', 'kill_worker') {
        next if !$block->has($section);

        my $spec = $block->value($section) =~ s/\s+\z//r;
        my ($moment, $n) = $spec eq '' ? ('before', 0)
                         : $spec =~ /^(before|during)\s+(\d+)$/
            or croak "--- $section: \"$spec\" is not \"before N\" or"
                . ' "during N"';

        $at{$section} = 1 if $moment eq $when
                             && ($n ? $n == $number : $number > 1);
    }

    return %at;
}


# --- abort_on: upstream N | sent N | received N, or a list: for each request.

sub abort_on {
    my ($block, $number) = @_;

    my $spec = $block->value('abort_on');
    $spec = $spec->[$number - 1] if ref $spec;

    return ('', 0) if !defined $spec;

    my ($what, $n) = $spec =~ /^\s*(upstream|sent|received)\s+(\d+)\s*$/
        or croak "--- abort_on: \"$spec\" is not \"upstream N\", \"sent N\" or"
            . ' "received N"';

    return ($what, $n);
}


# The job without what comes after so many bytes.

sub cut {
    my ($job, $n) = @_;
    my @pieces;

    for my $piece (@{$job->{pieces}}) {
        my $bytes = substr $piece->[0], 0, $n;

        push @pieces, [$bytes, $piece->[1]];
        $n -= length $bytes;
    }

    return { %$job, pieces => \@pieces };
}


# --- continue_on: upstream N.  $asked tells how many requests the upstream has
# received since the job began.

sub gate {
    my ($block, $asked) = @_;

    my $spec = $block->value('continue_on') // return undef;

    my ($n) = $spec =~ /^\s*upstream\s+(\d+)\s*$/
        or croak "--- continue_on: \"$spec\" is not \"upstream N\"";

    return sub { $asked->() >= $n };
}


# When the client leaves: a function of its connection.

sub leaving {
    my ($what, $n, $asked) = @_;

    return undef if $what eq '';
    return sub { $asked->() >= $n }
        if $what eq 'upstream';
    return sub { $_[0]{sent} >= $n } if $what eq 'sent';

    return sub { length $_[0]{bytes} >= $n };
}


1;
