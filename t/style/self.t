# The formatter lays out what is not in style, and leaves what is.

use strict;
use warnings;

use File::Temp qw(tempdir);
use FindBin qw($Bin);
use Test::More;

use lib $Bin;
use Style::Format;

chdir "$Bin/../..";


sub formats {
    my ($title, $from, $to) = @_;

    my $got = Style::Format::format_text($from, 'x.c');

    is($got, $to, $title);
    is(Style::Format::format_text($got, 'x.c'), $got, "$title, once");

    return;
}


my $styled = <<'EOC';

#include <stdio.h>


#define VFS_TWICE(x)                                                          \
    ((x) + (x))


typedef struct {
    char                     *name;
    size_t                    len;
    int                     (*handler)(int a);

    vfs_a_very_long_type_name_of_a_member_t  *other;

    unsigned                  flag:1;
} vfs_sample_t;


static int vfs_sample_one(vfs_sample_t *sample,
    size_t len);


static const int  vfs_table[] = {
    1,    /* one */
    22    /* two */
};


static int
vfs_sample_one(vfs_sample_t *sample,
    size_t len)
{
    int          i;
    char        *p, **q;
    const char  *last;

    if (sample->len == 0
        || sample->name == NULL)
    {
        goto failed;
    }

    for ( ;; ) {

        if (len == VFS_A|VFS_B) {
            break;

        } else {
            p = vfs_something(sample, "a text that leaves no place for more", 1,
                              VFS_TWICE(len));
        }
    }

    switch (i) {

    case 1:
        return 0;

    default:
        break;
    }

    return (char *) p != NULL
           ? 1 : 0;

failed:

    return -1;
}


int
vfs_sample_two(void)
{
    return 2;
}
EOC

formats('good style stays', $styled, $styled);

formats('everything else is laid out', <<'EOC' =~ s/return 2;\}/$&   /r, <<'EOC');
#include <stdio.h>
static int one(int a,
               int b)
{
    char *p;
    const char *last;
    if(a==b){
        for(;;) { b++; }
    } else if (a
        && b) {
        return (char*)p;
    }
    else return a|b;
failed:
    return 1;
}
int two(void) {return 2;}
int three(void)
{
  return 3;
}
EOC

#include <stdio.h>
static int
one(int a,
    int b)
{
    char        *p;
    const char  *last;
    if (a == b) {
        for ( ;; ) {
            b++;
        }

    } else if (a
               && b)
    {
        return (char *) p;

    } else
        return a | b;

failed:

    return 1;
}


int
two(void)
{
    return 2;
}


int
three(void)
{
    return 3;
}
EOC

is(Style::Format::format_text("\n#ifndef A_H\n#define A_H\n\n#endif\n", 'a.h'),
    "\n#ifndef A_H\n#define A_H\n\n\n#endif /* A_H */\n",
    'the end of a header says its guard');


# lint, on a folder of its own for each.

my $top = "\n/*\n * Copyright (C) the vfs authors\n */\n\n\n";


sub lint {
    my ($name, $text) = @_;

    my $dir = tempdir(CLEANUP => 1);

    open my $file, '>', "$dir/$name" or die "$dir/$name: $!";
    print $file $text;
    close $file;
    chmod 0755, "$dir/$name";

    my $output = `$Bin/lint $dir 2>&1`;

    return ($?, $output);
}


sub accepts {
    my ($name, $text) = @_;

    my ($status, $output) = lint($name, $text);

    is($status, 0, "lint accepts $name") || diag($output);

    return;
}


sub refuses {
    my ($name, $text, $why) = @_;

    my ($status, $output) = lint($name, $text);

    isnt($status, 0, "lint refuses $name: $why");
    like($output, $why, 'and says so');

    return;
}


my $body = "int\nvfs_one(int a)\n{\n%s}\n";

accepts('a.c', $top . sprintf $body, "    return a;\n");
refuses('a.c', sprintf($body, "    return a;\n"), qr/copyright/);
refuses('a.c', $top . sprintf($body, "    return a ;\n"), qr/^-.*a ;/m);
refuses('a.c', $top . sprintf($body, "    return a;   // no\n"),
    qr{comment of //});
refuses('a.c', $top . sprintf($body, '    return a' . ' + a' x 20 . ";\n"),
    qr/columns/);
refuses('a.c', $top . sprintf($body, "    if (a)\n        return 1;\n"),
    qr/without braces/);
refuses('a.c', $top . sprintf($body, "    size_t  n;\n    int     i;\n\n"
    . "    n = i = a;\n\n    return n + i;\n"), qr/after a longer type/);
refuses('a.c', $top . sprintf($body, "    int  b[2];\n\n    b[a - a + 2] = 1;\n"
    . "    b[2] = 1;\n\n    return b[0];\n"), qr/out of bounds/);
refuses('a.sh', "#!/bin/sh\necho \$1\n", qr/SC2086/);
refuses('a.py', "def f(:\n", qr/python3: failed/);
refuses('a.mjs', "const = 1;\n", qr/node --check: failed/);
refuses('A.pm', "package A;\nuse strict;\n\$x = 1;\n1;\n", qr/perl -c: failed/);
refuses('a.txt', "text \n", qr/trailing blanks/);
refuses('a.txt', "a\ttab\n", qr/a tab/);
refuses('a.txt', 'TO' . "DO\n", qr/left behind/);

done_testing();
