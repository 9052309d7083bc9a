package Test::Nginx::TCP;

# The stock mock of --- tcp_listen: one connection, one read, one reply.

use strict;
use warnings;

use Carp qw(croak);
use IO::Handle;
use IO::Select;
use IO::Socket::INET;
use POSIX ();
use Time::HiRes qw(sleep);

use Test::Nginx::Config;
use Test::Nginx::Request;


# Returns undef when the block has no --- tcp_listen.

sub start {
    my ($class, $block) = @_;

    my $port = Test::Nginx::Config::expand($block->value('tcp_listen'))
        // return undef;
    $port =~ s/\s+\z//;

    my $socket = IO::Socket::INET->new(LocalAddr => '127.0.0.1',
        LocalPort => $port, Proto => 'tcp', Listen => 5, ReuseAddr => 1)
        or croak "--- tcp_listen: port \"$port\": $@";

    pipe my $in, my $out or croak "pipe: $!";
    my $pid = fork // croak "fork: $!";

    if ($pid == 0) {
        close $in;
        eval { serve($socket, $block, $out); 1 }
            or print STDERR "# tcp_listen: $@";
        POSIX::_exit(0);
    }

    close $out;
    $in->blocking(0);

    return bless { pid => $pid, in => $in, query => '' }, $class;
}


sub serve {
    my ($socket, $block, $out) = @_;

    my $client = $socket->accept or die "accept: $!\n";
    close $socket;
    binmode $_ for $client, $out;

    my $wanted = $block->value('tcp_query_len') // 1;
    my $query = '';

    while (length $query < $wanted) {
        my $n = sysread $client, $query, 65536, length $query;
        last if !$n;
    }

    print $out $query;
    close $out;

    sleep Test::Nginx::Request::seconds($block->value('tcp_reply_delay'))
        if $block->has('tcp_reply_delay');

    my $reply = $block->value('tcp_reply') // '';
    $reply = $reply->($query) if ref $reply eq 'CODE';

    for my $piece (ref $reply eq 'ARRAY' ? @$reply : $reply) {
        print $client $piece;
        $client->flush;
    }

    shutdown $client, $block->value('tcp_shutdown')
        if $block->has('tcp_shutdown');

    # The parent kills this process at the end of the block.

    sleep 3600 if $block->has('tcp_no_close');
    close $client;

    return;
}


# What the mock has read; waits for it a while.

sub query {
    my ($self) = @_;

    my $select = IO::Select->new($self->{in});

    while ($select->can_read(2)) {
        last if !sysread $self->{in}, $self->{query}, 65536,
            length $self->{query};
    }

    return $self->{query};
}


sub stop {
    my ($self) = @_;

    my $pid = delete $self->{pid} // return;

    kill KILL => $pid;
    waitpid $pid, 0;

    return;
}


1;
