package Style::Format;

# nginx's style: clang-format for the code in function bodies, and here what
# it cannot do.

use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(dirname);
use IPC::Open2 qw(open2);

use Style::Breaks;
use Style::Declarations;
use Style::Lines;

my $OFF = '/* clang-format off */';
my $ON = '/* clang-format on */';
my $STYLE = abs_path(dirname(__FILE__) . '/../../../.clang-format');


# Returns the text in style.

sub format_text {
    my ($text, $path) = @_;

    $text =~ s/\r\n/\n/g;
    $text =~ s/[ \t]+$//mg;
    $text =~ s/\A\s*/\n/;
    $text =~ s/\s*\z/\n/;

    my $formatted = clang_format(shield($text), $path);

    $formatted = Style::Breaks::restore($text, unshield($formatted));
    $formatted = layout($formatted);
    $formatted = align_declarations($formatted);

    $formatted =~ s/\n{4,}/\n\n\n/g;
    $formatted =~ s/\A\s*/\n/;

    return $path =~ /\.h$/ ? comment_guard($formatted) : $formatted;
}


# Hides from clang-format what is not its business: the top level but for
# functions, declarations, flags joined by "|" without blanks, empty loops.

sub shield {
    my ($text) = @_;

    my @lines = Style::Lines::scan($text);
    my @hide = (1) x @lines;

    for my $chunk (grep { $_->{kind} eq 'function' }
        Style::Lines::chunks(@lines))
    {
        @hide[$chunk->{first} .. $chunk->{last}] =
            hidden_in_body(@lines[$chunk->{first} .. $chunk->{last}]);
    }

    my @out;
    my $hidden = 0;

    for my $i (0 .. $#lines) {
        if ($hide[$i] != $hidden) {
            push @out, $hide[$i] ? $OFF : $ON;
            $hidden = $hide[$i];
        }

        push @out, $hidden ? $lines[$i]{text} : disguise($lines[$i]{text});
    }

    return join '', map { "$_\n" } @out;
}


sub hidden_in_body {
    my (@lines) = @_;
    my @hide = (0) x @lines;

    for my $i (0 .. $#lines) {
        my $line = $lines[$i];

        if ($line->{macro} || $line->{code} =~ /^\s*#/) {
            $hide[$i] = 1;
            next;
        }

        next if $line->{depth} == 0 || !Style::Declarations::parse($line);

        # A declaration that goes on: all of it.
        my $last = $i;
        $last++ while $last < $#lines && $lines[$last]{code} !~ /;\s*$/;
        @hide[$i .. $last] = (1) x ($last - $i + 1);
    }

    return @hide;
}


