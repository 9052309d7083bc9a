"""Child processes that leave nothing behind, and waiting without sleeping."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time

PR_SET_PDEATHSIG = 1


def free_port():
    """A port that was free a moment ago, outside of what the kernel hands out.

    Ports above 32768 are given to outgoing connections too, so one that is
    free now may be taken when the server starts.
    """

    step = os.getpid() * 7 % 10000

    for i in range(10000):
        port = 20000 + (step + free_port.taken + i) % 10000

        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)

            try:
                probe.bind(("127.0.0.1", port))

            except OSError:
                continue

        free_port.taken += i + 1

        return port

    raise RuntimeError("no free port")


free_port.taken = 0


def listening(port):
    with socket.socket() as probe:
        probe.settimeout(2)

        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_until(what, condition, timeout=60, process=None, every=0.05):
    """Polls until condition() is true, and returns what it gave."""

    last = time.monotonic() + timeout

    while True:
        result = condition()

        if result:
            return result

        if process is not None and process.code() is not None:
            raise RuntimeError("%s: %s ended with status %s\n%s" % (
                what, process.name, process.code(), process.tail()))

        if time.monotonic() > last:
            raise RuntimeError("%s: not within %d seconds%s" % (
                what, timeout, "\n" + process.tail() if process else ""))

        time.sleep(every)


class Process:
    """A program in a process group of its own, its output in a file.

    If the test itself is killed, the kernel ends the program.
    """

    running = []

    def __init__(self, name, command, log, env=None, cwd=None):
        self.name = name
        self.log = log
        parent = os.getpid()
        libc = ctypes.CDLL(None)

        def child():
            libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)

            # nohup leaves it ignored, which no shell can undo with a trap
            signal.signal(signal.SIGHUP, signal.SIG_DFL)

            if os.getppid() != parent:
                os._exit(1)

        with open(log, "ab") as output:
            self._child = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=output,
                stderr=output, env=env, cwd=cwd, start_new_session=True,
                preexec_fn=child)

        self.pid = self._child.pid
        Process.running.append(self)

    def code(self):
        """The exit status, negative for a signal; None: still running."""

        return self._child.poll()

    def send(self, number):
        os.kill(self.pid, number)

    def suspend(self):
        self.send(signal.SIGSTOP)

    def resume(self):
        self.send(signal.SIGCONT)

    def stop(self, timeout=60, number=signal.SIGTERM):
        """Asks it to end, and returns its exit status."""

        if self.code() is None:
            self.send(number)

        return self.wait(timeout)

    def wait(self, timeout):
        try:
            self._child.wait(timeout)

        except subprocess.TimeoutExpired:
            raise RuntimeError("%s: still running after %d seconds\n%s" % (
                self.name, timeout, self.tail())) from None

        return self.code()

    def kill(self):
        """SIGKILL to it and to all that it started."""

        try:
            os.killpg(self.pid, signal.SIGKILL)

        except ProcessLookupError:
            pass

        self._child.wait()

        if self in Process.running:
            Process.running.remove(self)

    def cpu(self):
        """Seconds of CPU that it has taken; those of a zombie count, too."""

        with open("/proc/%d/stat" % self.pid) as stat:
            fields = stat.read().rpartition(")")[2].split()

        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def group_alive(self):
        """Whether anything of its process group is left."""

        try:
            os.killpg(self.pid, 0)

        except ProcessLookupError:
            return False

        return True

    def tail(self, lines=30):
        with open(self.log, "rb") as log:
            text = log.read().decode(errors="replace").splitlines()

        return "--- %s: last lines of its output\n%s\n---" % (
            self.name, "\n".join(text[-lines:]))

    @classmethod
    def kill_all(cls):
        for process in list(cls.running):
            process.kill()


def end_on_signals():
    """SIGTERM and SIGINT end the test by an exception, so that it cleans up."""

    def end(number, frame):
        sys.exit(128 + number)

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
