"""vfs copy, when an index fails, lies, limits or changes meanwhile."""

import json
import os
import signal
import ssl
import subprocess
import sys
import time
import unittest

from parts import Case, ask, end_on_signals, other_bit, wait_until

LIMITS = {"url": 8000, "ids": 1000, "records": 1000, "bytes": 2000000}


def changed(answer, change):
    """The answer with its document changed."""

    status, text = answer
    document = json.loads(text)
    change(document)

    return status, json.dumps(document).encode()


class Passing(Case):
    """What passes is outlived."""

    def survives(self, script, *more, at="target", namespace="n", n=300):
        names = ["user:%d" % i for i in range(n)]
        self.fill(self.source, namespace, names)
        between = self.between(getattr(self, at), script)
        said = self.copy(*more, **{at: between.port})

        self.assertEqual((said.returncode, said.stderr), (0, ""))
        self.assertEqual(self.all_of(self.source, namespace, names),
                         self.all_of(self.target, namespace, names))

        return said

    def test_an_error_of_the_server(self):
        for status in (500, 502, 503, 504, 408, 425):
            namespace = "n%d" % status

            def once(asked, status=status):
                if asked.path == "/vectors/upsert" and asked.number == 1:
                    return status, b"overloaded"

                return None

            said = self.survives(once, "--namespace", namespace,
                                 namespace=namespace, n=20)
            self.assertIn(" 1 of them repeated", said.stdout)

    def test_a_connection_that_dies(self):
        def cut(handler):
            handler.answer(200, b'{"vectors":{"user:1":{"id"', length=5000)
            handler.hang_up()

        def mute(handler):
            handler.hang_up()

        def script(asked):
            return {("/vectors/fetch", 1): cut, ("/vectors/fetch", 2): mute,
                    ("/vectors/list", 1): cut}.get((asked.path, asked.number))

        said = self.survives(script, at="source")
        self.assertIn(" 3 of them repeated", said.stdout)

    def test_an_answer_that_is_slow_or_never_ends(self):
        def slow(handler):
            time.sleep(3)
            handler.answer(200, b'{"upsertedCount":20}')

        # what is silent for 30 seconds is given up and asked again
        def silent(handler):
            time.sleep(33)
            handler.hang_up()

        def script(asked):
            if asked.path == "/vectors/upsert" and asked.number == 1:
                ask(self.target, asked.path, json.loads(asked.body))
                return slow

            if asked.path == "/vectors/fetch" and asked.number == 1:
                return silent

            return None

        said = self.survives(script, n=20)
        self.assertIn(" 1 of them repeated", said.stdout)

        # meanwhile it says every ten seconds how far it is
        lines = [line for line in said.progress
                 if line.startswith("vfs copy: comparing n: ")]
        self.assertGreaterEqual(len(lines), 2, said.progress)
        self.assertTrue(lines[1].endswith(" 0 of 20 records, 0 a second\n"),
                        said.progress)

    def test_an_index_that_shows_writes_late(self):
        names = ["user:%d" % i for i in range(250)]
        self.fill(self.source, "n", names)
        began = []
        seconds = 3

        def late(asked):
            if asked.path != "/vectors/fetch":
                return None

            began.append(time.monotonic())

            if time.monotonic() - began[0] > seconds:
                return None

            return changed(between.forward(asked),
                           lambda said: said["vectors"].pop("user:7", None))

        between = self.between(self.target, late)
        said = self.copy("--patience", "60", target=between.port)
        self.assertEqual((said.returncode, said.stderr), (0, ""))

        # longer than anyone waits
        seconds = 1000
        said = self.copy("--verify-only", target=between.port)
        self.assertEqual(said.returncode, 1)
        self.assertIn("250 records, 1 differ, 0 only", said.stdout)
        self.assertIn("  differs: user:7\n", said.stdout)

    def test_metadata_is_compared_by_meaning(self):
        def spelt_otherwise(asked):
            if asked.path != "/vectors/fetch":
                return None

            def change(said):
                for one in said["vectors"].values():
                    one["metadata"] = dict(reversed(one["metadata"].items()))
                    one["metadata"]["count"] = float(one["metadata"]["count"])
                    one["usage"] = {"more": [[], {}]}

            return changed(between.forward(asked), change)

        between = self.between(self.target, spelt_otherwise)
        self.fill(self.source, "n", ["user:%d" % i for i in range(40)])
        self.assertEqual(self.copy(target=between.port).returncode, 0)

    def test_answers_come_in_any_order(self):
        def backwards(asked):
            if asked.path != "/vectors/fetch":
                return None

            def change(said):
                said["vectors"] = dict(reversed(said["vectors"].items()))

            return changed(between.forward(asked), change)

        between = self.between(self.source, backwards)
        self.fill(self.source, "n", ["user:%d" % i for i in range(700)])
        self.assertEqual(self.copy(source=between.port).returncode, 0)

    def test_lists_need_not_be_sorted(self):
        def backwards(asked):
            if asked.path != "/vectors/list":
                return None

            return changed(between.forward(asked),
                           lambda said: said["vectors"].reverse())

        between = self.between(self.source, backwards)
        self.fill(self.source, "n", ["user:%d" % i for i in range(1500)])
        self.assertEqual(self.copy(source=between.port).returncode, 0)

        self.fill(self.target, "n", ["user:more"])
        said = self.copy("--verify-only", source=between.port)
        self.assertIn("1500 records, 0 differ, 1 only in the target",
                      said.stdout)

    def test_requests_keep_within_the_limits(self):
        names = ["user:%d" % i for i in range(2500)]
        self.fill(self.source, "n", names)
        long = ["%s%d" % ("i/" * 200, i) for i in range(150)]
        self.fill(self.source, "long", long)
        wide = self.start("wide")
        self.fill(wide, "n", ["user:%d" % i for i in range(400)], 1536)
        wider = self.start("wider")
        before = self.between(self.source)
        behind = self.between(self.target)
        self.assertEqual(self.copy(source=before.port,
                                   target=behind.port).returncode, 0)
        last = self.between(wider)
        self.assertEqual(self.copy(source=wide, target=last.port).returncode,
                         0)

        for asked in before.asked + behind.asked + last.asked:
            self.assertLess(len(asked.url), LIMITS["url"])
            self.assertLessEqual(len(asked.query.get("ids", [])),
                                 LIMITS["ids"])
            self.assertLess(len(asked.body), LIMITS["bytes"])

            if asked.path == "/vectors/upsert":
                self.assertLessEqual(len(json.loads(asked.body)["vectors"]),
                                     LIMITS["records"])

        # and they are as few as may be
        upserts = [asked for asked in last.asked
                   if asked.path == "/vectors/upsert"]
        self.assertLess(len(upserts), 8)


