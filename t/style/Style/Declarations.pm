package Style::Declarations;

# Declarations stand in groups whose names are aligned, with two blanks at
# least between the longest type and its name.

use strict;
use warnings;

my $STATEMENT = qr/(?:return|goto|else|case|default|break|continue|do|typedef
    |using|delete|throw|friend|template)\b/x;

my $TYPE = qr/(?:(?:static|const|volatile|unsigned|signed|struct|union|enum
    |extern|register|thread_local|_Thread_local|_Atomic)\s+)*
    [A-Za-z_][\w:]*(?:<[^<>;=]*>)?(?:\s+(?:const|int|long|char|short|double))*
    (?:\s*\*+\s?const\b)?/x;

my $NAME = qr/(?<stars>\(?\**)(?<name>(?!const\b)[A-Za-z_]\w*)/;


# { indent, type, stars, name, rest } of a line that begins a declaration of a
# variable or a member, or undef.

sub parse {
    my ($line) = @_;

    my $text = $line->{text};

    return undef if $line->{comment} || $line->{macro} || $line->{paren};
    return undef if $text !~ /^
        (?<indent>\s*) (?!$STATEMENT) (?<type>$TYPE)
        (?: (?<gap>\s+) $NAME | (?<gap>) (?<stars>\*+) (?<name>[A-Za-z_]\w*) )
        (?<rest> \s* [;,=:\[\)].* )$/x;

    my %d = %+;
    $d{gap} //= '';

    return undef if $d{stars} !~ /^\(/ && $d{rest} =~ /^\s*\)/;
    return undef if $d{stars} =~ /^\(/ && $d{rest} !~ /^\)\(/;
    return undef if $d{rest} =~ /^\s*:/ && $d{rest} !~ /^\s*:\s*\w+;/;
    return undef if $d{rest} =~ /^\s*[=]=/;

    $d{type} =~ s/\s+/ /g;

    return \%d;
}


sub needed {
    my ($d) = @_;

    return length($d->{type}) + 2 + length $d->{stars};
}


sub column {
    my ($d) = @_;

    return length($d->{type}) + length($d->{gap}) + length $d->{stars};
}


# Returns the group's lines, realigned where they are not well aligned; a
# column that is farther right than it need be is the author's choice.

sub align {
    my ($members, @group) = @_;

    my ($column) = reverse sort { $a <=> $b } map { needed($_) } @group;
    my %columns = map { column($_) => 1 } @group;
    my ($one) = keys %columns;

    if (keys %columns == 1 && $one >= $column) {
        $column = $one;

    } elsif (keys %columns == 1 && $one == $column - 1 && are_casts(@group)) {
        $column = $one;

    } elsif ($members && has_long_types(@group)) {
        return map { join '', @$_{qw(indent type gap stars name rest)} } @group;
    }

    return map { spread($_, $column) } @group;
}


# "type *conf = child;" that gives an argument its type may have one blank.

sub are_casts {
    my (@group) = @_;

    return !grep { $_->{stars} ne '*' || $_->{rest} !~ /^ = \w+;$/ } @group;
}


# In a structure a few long types may stand out of the column, by two blanks.

sub has_long_types {
    my (@group) = @_;

    my %votes;
    $votes{column($_)}++ for @group;

    my ($common) = sort { $votes{$b} <=> $votes{$a} || $a <=> $b } keys %votes;

    return 0 if $votes{$common} < 2;

    for my $d (@group) {
        next if column($d) == $common && column($d) >= needed($d);
        return 0 if needed($d) <= $common || column($d) != needed($d);
    }

    return 1;
}


sub spread {
    my ($d, $column) = @_;

    my $gap = $column - length($d->{type}) - length $d->{stars};

    return $d->{indent} . $d->{type} . ' ' x $gap . $d->{stars} . $d->{name}
        . $d->{rest};
}


1;
