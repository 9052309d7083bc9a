package DropIn;

# conf/vfs.conf as it is shipped, with the runner's upstream as the index: what
# the tests of faults put into server{}.

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
                     '127.0.0.1:$TEST_NGINX_UPSTREAM_PORT'], @changes)
    {
        my ($pattern, $replacement) = @$change;

        $text =~ s/$pattern/$replacement/g
            or die "conf/vfs.conf has no \"$pattern\"";
    }

    return $text;
}


# The index's answer to a fetch of one record.

sub feature_json {
    my ($key, $values) = @_;

    return "{\"vectors\":{\"$key\":{\"id\":\"$key\",\"values\":$values}},"
        . '"namespace":"x","usage":{"readUnits":1}}';
}


1;
