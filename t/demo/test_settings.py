"""bin/vfs: each wrong setting is said in one line, before anything starts."""

import http.server
import os
import socket
import subprocess
import tempfile
import threading
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
VFS = os.path.join(HERE, "..", "..", "bin", "vfs")

PROGRAMS = ("vfs-broker", "vfs-index", "vfs-ingest", "vfs-player",
            "vfs-train")

# command, variable, its value, what the line says besides the variable
WRONG = [
    ("gateway", "VFS_PORT", "http", "a port from 1 to 65535"),
    ("gateway", "VFS_PORT", "0", "a port from 1 to 65535"),
    ("gateway", "VFS_PORT", "65536", "a port from 1 to 65535"),
    ("gateway", "VFS_PORT", "-1", "a port from 1 to 65535"),
    ("gateway", "VFS_PORT", "99999999999999999999", "a port from 1 to 65535"),
    ("gateway", "VFS_PORT", "80; error_log /x", "a port from 1 to 65535"),
    ("gateway", "VFS_BIND", "localhost", "an IP address"),
    ("gateway", "VFS_BIND", "1.2.3.4; x", "an IP address"),
    ("gateway", "VFS_WORKERS", "0", "auto or a number"),
    ("gateway", "VFS_WORKERS", "many", "auto or a number"),
    ("gateway", "VFS_STATS_ALLOW", "10.0.0.0/8; x", "addresses or networks"),
    ("gateway", "VFS_STATS_ALLOW", "all", "addresses or networks"),
    ("gateway", "VFS_LOG_DIR", "/nonexistent", "a directory"),
    ("gateway", "VFS_LOG_DIR", "/tmp/a;b", "a path"),
    ("gateway", "VFS_DATA", "/tmp/a b", "a path"),
    ("gateway", "VFS_DATA", "/tmp/a;b", "a path"),
    ("gateway", "VFS_DATA", "/dev/null", "a directory"),
    ("gateway", "PINECONE_INDEX_HOST", "movies.pinecone.io", "a URL"),
    ("gateway", "PINECONE_INDEX_HOST", "ftp://x", "a URL"),
    ("gateway", "PINECONE_INDEX_HOST", "http://", "a URL"),
    ("gateway", "PINECONE_INDEX_HOST", "http://:80", "a URL"),
    ("gateway", "PINECONE_INDEX_HOST", "http://u:p@h:1", "a URL"),
    ("gateway", "PINECONE_INDEX_HOST", "http://h:99999", "a URL"),
    ("gateway", "PINECONE_INDEX_HOST", "http://h:x", "a URL"),
    ("gateway", "PINECONE_INDEX_HOST", "http://h;x", "a URL"),
    ("gateway", "PINECONE_INDEX_HOST", "http://h/a?b=1", "a URL"),
    ("gateway", "PINECONE_INDEX_HOST", "http://h/a}b", "a URL"),
    ("gateway", "PINECONE_API_KEY", "a b", "white space"),
    ("gateway", "PINECONE_API_KEY", "a\nb", "white space"),
    ("gateway", "PINECONE_API_KEY_FILE", "/nonexistent", "a readable file"),
    ("gateway", "PINECONE_API_KEY_FILE", "/dev/null", "a readable file"),
    ("ingest", "VFS_DEFINITION", "/nonexistent", "a readable"),
    ("gateway", "VFS_DEFINITION", "/nonexistent", "a readable"),
    ("ingest", "VFS_DATA", "/dev/null", "a directory"),
    ("index", "VFS_DATA", "/dev/null", "a directory"),
    ("demo", "VFS_PORT", "x", "a port"),
    ("demo", "RATE", "fast", "events a second"),
    ("demo", "RATE", "0", "events a second"),
    ("demo", "EVENTS", "/nonexistent", "a file of events"),
    ("check", "VFS_PORT", "x", "a port"),
]


def run(command, *arguments, timeout=60, **settings):
    env = {name: value for name, value in os.environ.items()
           if not name.startswith(("VFS_", "PINECONE_", "KAFKA_"))
           and name not in ("EVENTS", "RATE")}
    env["VFS_BUILD"] = os.environ["VFS_BUILD"]

    return subprocess.run([VFS, command, *arguments], env=env | settings,
                          capture_output=True, text=True, timeout=timeout)


