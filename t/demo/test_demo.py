"""vfs demo: what it shows, and that it leaves nothing behind."""

import csv
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import unittest
import urllib.error
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.join(HERE, "..", "..")
sys.path.insert(0, os.path.join(HERE, "..", "kafka"))

from processes import (Process, end_on_signals, free_port,    # noqa: E402
                       listening, wait_until)

BUILD = os.environ["VFS_BUILD"]
READY = "Ctrl-C ends it."


def environment(**settings):
    env = {name: value for name, value in os.environ.items()
           if not name.startswith(("VFS_", "PINECONE_", "KAFKA_", "MAKE"))
           and name not in ("EVENTS", "RATE", "MFLAGS", "BUILD")}

    return env | {"VFS_BUILD": BUILD} | settings


def processes():
    """pid: (parent, name) of all that run and are no zombies."""

    found = {}

    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/stat" % pid) as stat:
                text = stat.read()

        except OSError:
            continue

        name, rest = re.match(r"\d+ \((.*)\) (.*)", text, re.S).groups()
        state, parent = rest.split()[:2]

        if state != "Z":
            found[int(pid)] = int(parent), name

    return found


def descendants(root):
    every = processes()
    found = {root}
    size = 0

    while len(found) > size:
        size = len(found)
        found |= {pid for pid, (parent, _) in every.items() if parent in found}

    return {pid: every[pid][1] for pid in found if pid in every}


