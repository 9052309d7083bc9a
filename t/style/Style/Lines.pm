package Style::Lines;

# C source as lines that know where they are: depth of braces and parentheses,
# inside a comment or a macro; and as the chunks of the top level.

use strict;
use warnings;

my $TOKEN = qr{
    (?<comment> /\* .*? (?: \*/ | \z ) )
  | (?<line>    //[^\n]* )
  | (?<string>  "(?: [^"\\\n] | \\. )*" )
  | (?<char>    '(?: [^'\\\n] | \\. )*' )
  | (?<open>    [\{\(] )
  | (?<close>   [\}\)] )
  | (?<newline> \n )
}xs;


# Returns for each line { text, depth, paren, comment, macro } as they are at
# its begin, and { code }: the line without comments, strings emptied.

sub scan {
    my ($text) = @_;

    $text .= "\n" if $text !~ /\n\z/;

    my @lines = map { { text => $_, code => '', depth => 0, paren => 0,
                        comment => 0, macro => 0 } } split /\n/, $text, -1;
    pop @lines;

    my ($n, $depth, $paren, $at) = (0, 0, 0, 0);

    while ($text =~ /$TOKEN/g) {
        my $start = $-[0];
        my %token = %+;

        $lines[$n]{code} .= substr $text, $at, $start - $at;
        $at = pos $text;

        if (defined $token{newline}) {
            $n++;
            last if $n > $#lines;

            my $previous = $lines[$n - 1];
            my $macro = $previous->{text} =~ /\\$/
                        && ($previous->{macro}
                            || $previous->{code} =~ /^\s*#/);

            # What a macro opens, it closes: it has no say over the rest.
            ($depth, $paren) = @$previous{qw(depth paren)}
                if $previous->{macro} || $previous->{code} =~ /^\s*#/;
            @{$lines[$n]}{qw(depth paren macro)} = ($depth, $paren, $macro);

        } elsif (defined $token{comment}) {
            my $more = $token{comment} =~ tr/\n//;

            for (1 .. $more) {
                $n++;
                last if $n > $#lines;
                @{$lines[$n]}{qw(depth paren comment)} = ($depth, $paren, 1);
            }

        } elsif (defined $token{string}) {
            $lines[$n]{code} .= '""';

        } elsif (defined $token{char}) {
            $lines[$n]{code} .= "''";

        } elsif (defined $token{open}) {
            $lines[$n]{code} .= $token{open};
            $token{open} eq '{' ? $depth++ : $paren++;

        } elsif (defined $token{close}) {
            $lines[$n]{code} .= $token{close};
            $token{close} eq '}' ? $depth-- : $paren--;
        }
    }

    return @lines;
}


# Cuts the top level into chunks { kind, first, last } of line numbers; kinds:
# blank, comment, directive, wrapper (extern "C", namespace), function, other.

sub chunks {
    my (@lines) = @_;
    my (@chunks, $base);

    $base = 0;

    for (my $i = 0; $i < @lines; $i++) {
        my $code = $lines[$i]{code};
        my $kind;

        if ($lines[$i]{text} =~ /^\s*$/) {
            $kind = 'blank';

        } elsif ($code =~ /^\s*$/) {
            $kind = 'comment';

        } elsif ($code =~ /^\s*#/) {
            $kind = 'directive';

        } elsif ($code =~ /^(?:extern\s*""|namespace\b[^;=]*)\s*\{\s*$/) {
            $kind = 'wrapper';
            $base++;

        } elsif ($base && $code =~ /^\}/ && $lines[$i]{depth} == $base) {
            $kind = 'wrapper';
            $base--;
        }

        my $first = $i;

        if (defined $kind) {
            $i++ while $i < $#lines
                       && ($lines[$i + 1]{macro} || $lines[$i + 1]{comment});

        } else {
            $i++ while $i < $#lines && !ends_chunk(\@lines, $i, $base);
            $kind = kind_of(map { $_->{code} } @lines[$first .. $i]);
        }

        push @chunks, { kind => $kind, first => $first, last => $i };
    }

    return @chunks;
}


sub ends_chunk {
    my ($lines, $i, $base) = @_;

    my $next = $lines->[$i + 1];

    return $next->{depth} == $base && $next->{paren} == 0
           && !$next->{comment} && !$next->{macro}
           && $lines->[$i]{code} !~ /^\s*#/
           && $lines->[$i]{code} =~ /[;\}]\s*$/;
}


sub kind_of {
    my (@code) = @_;

    my $code = join "\n", grep { !/^\s*#/ } @code;

    return 'function' if $code =~ /^[^{=]*\)\s*(?:const\s*|noexcept\s*)*\{/;

    return 'other';
}


1;
