package Test::Nginx::Process;

# One nginx: a direct child in the foreground, its worker processes, its end.

use strict;
use warnings;

use Carp qw(croak);
use POSIX qw(:sys_wait_h);
use Time::HiRes qw(sleep time);

my $POLL = 0.003;


# %o: binary, root, and patience (seconds for each of start, reload and stop).

sub new {
    my ($class, %o) = @_;

    return bless { patience => 20, %o }, $class;
}


# Starts nginx and waits until it listens: the pid file is written after that.
# Returns undef, or how it ended instead.

sub start {
    my ($self) = @_;

    my $root = $self->{root};
    my $pid = fork // croak "fork: $!";

    if ($pid == 0) {
        $self->exec_nginx;
    }

    $self->{pid} = $pid;

    my $started = $self->poll(sub {
        return 1 if defined $self->reap;
        return -s "$root/logs/nginx.pid" && $self->workers;
    });

    return $self->how_it_ended if !$self->{pid};
    return undef if $started;

    $self->stop('KILL');

    return "was not ready after $self->{patience} s";
}


# In the child: standard error to a file, signals as nginx expects them.

sub exec_nginx {
    my ($self) = @_;

    my $root = $self->{root};

    $SIG{$_} = 'DEFAULT' for qw(INT TERM HUP PIPE CHLD);
    open STDIN, '<', '/dev/null';
    open STDOUT, '>', "$root/logs/stderr.log";
    open STDERR, '>&', \*STDOUT;

    no warnings 'exec';
    exec $self->{binary}, '-e', "$root/logs/error.log", '-p', "$root/",
        '-c', "$root/conf/nginx.conf";
    POSIX::_exit(127);
}


# Waits until the condition holds; false when patience ran out first.

sub poll {
    my ($self, $condition, $patience) = @_;

    my $deadline = time + ($patience // $self->{patience});

    while (time < $deadline) {
        return 1 if $condition->();
        sleep $POLL;
    }

    return 0;
}


sub reap {
    my ($self) = @_;

    return $self->{status} if !$self->{pid};
    return undef if waitpid($self->{pid}, WNOHANG) != $self->{pid};

    delete $self->{pid};

    return $self->{status} = $?;
}


sub how_it_ended {
    my ($self) = @_;

    my $status = $self->{status};

    return 'killed by signal ' . ($status & 127) if $status & 127;

    return 'exited with code ' . ($status >> 8);
}


sub exit_code {
    my ($self) = @_;

    return $self->{status} >> 8;
}


# Process ids of the workers.  Their title tells them from the cache's
# processes, and says that they are up.

sub workers {
    my ($self) = @_;

    my $pid = $self->{pid} // return;

    open my $file, '<', "/proc/$pid/task/$pid/children" or return;
    my @pids = split ' ', <$file> // '';
    close $file;

    @pids = grep { is_worker($_) } @pids;

    return @pids;
}


sub is_worker {
    my ($pid) = @_;

    open my $file, '<', "/proc/$pid/cmdline" or return 0;
    my $title = <$file> // '';
    close $file;

    return $title =~ /^nginx: worker process/;
}


# HUP; waits until there are new workers, and without $busy also until the old
# ones are gone, or until $refused says that there will be none.  Dies when
# neither comes.

sub reload {
    my ($self, $busy, $refused) = @_;

    return $self->replace_workers($busy, sub { kill HUP => $self->{pid} },
        $refused);
}


sub kill_workers {
    my ($self) = @_;

    return $self->replace_workers(0, sub { kill KILL => $self->workers });
}


sub replace_workers {
    my ($self, $busy, $action, $refused) = @_;

    my %old = map { $_ => 1 } $self->workers;

    $action->();

    my $replaced = $self->poll(sub {
        return 1 if defined $self->reap || ($refused && $refused->());

        my @workers = $self->workers;
        my @new = grep { !$old{$_} } @workers;

        return @new >= keys %old && ($busy || @new == @workers);
    });

    die "nginx $self->{status} while its workers were replaced\n"
        if !$self->{pid};
    die "workers were not replaced within $self->{patience} s\n" if !$replaced;

    return;
}


# Ends nginx, gracefully unless told otherwise: a graceful end waits for every
# request, and so finds one that nobody will ever finish.  Returns undef, or
# what was wrong with the end.

sub stop {
    my ($self, $signal) = @_;

    return undef if !$self->{pid};

    kill $signal // 'QUIT', $self->{pid};

    if (!$self->poll(sub { defined $self->reap })) {
        my @workers = $self->workers;

        kill TERM => $self->{pid};
        $self->poll(sub { defined $self->reap }, 2)
            || kill KILL => $self->{pid}, @workers;
        $self->poll(sub { defined $self->reap });

        return "did not stop within $self->{patience} s of SIGQUIT: a request"
            . ' was left unfinished';
    }

    return undef if $self->{status} == 0 || defined $signal;

    return $self->how_it_ended;
}


sub running {
    my ($self) = @_;

    return defined $self->{pid} && !defined $self->reap;
}


1;
