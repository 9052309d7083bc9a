package Style::Breaks;

# Where to break a long expression, and how to indent what does not fit under
# its parenthesis, is the author's choice: taken back from what clang-format
# made of it.

use strict;
use warnings;

use Style::Lines;

my $WIDTH = 80;

# An operator stands where its operand begins, or farther right.
my $OPERATOR = qr{(?:[-+%^<>?:]|/(?!\*)|\*\s|[!=]=|&\s|\|(?!\|))(?![-+])}x;


sub restore {
    my ($text, $formatted) = @_;

    my @old = split /\n/, $text;
    my @scanned = Style::Lines::scan($text);
    my @new = split /\n/, $formatted;
    my @out;

    while (@old && @new) {
        if (bare($old[0]) eq bare($new[0])) {
            push @out, [shift @new, shift @old,
                        (shift @scanned)->{comment}];
            next;
        }

        my ($m, $n) = next_match(\@old, \@new);
        my @before = splice @old, 0, $m;
        my @where = splice @scanned, 0, $m;
        my @after = splice @new, 0, $n;

        push @out, is_choice(\@before, \@after, \@where)
                   ? map { [$_, $_] } @before : map { [$_, undef] } @after;
    }

    push @out, map { [$_, undef] } @new;
    restore_indent(@out);

    return join '', map { "$_->[0]\n" } @out;
}


sub bare {
    my ($line) = @_;

    return $line =~ s/\s+//gr;
}


# How many lines to skip on either side until two are the same again.

sub next_match {
    my ($old, $new) = @_;

    for my $sum (1 .. 60) {
        for my $m (0 .. $sum) {
            my $n = $sum - $m;

            next if $m > $#$old || $n > $#$new;
            return ($m, $n) if bare($old->[$m]) eq bare($new->[$n])
                               && bare($old->[$m]) ne '';
        }
    }

    return (scalar @$old, scalar @$new);
}


# The same code in a function's body, broken elsewhere inside of an expression.

sub is_choice {
    my ($before, $after, $where) = @_;

    return 0 if grep { $_->{depth} == 0 } @$where;

    my $code = join '', map { bare($_) } @$before;

    return 0 if $code ne join '', map { bare($_) } @$after;
    return 0 if grep { length > $WIDTH } @$before;

    $code =~ s/"(?:[^"\\]|\\.)*"/""/g;
    return 0 if $code =~ /[{}]/ || $code =~ /;./;

    return !grep { /\b(?:if|for|while|else|do|case|default|switch)\b/ }
        @$before;
}


sub restore_indent {
    my (@pairs) = @_;

    for my $i (0 .. $#pairs) {
        my ($new, $old, $comment) = @{$pairs[$i]};

        next if !defined $old || $new eq $old || length $old > $WIDTH
                || $comment;

        if (length $new > $WIDTH) {
            my $indent = indent($new);

            $pairs[$i][0] = $old;
            take_back($indent, @pairs[reverse 0 .. $i - 1]);
            take_back($indent, @pairs[$i + 1 .. $#pairs]);

        } elsif ($old =~ m{^\s*(?:$OPERATOR|\)$|")}) {
            $pairs[$i][0] = $old;
        }
    }

    return;
}


# The other arguments of a call one of which does not fit.

sub take_back {
    my ($indent, @pairs) = @_;

    for my $pair (@pairs) {
        my ($new, $old) = @$pair;

        last if !defined $old || indent($new) != $indent;
        $pair->[0] = $old;
    }

    return;
}


sub indent {
    my ($line) = @_;

    return length $1 if $line =~ /^(\s*)\S/;

    return -1;
}


1;
