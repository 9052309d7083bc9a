package Test::Nginx::Blocks;

# Reads the blocks that follow __DATA__: "=== title", then sections
# "--- name [filter ...]" with lines, or "--- name [filter ...]: value".

use strict;
use warnings;

use Carp qw(croak);

my @STOCK = qw(
    ONLY SKIP LAST
    main_config http_config config user_files log_level
    request more_headers raw_request raw_request_middle_delay
    pipelined_requests
    timeout abort shutdown wait
    error_code error_code_like
    response_headers response_headers_like
    raw_response_headers_like raw_response_headers_unlike
    response_body response_body_like response_body_unlike
    ignore_response
    error_log no_error_log grep_error_log grep_error_log_out
    shutdown_error_log no_shutdown_error_log access_log
    must_die skip_nginx skip_eval
    tcp_listen tcp_reply tcp_reply_delay tcp_query tcp_query_len
    tcp_no_close tcp_shutdown
);

# What only this runner knows; t/lib/README.md describes them.
my @EXTENSIONS = qw(
    upstream upstream_requests upstream_connections
    response_json http2 sse workers clients trickle rst abort_on continue_on
    reload reload_http_config reload_config kill_worker
);

my %EXTENSION = map { $_ => 1 } @EXTENSIONS;
my %KNOWN = map { $_ => 1 } @STOCK, @EXTENSIONS;
my %FILTER = (
    eval  => \&filter_eval,
    chomp => sub { my ($s) = @_; $s =~ s/\n\z//; return $s },
    chop  => sub { my ($s) = @_; $s =~ s/\n\z//; return $s },
);

our $AUTOLOAD;


# Returns the blocks of a text, in its order; dies with file and line on what
# it cannot read.

sub parse {
    my ($class, $text, $where, $first_line) = @_;
    my ($block, $section, @blocks);

    my $n = ($first_line // 1) - 1;

    for my $line (split /^/, $text) {
        $n++;
        next if $line =~ /^#/;

        if ($line =~ /^===\s*(.*?)\s*$/) {
            $block = bless { name => $1, line => $n, sections => {},
                             where => $where }, $class;
            push @blocks, $block;
            undef $section;

        } elsif ($line =~ /^---(?:\s|$)/) {
            croak "$where:$n: section before the first block" if !$block;
            $section = $block->add_section($line, $n);

        } elsif ($section) {
            croak "$where:$n: lines after the inline value of \"---"
                . " $section->{name}\"" if $section->{inline} && $line =~ /\S/;
            $section->{text} .= $line if !$section->{inline};
        }
    }

    return @blocks;
}


sub add_section {
    my ($self, $line, $n) = @_;

    my $at = "$self->{where}:$n";

    my ($name, $filters, $inline) = $line =~
        /^---[ \t]+(\w+)[ \t]*([\w \t]*?)[ \t]*(?::(?:\s+(.*?))?\s*)?$/
        or croak "$at: cannot read \"$line\"";

    croak "$at: unknown section \"$name\"" if !$KNOWN{$name};
    croak "$at: section \"$name\" is there twice"
        if $self->{sections}{$name};

    my @filters = split ' ', $filters;

    for my $filter (@filters) {
        croak "$at: unknown filter \"$filter\"" if !$FILTER{$filter};
    }

    my $section = {
        name    => $name,
        at      => $at,
        filters => \@filters,
        inline  => scalar($line =~ /^---[ \t]+\w+[^:]*:(?:\s|$)/),
        text    => $inline // '',
    };

    return $self->{sections}{$name} = $section;
}


# Keeps the blocks that --- SKIP, ONLY and LAST leave over; the second value
# is a list of remarks for the reader of the results.

sub select_blocks {
    my (@blocks) = @_;
    my (@kept, @remarks);

    for my $block (@blocks) {
        if ($block->has('ONLY')) {
            return ([$block], ["--- ONLY in block \"" . $block->name . '"']);
        }
    }

    for my $block (@blocks) {
        if ($block->has('SKIP')) {
            push @remarks, '--- SKIP in block "' . $block->name . '"';
            next;
        }

        push @kept, $block;

        if ($block->has('LAST')) {
            push @remarks, '--- LAST in block "' . $block->name . '"';
            last;
        }
    }

    return (\@kept, \@remarks);
}


sub name {
    my ($self) = @_;

    return $self->{name};
}


sub has {
    my ($self, $name) = @_;

    return exists $self->{sections}{$name} || exists $self->{values}{$name};
}


sub extensions {
    my ($self) = @_;

    return grep { $EXTENSION{$_} } sort keys %{$self->{sections}},
        keys %{$self->{set} // {}};
}


# The value of a section, its filters applied when it is first asked for, or
# undef when the block has no such section.

sub value {
    my ($self, $name) = @_;

    return $self->{values}{$name} if exists $self->{values}{$name};

    my $section = $self->{sections}{$name} // return undef;
    my $value = $section->{text};

    if (!$section->{inline}) {
        $value =~ s/\A(?:[ \t]*\n)+//;
        $value =~ s/\s+\z/\n/;
    }

    for my $filter (@{$section->{filters}}) {
        $value = $FILTER{$filter}->($value, $section, $self);
    }

    return $self->{values}{$name} = $value;
}


# Forgets what filters gave, so that a repetition evaluates them anew.

sub reset_values {
    my ($self) = @_;

    $self->{values} = { %{$self->{set} // {}} };

    return;
}


sub set_value {
    my ($self, $name, $value) = @_;

    croak "unknown section \"$name\"" if !$KNOWN{$name};
    $self->{set}{$name} = $self->{values}{$name} = $value;

    return;
}


# In a block that CPAN's module can run, outside of the test's package as there:
# its names are $::name and main::name.

sub filter_eval {
    my ($text, $section, $block) = @_;

    my $package = $block->extensions ? 'main; no strict'
                                     : 'Test::Nginx::Value; use strict';
    my @result = eval "package $package; no warnings; $text";
    croak "$section->{at}: --- $section->{name} eval: $@" if $@;

    return @result == 1 ? $result[0] : \@result;
}


# $block->request and so on, as preprocessors call them.

sub AUTOLOAD {
    my ($self) = @_;

    my $name = $AUTOLOAD =~ s/.*:://r;
    return if $name eq 'DESTROY';

    croak "unknown section \"$name\"" if !$KNOWN{$name};

    return $self->value($name);
}


1;