class Demo(unittest.TestCase):

    def setUp(self):
        self.directory = tempfile.TemporaryDirectory()
        os.chmod(self.directory.name, 0o755)
        self.ports = free_port(), free_port()
        self.log = os.path.join(self.directory.name, "log")
        self.demo = None

    def tearDown(self):
        if self.demo is not None:
            self.demo.kill()

        self.directory.cleanup()

    def start(self, *command, **settings):
        port, index_port = self.ports
        self.demo = Process(
            "vfs demo", command or [os.path.join(ROOT, "bin", "vfs"), "demo"],
            self.log, environment(
                VFS_PORT=str(port),
                PINECONE_INDEX_HOST="http://127.0.0.1:%d" % index_port,
                **settings), ROOT)

    def output(self):
        with open(self.log) as log:
            return log.read()

    def await_line(self, text, timeout=180):
        wait_until("\"%s\"" % text, lambda: text in self.output(), timeout,
                   self.demo)

    def end(self, number, timeout=60):
        """The exit status that a signal gives."""

        self.demo.send(number)

        return self.demo.wait(timeout)

    def find(self, name):
        return next(pid for pid, comm in descendants(self.demo.pid).items()
                    if comm == name)

    def assert_gone(self, pids, timeout=60):
        """None of these, and nobody on the ports."""

        def left():
            now = processes()

            return {pid: name for pid, name in pids.items()
                    if pid in now and now[pid][1] == name}

        try:
            wait_until("the end", lambda: not left(), timeout)

        except RuntimeError:
            self.fail("left behind: %s" % left())

        for port in self.ports:
            self.assertFalse(listening(port))

    def test_the_examples_work_and_ctrl_c_ends_every_process(self):
        self.start("make", "demo", "BUILD=" + BUILD)
        self.await_line(READY)

        text = self.output()
        site = "http://127.0.0.1:%d" % self.ports[0]
        urls = re.findall(r"curl '?(http[^ '\n]*)", text)

        self.assertEqual(len(urls), 3)
        self.assertIn("dashboard   %s/\n" % site, text)

        for url in urls + [site + "/", site + "/stats"]:
            with urllib.request.urlopen(url, timeout=30) as answer:
                self.assertEqual(answer.status, 200, url)

        pids = descendants(self.demo.pid)

        self.assertLessEqual({"vfs-broker", "vfs-index", "vfs-ingest",
                              "vfs-player", "nginx"}, set(pids.values()))

        # what a terminal's Ctrl-C does
        os.killpg(self.demo.pid, signal.SIGINT)

        self.assertNotEqual(self.demo.wait(60), 0)
        self.assertIn("vfs demo: stopped", self.output())
        self.assert_gone(pids, 0)

    def test_an_installed_tree_works_wherever_it_stands(self):
        staged = os.path.join(self.directory.name, "staged")
        moved = os.path.join(self.directory.name, "moved")
        link = os.path.join(self.directory.name, "vfs")

        subprocess.run(["make", "-s", "install", "BUILD=" + BUILD,
                        "DESTDIR=" + staged, "PREFIX=/usr/local"], cwd=ROOT,
                       env=environment(), check=True)
        os.rename(os.path.join(staged, "usr", "local"), moved)
        os.symlink(os.path.join(moved, "bin", "vfs"), link)

        self.start(link, "demo",
                   VFS_DATA=os.path.join(self.directory.name, "data"))
        self.await_line(READY)
        paths = {os.readlink("/proc/%d/exe" % pid)
                 for pid, name in descendants(self.demo.pid).items()
                 if name.startswith("vfs-")}

        self.assertEqual(paths, {os.path.join(moved, "bin", name) for name in (
            "vfs-broker", "vfs-index", "vfs-ingest", "vfs-player")})
        self.assertEqual(self.end(signal.SIGINT), 130)

    def test_the_gateway_shows_the_key_to_nobody(self):
        data = os.path.join(self.directory.name, "data")
        self.start(os.path.join(ROOT, "bin", "vfs"), "gateway", VFS_DATA=data,
                   PINECONE_API_KEY="pcsk_secret")
        wait_until("the gateway", lambda: listening(self.ports[0]), 60,
                   self.demo)

        key = os.path.join(data, "nginx", "api-key")

        self.assertEqual(os.stat(key).st_mode & 0o777, 0o600)

        for pid in descendants(self.demo.pid):
            with open("/proc/%d/cmdline" % pid, "rb") as file:
                self.assertNotIn(b"pcsk_secret", file.read())

        with open(os.path.join(data, "nginx", "nginx.conf")) as file:
            self.assertNotIn("pcsk_secret", file.read())

    def test_the_index_is_told_no_secret_of_others(self):
        self.start(os.path.join(ROOT, "bin", "vfs"), "index",
                   VFS_DATA=os.path.join(self.directory.name, "data"),
                   PINECONE_API_KEY="pcsk_secret",
                   VFS_MODEL_API_KEY="pcsk_secret",
                   VFS_KAFKA_SASL_PASSWORD="pcsk_secret")
        wait_until("the index", lambda: listening(self.ports[1]), 60,
                   self.demo)

        with open("/proc/%d/environ" % self.demo.pid, "rb") as file:
            self.assertNotIn(b"pcsk_secret", file.read())

    def test_logs_go_where_the_setting_says(self):
        data = os.path.join(self.directory.name, "data")
        logs = os.path.join(self.directory.name, "logs")
        os.mkdir(logs)
        url = "http://127.0.0.1:%d/healthz" % self.ports[0]
        page = url.replace("healthz", "index.html")

        for directory, shown in ((logs, None), ("-", self.log)):
            self.start(os.path.join(ROOT, "bin", "vfs"), "gateway",
                       VFS_DATA=data, VFS_LOG_DIR=directory,
                       VFS_STATS_ALLOW="10.0.0.0/8 fd00::/8")
            wait_until("the gateway", lambda: listening(self.ports[0]), 60,
                       self.demo)
            urllib.request.urlopen(page, timeout=30).close()

            path = shown or os.path.join(logs, "access.log")

            def logged(path=path):
                with open(path) as log:
                    return "GET /index.html" in log.read()

            wait_until("a line in " + path, logged, 60, self.demo)
            self.end(signal.SIGTERM)

        self.assertIn("start worker processes", self.output())
        self.assertTrue(os.path.exists(os.path.join(logs, "error.log")))

        with open(os.path.join(data, "nginx", "vfs-stats-allow.conf")) as file:
            self.assertEqual(file.read(),
                             "allow 10.0.0.0/8;\nallow fd00::/8;\n")

    def test_others_may_report_counters_when_allowed(self):
        """This machine's own address stands for another one."""

        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            # nothing is sent: the kernel says which address it would take
            probe.connect(("192.0.2.1", 9))
            address = probe.getsockname()[0]

        url = "http://%s:%d/stats/ingest" % (address, self.ports[0])
        got = []

        for allowed in ("198.51.100.0/24", address + " 198.51.100.0/24"):
            self.start(os.path.join(ROOT, "bin", "vfs"), "gateway",
                       VFS_BIND=address, VFS_STATS_ALLOW=allowed,
                       VFS_DATA=os.path.join(self.directory.name, "data"))

            def asked():
                try:
                    urllib.request.urlopen(url, b"{}", timeout=30).close()

                except urllib.error.HTTPError as error:
                    got.append(error.code)
                    return True

                except OSError:
                    return False

            wait_until("an answer", asked, 60, self.demo)
            self.end(signal.SIGTERM)

        # then it is the document that is wrong
        self.assertEqual(got[0], 403)
        self.assertNotEqual(got[1], 403)

    def test_other_signals_end_it_as_well(self):
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
            with self.subTest(number=number):
                self.start()
                self.await_line(READY)
                pids = descendants(self.demo.pid)

                self.assertEqual(self.end(number), 128 + number)
                self.assert_gone(pids, 0)
                os.unlink(self.log)

    def test_ctrl_c_ends_it_while_it_starts(self):
        for line in ("broker in memory", "gateway on", "worker"):
            with self.subTest(line):
                self.start()
                self.await_line("vfs demo: " + line)
                pids = descendants(self.demo.pid)

                self.assertEqual(self.end(signal.SIGINT), 130)
                self.assert_gone(pids, 0)
                os.unlink(self.log)

    def test_a_part_that_dies_is_named_and_ends_the_rest(self):
        for name, part in (("vfs-ingest", "worker"), ("vfs-broker", "broker")):
            with self.subTest(name):
                self.start()
                self.await_line(READY)
                pids = descendants(self.demo.pid)
                os.kill(self.find(name), signal.SIGKILL)

                self.assertEqual(self.demo.wait(120), 1)
                self.assertIn("the %s ended with status 137" % part,
                              self.output())
                self.assert_gone(pids)
                os.unlink(self.log)

    def test_nothing_survives_the_demo_itself(self):
        self.start()
        self.await_line(READY)
        pids = descendants(self.demo.pid)
        os.kill(self.demo.pid, signal.SIGKILL)

        self.assert_gone(pids)

    def test_a_file_is_folded_in_completely_and_counted(self):
        path = os.path.join(self.directory.name, "events.csv")

        with open(path, "w", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(("InvoiceNo", "StockCode", "Description", "Quantity",
                           "InvoiceDate", "UnitPrice", "CustomerID",
                           "Country"))

            for n in range(1000):
                rows.writerow((
                    "C1" if n % 50 == 0 else "1",
                    "BANK CHARGES" if n % 250 == 7 else "S%d" % (n % 90),
                    "thing %d" % (n % 90), 1,
                    "many" if n % 500 == 9 else "2010-12-01 08:26:00", 2.5,
                    "" if n % 4 == 0 else "%d.0" % (17000 + n % 60), "EIRE"))

        # 250 without a customer; 2 and 4 of the others as above
        self.start(EVENTS=path, RATE="5000")
        self.await_line("usable rows")

        self.assertEqual(
            dict(re.findall(r"^([a-z, -]+?) {2,}(\d+)$", self.output(), re.M)),
            {"rows": "1000", "skipped, no customer": "250",
             "skipped, malformed": "2", "sent": "748", "folded in": "744",
             "ignored by weight": "0", "dead-lettered": "4"})
        self.assertIn("100 % of the 744 usable rows are folded in",
                      self.output())
        self.assertEqual(self.end(signal.SIGINT), 130)


if __name__ == "__main__":
    end_on_signals()
    unittest.main(verbosity=2)
