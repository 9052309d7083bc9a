package Test::Nginx::Upstream;

# The parent's side of a scripted upstream: the listening socket, the child
# that answers, and what the child tells about what it received.

use strict;
use warnings;

use Carp qw(croak);
use IO::Handle;
use IO::Select;
use IO::Socket::INET;
use JSON::PP ();
use POSIX ();
use Time::HiRes qw(time);

use Test::Nginx::Exchange;
use Test::Nginx::Mock;


sub new {
    my ($class) = @_;

    my $socket = IO::Socket::INET->new(LocalAddr => '127.0.0.1',
        LocalPort => 0, Proto => 'tcp', Listen => 128)
        or croak "cannot listen for an upstream: $@";

    return bless { socket => $socket, port => $socket->sockport,
                   events => [], input => '' }, $class;
}


sub port {
    my ($self) = @_;

    return $self->{port};
}


# Starts to answer by a script: a list of exchanges, see t/lib/README.md.

sub start {
    my ($self, $script) = @_;

    croak '--- upstream needs a list of exchanges'
        if ref $script ne 'ARRAY';
    Test::Nginx::Exchange::validate($_) for @$script;

    pipe my $command_in, my $command_out or croak "pipe: $!";
    pipe my $event_in, my $event_out or croak "pipe: $!";

    my $pid = fork // croak "fork: $!";

    if ($pid == 0) {
        close $_ for $command_out, $event_in;
        eval {
            Test::Nginx::Mock->new($self->{socket}, $script, $command_in,
                $event_out)->serve;
            1;
        } or print STDERR "# upstream: $@";
        POSIX::_exit(0);
    }

    close $_ for $command_in, $event_out;
    $event_in->blocking(0);
    $command_out->autoflush(1);

    $self->{pid} = $pid;
    $self->{commands} = $command_out;
    $self->{reader} = $event_in;
    $self->{events} = [];

    return;
}


# Reads what the child has told so far; waits up to so many seconds for more.

sub poll {
    my ($self, $seconds) = @_;

    IO::Select->new($self->{reader})->can_read($seconds) if $seconds;

    while (sysread $self->{reader}, $self->{input}, 65536,
        length $self->{input})
    {
        next;
    }

    while ($self->{input} =~ s/\A([^\n]*)\n//) {
        push @{$self->{events}}, JSON::PP->new->latin1->decode($1);
    }

    return @{$self->{events}};
}


sub events {
    my ($self, $type) = @_;

    return grep { $_->{type} eq $type } @{$self->{events}};
}


sub count {
    my ($self, $type) = @_;

    $self->poll(0);

    return scalar(my @events = $self->events($type));
}


sub tell {
    my ($self, $command) = @_;

    print { $self->{commands} } "$command\n";

    return;
}


# Lets the exchanges go on that wait for it.

sub release {
    my ($self) = @_;

    $self->tell('release');

    return;
}


# Waits until no connection has an exchange under way: nginx has taken the
# answers, or has closed the connections that get none.

sub settle {
    my ($self, $patience) = @_;

    my $before = $self->count('settled');
    my $deadline = time + $patience;

    $self->tell('settle');
    $self->poll(0.05)
        while $self->count('settled') == $before && time < $deadline;

    return;
}


# Ends a repetition: waits until nginx has closed every connection that is
# never answered, then returns everything that happened and begins anew.

sub finish {
    my ($self, $patience) = @_;

    $self->tell('report');

    my $deadline = time + $patience;
    my $report;

    while (!$report) {
        $self->poll(0.05);
        ($report) = $self->events('report');

        if (!$report && time > $deadline) {
            $self->tell('report now');
            $deadline += $patience;
        }
    }

    my @requests = $self->events('request');
    my $accepted = $self->count('accept');

    $self->{events} = [];

    return { requests => \@requests, connections => $accepted,
             problems => $report->{problems} };
}


sub stop {
    my ($self) = @_;

    my $pid = delete $self->{pid} // return;

    kill KILL => $pid;
    waitpid $pid, 0;

    return;
}


1;
