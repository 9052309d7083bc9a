# docs/operations.md says what each message of the module means,
# docs/directives.md describes each directive and variable.

use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(dirname);
use Test::More;

my $root = abs_path(dirname(__FILE__) . '/..');


sub slurp {
    my ($path) = @_;

    open my $file, '<', $path or die "$path: $!";
    local $/;

    return scalar <$file>;
}


# The value of a C string, or of several in a row.

sub text {
    my ($literals) = @_;

    return join('', $literals =~ /"((?:[^"\\]|\\.)*)"/g) =~ s/\\"/"/gr;
}


my $string = qr/"(?:[^"\\]|\\.)*"(?:\s*"(?:[^"\\]|\\.)*")*/;
my $page = slurp("$root/docs/operations.md");
my (%reasons, %lines);

for my $path (glob("$root/ngx_vfs_module/*.c"), "$root/lib/vfs_json.c") {
    my $source = slurp($path);

    $reasons{text($1)}++ while $source =~ /\breason = [^;"]*($string)/g;
    $reasons{text($1)}++
        while $source =~ /unusable(?:_answer)?\([^;"{}]*($string)/g;

    while ($source =~ /vfs_json_fail\(([^;]*)\);/g) {
        my $arguments = $1;

        $reasons{text($1)}++ while $arguments =~ /($string)/g;
    }

    while ($source =~ /ngx_log_error\([^;"]*($string)/g) {
        my $line = text($1);

        $lines{$line}++ if $line !~ /of the index failed/;
    }
}

cmp_ok(keys %reasons, '>', 30, 'reasons were found');
cmp_ok(keys %lines, '>=', 3, 'other lines were found');

for my $reason (sort keys %reasons) {
    like($page, qr/`\Q$reason\E`/, "\"$reason\" is explained");
}

for my $line (sort keys %lines) {
    my $pattern = quotemeta $line;

    $pattern =~ s/\\%[A-Za-z]+/.+/g;
    like($page, qr/`$pattern`/, "\"$line\" is explained");
}

# and nothing is explained that is never said

my ($section) = $page =~ /^## The gateway's error log\n(.*?)(?=^## |\z)/ms;
my @explained = map { /`([^`]+)`/g } map { (split /\|/)[1] }
    grep { /^\| (?!after|line)/ } split /\n/, $section;
my $said = join '|', map { quotemeta } keys %reasons;

for my $name (grep { !/^vfs: |^zone / } @explained) {
    like($name, qr/^(?:$said)$/, "\"$name\" is a reason of the module");
}

# Directives: handlers have a row, the others a section of four parts.

my $module = slurp("$root/ngx_vfs_module/ngx_http_vfs_module.c");
my $directives = slurp("$root/docs/directives.md");
my %contexts = (MAIN => 'http', SRV => 'server', LOC => 'location');
my $commands = 0;

while ($module =~ /\{ ngx_string\("(vfs_\w+)"\),\s*([A-Z_0-9|\s]+),/g) {
    my ($name, $flags) = ($1, $2);
    my $context = join ', ', map { "`$contexts{$_}`" }
        grep { $flags =~ /NGX_HTTP_${_}_CONF/ } qw(MAIN SRV LOC);

    $commands++;

    if ($context eq '`location`') {
        like($directives, qr/^\| `$name[ ;]/m, "$name: a row");
        next;
    }

    my ($about) = $directives =~ /^## [^\n]*\b$name\b[^\n]*\n(.*?)(?=^## )/ms;

    $about //= '';
    like($about, qr/^\*syntax\*:.*`$name [^`]+;`/m, "$name: syntax");
    like($about, qr/^\*default\*: /m, "$name: default");
    like($about, qr/^\*context\*: \Q$context\E$/m, "$name: context");
    like($about, qr/^```nginx\n(?:(?!```).)*\b$name\b/ms, "$name: example");
}

cmp_ok($commands, '>', 20, 'directives were found');

my $variables = slurp("$root/ngx_vfs_module/ngx_http_vfs_variables.c");
my @names = $variables =~ /\{ ngx_string\("(vfs_\w+)"\), NULL/g;

cmp_ok(@names, '>', 3, 'variables were found');
like($directives, qr/^\| `\$$_` \|/m, "\$$_: a row") for @names;

done_testing();