class Changing(Case):
    """The source is not still."""

    def test_a_record_is_deleted_after_it_was_listed(self):
        self.fill(self.source, "n", ["user:%d" % i for i in range(50)])

        def script(asked):
            if asked.path == "/vectors/fetch" and asked.number == 1:
                ask(self.source, "/vectors/delete", {
                    "namespace": "n", "ids": ["user:3"]})

            return None

        between = self.between(self.source, script)
        said = self.copy(source=between.port)
        self.assertEqual((said.returncode, said.stderr), (0, ""))
        self.assertIn("n: 49 records copied\nn: 49 records, 0 differ, 0 only",
                      said.stdout)

    def test_records_change_and_go_after_they_were_copied(self):
        records = self.fill(self.source, "n",
                            ["user:%d" % i for i in range(50)])
        records[5]["values"][0] = other_bit(records[5]["values"][0])

        def script(asked):
            if asked.path == "/vectors/fetch" and asked.number == 2:
                ask(self.source, "/vectors/delete", {
                    "namespace": "n", "ids": ["user:3"]})
                ask(self.source, "/vectors/upsert", {
                    "namespace": "n", "vectors": [records[5]]})

            return None

        between = self.between(self.source, script)
        said = self.copy(source=between.port)
        self.assertEqual(said.returncode, 1)
        self.assertIn("n: 50 records copied\nn: 49 records, 1 differ, 1 only",
                      said.stdout)
        self.assertIn("  differs: user:5\n", said.stdout)
        self.assertIn("  only in the target: user:3\n", said.stdout)

        # another run mends what it may
        said = self.copy()
        self.assertIn("n: 49 records, 0 differ, 1 only", said.stdout)

    def test_an_upsert_that_alters_a_value_is_found(self):
        self.fill(self.source, "n", ["user:%d" % i for i in range(300)])

        def script(asked):
            if asked.path != "/vectors/upsert" or asked.number != 1:
                return None

            document = json.loads(asked.body)
            values = document["vectors"][7]["values"]
            values[-1] = other_bit(values[-1])
            self.altered = document["vectors"][7]["id"]
            asked.body = json.dumps(document).encode()

            return None

        between = self.between(self.target, script)
        said = self.copy(target=between.port)
        self.assertEqual(said.returncode, 1)
        self.assertIn("300 records, 1 differ, 0 only", said.stdout)
        self.assertIn("  differs: %s\n" % self.altered, said.stdout)
        self.assertIn("vfs copy: the indexes are not the same\n", said.stderr)

    def test_a_signal_ends_it_and_it_may_be_run_again(self):
        self.fill(self.source, "n", ["user:%d" % i for i in range(900)])

        for number, status in ((signal.SIGINT, 130), (signal.SIGQUIT, 131),
                               (signal.SIGTERM, 143)):
            between = self.between(self.target)
            copy = subprocess.Popen(
                self.command("--rate", "2", target=between.port),
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            wait_until("an upsert", lambda: any(
                asked.path == "/vectors/upsert" for asked in between.asked))
            copy.send_signal(number)
            said, why = copy.communicate(timeout=60)

            self.assertEqual((copy.returncode, said), (status, ""))
            self.assertRegex(why, r"^vfs copy: ended by a signal, after \d+ "
                             r"records were copied and 0 compared; it may be "
                             r"run again\n$")

        self.assertEqual(self.copy().returncode, 0)

    def test_memory_does_not_grow_with_the_namespace(self):
        used = []

        for n in (3000, 15000):
            self.fill(self.source, "n%d" % n,
                      ["%s%05d" % ("x" * 450, i) for i in range(n)], 1)

        for n in (3000, 15000):
            copy = subprocess.run(
                [sys.executable, "-c",
                 "import resource, subprocess, sys\n"
                 "subprocess.run(sys.argv[1:], check=True)\n"
                 "print(resource.getrusage(resource.RUSAGE_CHILDREN)"
                 ".ru_maxrss)"]
                + self.command("--namespace", "n%d" % n, "--rate", "10000"),
                stdout=subprocess.PIPE, text=True, timeout=300)
            self.assertEqual(copy.returncode, 0)
            used.append(int(copy.stdout.split()[-1]))

        if "asan" not in os.environ["VFS_BUILD"]:
            self.assertLess(used[1] - used[0], 4096, used)


class Failing(Case):
    """What does not pass ends it, soon and with its reason."""

    def test_an_index_that_goes_away_for_long(self):
        self.fill(self.source, "n", ["user:%d" % i for i in range(300)])

        def script(asked):
            return (503, b"") if asked.path == "/vectors/upsert" else None

        between = self.between(self.target, script)
        began = time.monotonic()
        said = self.refused("to /vectors/upsert: after", "--give-up", "2",
                            target=between.port)
        self.assertIn("status 503", said.stderr)
        self.assertLess(time.monotonic() - began, 60)

    def test_an_index_that_never_answers(self):
        nobody = self.between(self.target)
        nobody.close()

        said = self.refused("to /describe_index_stats: after", "--give-up",
                            "2", target=nobody.port)
        self.assertIn("; trying again\n", said.stderr)

    def test_a_redirection_is_not_followed(self):
        def script(asked):
            return 307, b"", ("Location", "http://127.0.0.1:%d%s" % (
                self.target, asked.url))

        between = self.between(self.target, script)
        self.refused("status 307", target=between.port)

    def test_a_certificate_that_is_not_trusted(self):
        path = os.path.join(self.directory.name, "tls")
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
             "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
             "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
             "-keyout", path + ".key", "-out", path + ".crt"],
            check=True, capture_output=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path + ".crt", path + ".key")
        between = self.between(self.target, context=context)

        with open(path, "w") as file:
            file.write("pcsk_secret\n")

        self.fill(self.source, "n", ["user:1"])
        more = ["--to", "https://localhost:%d" % between.port,
                "--to-key-file", path, "--give-up", "1"]
        self.refused("certificate", *more)
        self.assertEqual(between.asked, [])

        trusting = dict(os.environ, SSL_CERT_FILE=path + ".crt")
        self.assertEqual(self.copy(*more, env=trusting).returncode, 0)

        # the name counts, too
        more[1] = "https://127.0.0.1:%d" % between.port
        self.refused("certificate", *more, env=trusting)

    def test_a_list_that_goes_on_for_ever(self):
        self.fill(self.source, "n", ["user:1"])
        page = {"vectors": [{"id": "user:1"}]}

        def circle(asked):
            if asked.path != "/vectors/list":
                return None

            token = "token%d" % (asked.number % 7)

            return 200, json.dumps(dict(page, pagination={
                "next": token})).encode()

        between = self.between(self.source, circle)
        self.refused("from /vectors/list: the list repeats a page",
                     source=between.port)

        def empty(asked):
            if asked.path != "/vectors/list":
                return None

            return 200, json.dumps({"vectors": [], "pagination": {
                "next": str(asked.number)}}).encode()

        between = self.between(self.source, empty)
        self.refused("1000 empty pages in a row", "--rate", "10000",
                     source=between.port)