class Well(http.server.BaseHTTPRequestHandler):
    """A gateway or a worker that is well."""

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


class Settings(unittest.TestCase):

    def setUp(self):
        self.directory = tempfile.TemporaryDirectory()
        self.data = {"VFS_DATA": self.directory.name}

    def tearDown(self):
        self.directory.cleanup()

    def serve(self):
        """The port of a server on every address that answers 200."""

        server = http.server.ThreadingHTTPServer(("", 0), Well)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)

        return server.server_address[1]

    def test_a_wrong_setting_stops_the_command_with_a_line_about_it(self):
        for command, name, value, expected in WRONG:
            with self.subTest(name, command=command, value=value):
                result = run(command, **(self.data | {name: value}))
                lines = result.stderr.splitlines()

                if command == "check":
                    lines = lines[:1]

                self.assertEqual(result.returncode, 1)
                self.assertEqual(len(lines), 1, result.stderr)
                self.assertIn(name, lines[0])
                self.assertIn("expected", lines[0])
                self.assertIn(expected, lines[0])

    def test_every_wrong_setting_is_said_at_once(self):
        result = run("gateway", VFS_PORT="x", VFS_BIND="y", VFS_WORKERS="z",
                     VFS_DATA="/dev/null")

        self.assertEqual(result.returncode, 1)
        self.assertEqual(len(result.stderr.splitlines()), 4, result.stderr)

    def test_an_https_host_needs_a_key(self):
        host = {"PINECONE_INDEX_HOST": "https://movies.svc.pinecone.io"}
        result = run("gateway", **(self.data | host))

        self.assertEqual(result.returncode, 1)
        self.assertIn("PINECONE_API_KEY", result.stderr)

        with tempfile.NamedTemporaryFile(mode="w") as key:
            key.write("secret-key\n")
            key.flush()
            result = run("gateway", **(self.data | host | {
                "PINECONE_API_KEY": "secret-key",
                "PINECONE_API_KEY_FILE": key.name}))

        self.assertEqual(result.returncode, 1)
        self.assertIn("both set", result.stderr)
        self.assertNotIn("secret-key", result.stderr)

    def test_a_port_in_use_is_said_with_the_setting_to_change(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]

            for command in ("gateway", "demo"):
                data = self.data if command == "gateway" else {}
                result = run(command, VFS_PORT=str(port), **data)

                self.assertEqual(result.returncode, 1)
                self.assertEqual(len(result.stderr.splitlines()), 1)
                self.assertIn("port %d" % port, result.stderr)
                self.assertIn("VFS_PORT=%d" % (port % 65535 + 1),
                              result.stderr)

    def test_the_demo_refuses_data_of_another_broker(self):
        with open(os.path.join(self.directory.name, "state"), "w"):
            pass

        result = run("demo", **self.data)

        self.assertEqual(result.returncode, 1)
        self.assertIn("VFS_DATA", result.stderr)
        self.assertEqual(os.listdir(self.directory.name), ["state"])

    def test_check_names_what_does_not_answer_and_the_remedy(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            closed = server.getsockname()[1]

        settings = self.data | {
            "VFS_PORT": str(closed),
            "PINECONE_INDEX_HOST": "http://127.0.0.1:%d" % closed}

        result = run("check", KAFKA_BROKERS="127.0.0.1:%d" % closed,
                     **settings)
        lines = result.stderr.splitlines()

        self.assertEqual(result.returncode, 1)
        self.assertEqual(len(lines), 3, result.stderr)
        self.assertIn("set PINECONE_INDEX_HOST", lines[0])
        self.assertIn("set KAFKA_BROKERS", lines[1])
        self.assertIn("start it, vfs gateway", lines[2])

        result = run("check", **settings)

        self.assertEqual(result.returncode, 1)
        self.assertIn("KAFKA_BROKERS is not set", result.stderr)

    def test_check_says_that_the_worker_cannot_start(self):
        build = os.path.join(self.directory.name, "build")
        os.mkdir(build)

        for name in os.listdir(os.environ["VFS_BUILD"]):
            if name != "vfs-ingest":
                os.symlink(os.path.join(os.environ["VFS_BUILD"], name),
                           os.path.join(build, name))

        with open(os.path.join(build, "vfs-ingest"), "w") as file:
            file.write("#!/bin/sh\n"
                       "echo 'librdkafka.so.1: no such file' >&2\n"
                       "exit 127\n")

        os.chmod(file.name, 0o755)
        result = run("check", VFS_BUILD=build, VFS_PORT=str(self.serve()),
                     **self.data)

        self.assertEqual(result.returncode, 1, result)
        self.assertEqual(len(result.stderr.splitlines()), 1, result.stderr)
        self.assertIn("vfs-ingest --check ended with status 127: "
                      "librdkafka.so.1: no such file", result.stderr)

    def test_a_program_that_is_not_built_is_named(self):
        for command in ("ingest", "index", "train", "copy"):
            result = run(command, VFS_BUILD="/nonexistent", **self.data)

            self.assertEqual(result.returncode, 1, command)
            self.assertEqual(
                result.stderr, "vfs: /nonexistent/vfs-%s is missing: build "
                "it, make\n" % command)

    def test_health_asks_a_worker_on_every_address_on_the_loopback(self):
        port = self.serve()

        for host in ("", "0.0.0.0", "127.0.0.1"):
            result = run("health", "ingest",
                         VFS_METRICS_ADDRESS="%s:%d" % (host, port))

            self.assertEqual(result.returncode, 0, result)
            self.assertIn("http://127.0.0.1:%d/metrics answers" % port,
                          result.stdout)

    def test_a_word_that_is_no_command_gets_the_usage(self):
        result = run("serve")

        self.assertEqual(result.returncode, 1)
        self.assertIn("usage: vfs COMMAND", result.stderr)
        self.assertIn('"serve" is no command', result.stderr)

    def test_an_argument_that_nothing_takes_is_refused(self):
        for command in ("demo", "check"):
            result = run(command, "now", **self.data)

            self.assertEqual(result.returncode, 1)
            self.assertIn('vfs: %s: "now" is unknown' % command,
                          result.stderr)

    def test_every_command_explains_itself(self):
        for command in ("demo", "gateway", "check", "health", "ingest",
                        "index", "train"):
            result = run(command, "--help", **self.data)

            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertIn("usage: vfs", result.stdout)

    def test_an_option_that_does_not_exist_is_named_as_typed(self):
        cases = [(line, typed, reason)
                 for line in ("vfs-index --insecure", "vfs-copy --rate 5",
                              "vfs-train join --strict",
                              "vfs-train explain --json --top 3")
                 for typed, reason in (
                     ("--nothing", "no such option"),
                     ("-l", "no such option"),
                     ("-labels", "no such option"),
                     ("--help=x", "no value is expected"))]

        cases += [
            ("vfs-index", "--insecure=1", "no value is expected"),
            ("vfs-copy", "--verify-only=1", "no value is expected"),
            ("vfs-train join", "--strict=1", "no value is expected"),
            ("vfs-index", "--max", "the begin of more than one option"),
            ("vfs-train join", "--la=a --l", "the begin of more than one")]

        for line, typed, reason in cases:
            said = self.refused(line, typed)
            self.assertIn('"%s": %s' % (typed.split()[-1], reason), said)

        # by the C library
        for line in ("vfs-ingest --check", "vfs-player --print",
                     "vfs-broker --topic a:1"):
            for typed, named in (("--nothing", "'--nothing'"),
                                 ("-labels", "'l'"), ("--help=x", "'--help'")):
                self.assertIn(named, self.refused(line, typed))

    def refused(self, line, typed):
        program, *words = line.split()
        result = subprocess.run(
            [os.path.join(os.environ["VFS_BUILD"], program), *words,
             *typed.split(), "--version"],
            capture_output=True, text=True, check=False, timeout=60)

        self.assertIn(result.returncode, (1, 2), (line, typed))
        self.assertEqual(result.stdout, "", (line, typed))

        return result.stderr

    def test_every_program_tells_the_same_version(self):
        versions = {
            subprocess.run([program, "--version"], capture_output=True,
                           text=True, check=True).stdout.split(" ", 1)[1]
            for program in (VFS, *(os.path.join(os.environ["VFS_BUILD"], name)
                            for name in PROGRAMS))}

        self.assertEqual(len(versions), 1)


if __name__ == "__main__":
    unittest.main(verbosity=1)
