package DropIn;

# conf/vfs.conf as it is shipped, but with the runner's upstream as the index and
# with time for a loaded machine: what the tests of faults put into server{}.

use strict;
use warnings;

use Cwd qw(abs_path);
use Exporter qw(import);
use File::Basename qw(dirname);

our @EXPORT = qw(drop_in feature_json);

my $root = abs_path(dirname(__FILE__) . '/../..');


# Returns its text; pairs of [pattern, replacement] change it first.

sub drop_in {
    my (@changes) = @_;

    open my $file, '<', "$root/conf/vfs.conf" or die "conf/vfs.conf: $!";
    my $text = do { local $/; <$file> };

    for my $change (['127\.0\.0\.1:5080',
                     '127.0.0.1:$TEST_NGINX_UPSTREAM_PORT'],
                    ['(proxy_\w+_timeout\s+)[123]s', '${1}30s'], @changes)
    {
        my ($pattern, $replacement) = @$change;

        $text =~ s/$pattern/expand($replacement, $1)/ge
            or die "conf/vfs.conf has no \"$pattern\"";
    }

    return $text;
}


sub expand {
    my ($text, $group) = @_;

    return $text =~ s/\$\{1\}/$group/r;
}


# The index's answer to a fetch of one record.

sub feature_json {
    my ($key, $values) = @_;

    return "{\"vectors\":{\"$key\":{\"id\":\"$key\",\"values\":$values}},"
        . '"namespace":"x","usage":{"readUnits":1}}';
}


1;