ONE = '{"vectors":{"user:1":%s}}'

# what answers, the answer, a part of what is said
HOSTILE = [
    ("/describe_index_stats", "", "no JSON object"),
    ("/describe_index_stats", "[]", "no JSON object"),
    ("/describe_index_stats", "{", "no JSON: unexpected end"),
    ("/describe_index_stats", "{} {}", "no JSON"),
    ("/describe_index_stats", '{"dimension":1e999}', "dimension: expected"),
    ("/describe_index_stats", '{"dimension":-1}', "dimension: expected"),
    ("/describe_index_stats", '{"dimension":"x"}', "dimension: expected"),
    ("/describe_index_stats", '{"namespaces":[]}', "namespaces: expected"),
    ("/describe_index_stats", '{"namespaces":{"n":7}}', "namespaces: expect"),
    ("/describe_index_stats", '{"namespaces":{"n":{"vectorCount":[]}}}',
     "vectorCount: expected"),
    ("/describe_index_stats", '{"namespaces":{"%s":{}}}' % ("n" * 513),
     "the name of a namespace: expected a string of 0 to 512"),
    ("/vectors/list", "null", "no JSON object"),
    ("/vectors/list", '{"a":' * 5000, "no JSON: nested too deeply"),
    ("/vectors/list", '{"vectors":{}}', "vectors: expected a list"),
    ("/vectors/list", '{"vectors":["user:1"]}', "vectors: expected objects"),
    ("/vectors/list", '{"vectors":[{}]}', "expected an id in each"),
    ("/vectors/list", '{"vectors":[{"id":7}]}', "id: expected a string"),
    ("/vectors/list", '{"vectors":[{"id":""}]}', "id: expected a string"),
    ("/vectors/list", '{"vectors":[{"id":"a\\u0000b"}]}', "id: expected"),
    ("/vectors/list", '{"vectors":[{"id":"%s"}]}' % ("x" * 513),
     "id: expected a string of 1 to 512 bytes"),
    ("/vectors/list", '{"vectors":[%s]}' % ",".join(
        '{"id":"%d"}' % i for i in range(101)), "a page of more ids"),
    ("/vectors/list", '{"pagination":{"next":7}}', "pagination.next: expect"),
    ("/vectors/list", '{"pagination":{"next":"%s"}}' % ("x" * 20000),
     "pagination.next: expected"),
    ("/vectors/fetch", '{"vectors":[]}', "vectors: expected an object"),
    ("/vectors/fetch", '{"vectors":{"user:2":{}}}',
     'a record "user:2" that was not asked for'),
    ("/vectors/fetch", '{"vectors":{"\\u001b[2J":{}}}', 'a record "?[2J" that'),
    ("/vectors/fetch", '{"vectors":{"user:1":{},"user:1":{}}}', "twice"),
    ("/vectors/fetch", ONE % "7", "vectors: expected objects"),
    ("/vectors/fetch", ONE % '{"id":"user:2"}', "id: expected the one"),
    ("/vectors/fetch", ONE % '{"values":{}}', "values: expected a list"),
    ("/vectors/fetch", ONE % '{"values":[1,"2"]}', "values: expected numbers"),
    ("/vectors/fetch", ONE % '{"values":[1e39]}', "the range of binary32"),
    ("/vectors/fetch", ONE % '{"values":[NaN]}', "no JSON: expected a value"),
    ("/vectors/fetch", ONE % ('{"values":[%s]}' % ",".join(["1"] * 20001)),
     "values: expected at most 20000"),
    ("/vectors/fetch", ONE % '{"metadata":[]}', "metadata: expected an obj"),
    ("/vectors/fetch", ONE % ('{"metadata":{"a":"%s"}}' % ("x" * 600000)),
     "metadata: expected at most"),
    ("/vectors/fetch", ONE % '{"sparseValues":{"indices":[1]}}',
     "as many values as indices"),
    ("/vectors/fetch", ONE % '{"sparseValues":{"indices":[4294967296]}}',
     "indices: expected a whole number"),
    ("/vectors/fetch", ONE % '{"sparseValues":{"indices":[%s]}}' % ",".join(
        ["1"] * 2049), "sparseValues: expected at most 2048"),
    ("/vectors/fetch", b'{"vectors":{"\xff":{}}}', "invalid UTF-8"),
    ("/vectors/upsert", "{}", "without upsertedCount"),
    ("/vectors/upsert", '{"upsertedCount":0}', "0 of 1 records were stored"),
    ("/vectors/upsert", '{"upsertedCount":null}', "upsertedCount: expected"),
]