sub disguise {
    my ($line) = @_;

    return $line if $line =~ m{^\s*(?:/?\*|//)};

    1 while $line =~ s/\b([A-Z][A-Z0-9_]+)\|([A-Z][A-Z0-9_]+)\b/$1__OR__$2/g;
    $line =~ s|\{ /\* void \*/ \}|void_body();|;

    return $line;
}


sub unshield {
    my ($text) = @_;

    $text =~ s/^[ \t]*\Q$OFF\E\n//mg;
    $text =~ s/^[ \t]*\Q$ON\E\n//mg;
    $text =~ s/__OR__/|/g;
    $text =~ s|void_body\(\);|{ /* void */ }|g;
    $text =~ s/\bfor \(;;\)/for ( ;; )/g;
    $text =~ s|\bfor \(/\* void \*/;|for ( /* void */ ;|g;
    $text =~ s|; /\* void \*/;|; /* void */ ;|g;

    return $text;
}


sub clang_format {
    my ($text, $path) = @_;

    my $pid = open2(my $out, my $in, 'clang-format', "--style=file:$STYLE",
        "--assume-filename=$path");

    # clang-format reads everything before it writes.
    print $in $text;
    close $in;

    my $result = do { local $/; <$out> };
    waitpid $pid, 0;
    die "clang-format failed on $path\n" if $?;

    return $result;
}


# Blank lines, labels, and parameters that go on to the next line.

sub layout {
    my ($text) = @_;

    my @lines = Style::Lines::scan($text);
    my @chunks = Style::Lines::chunks(@lines);
    my @out;

    for my $n (0 .. $#chunks) {
        my $chunk = $chunks[$n];
        my @part = @lines[$chunk->{first} .. $chunk->{last}];

        if ($chunk->{kind} eq 'function') {
            push @out, header_lines(@part), body_lines(@part);
            next if $n == $#chunks;

            # The last blank lines of the file go with it.
            my ($next) = grep { $chunks[$_]{kind} ne 'blank' }
                $n + 1 .. $#chunks;
            my $close = defined $next
                && $lines[$chunks[$next]{first}]{code}
                   =~ /^(?:\s*#\s*(?:endif|else|elif)|\})/;

            push @out, ($close ? '' : ('', '')) if defined $next;
            $chunks[$_]{dropped} = 1 for $n + 1 .. ($next // @chunks) - 1;

        } elsif ($chunk->{kind} eq 'other') {
            push @out, header_lines(@part);
            push @out, map { $_->{text} } rest_lines(@part);

        } elsif (!$chunk->{dropped}) {
            push @out, map { $_->{text} } @part;
        }
    }

    return join '', map { "$_\n" } @out;
}


# The lines up to the end of the parameters of a function or prototype.

sub split_header {
    my (@part) = @_;

    my $last = 0;

    $last++ while $last < $#part
                  && !($part[$last]{code} =~ /[\)\{;=]/
                       && $part[$last + 1]{paren} == 0);

    return $last;
}


sub header_lines {
    my (@part) = @_;

    my $last = split_header(@part);

    return map { $_->{paren} && $_->{depth} == $part[0]{depth}
                 && !$_->{macro} && $_->{code} !~ /^\s*#/
                     ? '    ' . $_->{text} =~ s/^\s+//r : $_->{text} }
        @part[0 .. $last];
}


sub rest_lines {
    my (@part) = @_;

    return @part[split_header(@part) + 1 .. $#part];
}


sub body_lines {
    my (@part) = @_;
    my @out;

    for my $line (rest_lines(@part)) {
        my $text = $line->{text};

        # The brace after a condition of several lines.
        if ($line->{paren} && $text =~ /^(.*\)) \{$/) {
            push @out, $1;
            $text = '    ' x $line->{depth} . '{';
        }

        my $label = $text =~ /^[a-z_]\w*:$/;

        push @out, '' if @out && $out[-1] ne '' && $out[-1] !~ /^\s*#/
                         && ($label || needs_blank($text, $out[-1]));
        push @out, '' if @out && $out[-1] =~ /^[a-z_]\w*:$/ && $text ne '';
        push @out, $text;
    }

    return @out;
}


sub needs_blank {
    my ($text, $previous) = @_;

    return $text =~ /^\s*\} else\b/ && $previous !~ /^\s*\*?\s*\\?$/;
}


sub align_declarations {
    my ($text) = @_;

    my @lines = Style::Lines::scan($text);

    for my $chunk (Style::Lines::chunks(@lines)) {
        next if $chunk->{kind} ne 'function' && $chunk->{kind} ne 'other';

        align_in($chunk->{kind},
            @lines[$chunk->{first} .. $chunk->{last}]);
    }

    return join '', map { "$_->{text}\n" } @lines;
}


# Changes the texts of the lines; a blank line or a statement ends a group.

sub align_in {
    my ($kind, @lines) = @_;
    my (@group, $depth);

    my $members = $kind eq 'other';
    my $table = $members && $lines[0]{code} =~ /=/;

    for my $line (@lines, undef) {
        next if $line && ($line->{comment} || $line->{code} =~ /^\s*#/
                          || ($line->{code} =~ /^\s*$/
                              && $line->{text} =~ /\S/));

        my $d = $line ? Style::Declarations::parse($line) : undef;

        undef $d if $d && $line->{depth} == 0 && $kind eq 'function';
        undef $d if $d && $line->{depth} > 0 && $table;

        if (@group && (!$d || $line->{depth} != $depth)) {
            my @texts = Style::Declarations::align($members,
                map { $_->[1] } @group);

            $group[$_][0]{text} = $texts[$_] for 0 .. $#group;
            @group = ();
        }

        next if !$d;

        $d->{indent} = '    ' x $line->{depth} if $kind eq 'function';
        $depth = $line->{depth};
        push @group, [$line, $d];
    }

    return;
}


# The #endif of a header's guard says which one it ends.

sub comment_guard {
    my ($text) = @_;

    my ($guard) = $text =~ /^#ifndef[ \t]+(\w+)\n#define[ \t]+\1\b/m
        or return $text;

    $text =~ s{\n\s*#endif[^\n]*\s*\z}{\n\n\n#endif /* $guard */\n};

    return $text;
}


1;