class Hostile(Case):
    """Answers that nobody should give."""

    def test_each_is_refused_with_its_reason(self):
        self.fill(self.source, "n", ["user:1"])

        for path, text, expected in HOSTILE:
            text = text if isinstance(text, bytes) else text.encode()

            def script(asked, path=path, text=text):
                return (200, text) if asked.path == path else None

            upsert = path == "/vectors/upsert"
            between = self.between(self.target if upsert else self.source,
                                   script)
            end, at = ("to", "target") if upsert else ("from", "source")

            with self.subTest(path=path, text=text[:60]):
                self.refused("%s %s: " % (end, path), **{at: between.port})
                self.refused(expected, **{at: between.port})

    def test_what_is_odd_but_no_fault(self):
        self.fill(self.source, "n", ["user:1"])
        odd = {"/describe_index_stats":
               '{"namespaces":{"n":{"vectorCount":"1","x":[{}]}},"dimension":'
               'null}',
               "/vectors/list": ' {"pagination":null,"vectors":[{"x":1,"id":'
               '"user\\u003a1"}],"pagination":{"next":""}} ',
               "/vectors/fetch": '{"vectors":{"user:\\u0031":{"values":[1.0,'
               '-0,1e-60,3.4028235e38,0.1e0,7,8,9],"metadata":null,'
               '"sparseValues":null,"x":{}}},"y":[]}'}

        def script(asked):
            return 200, odd[asked.path].encode()

        between = self.between(self.source, script)
        said = self.copy(source=between.port)
        self.assertEqual((said.returncode, said.stderr), (0, ""))

    def test_an_answer_without_end(self):
        self.fill(self.source, "n", ["user:1"])

        def flood(handler):
            size = 70 * 1024 * 1024
            handler.answer(200, b"{", length=size + 1)

            try:
                for _ in range(70):
                    handler.wfile.write(b" " * 1024 * 1024)

            except OSError:
                pass

            handler.hang_up()

        between = self.between(
            self.source,
            lambda asked: flood if asked.path == "/vectors/fetch" else None)
        self.refused("an answer of more than 64 MB", source=between.port)


if __name__ == "__main__":
    end_on_signals()
    unittest.main(verbosity=2)
