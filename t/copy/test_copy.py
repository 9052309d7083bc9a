"""vfs copy: every record, to the bit, and what it notices."""

import json
import os
import unittest

from parts import Case, ask, end_on_signals, other_bit


class Copy(Case):

    def test_every_record_of_every_namespace_arrives_to_the_bit(self):
        users = ["user:%d" % n for n in range(1234)]
        items = ["item:%s" % ("x" * (n % 120) + str(n)) for n in range(250)]
        self.fill(self.source, "user-features", users)
        self.fill(self.source, "item-features", items)

        said = self.copy()

        self.assertEqual((said.returncode, said.stderr), (0, ""))
        self.assertIn("user-features: 1234 records copied\n"
                      "user-features: 1234 records, 0 differ, 0 only in the "
                      "target\n", said.stdout)

        for namespace, names in (("user-features", users),
                                 ("item-features", items)):
            here = self.all_of(self.source, namespace, names)

            self.assertEqual(len(here), len(names))
            self.assertEqual(here, self.all_of(self.target, namespace, names))

        # and back, into a third
        back = self.start("back")

        self.assertEqual(self.copy(source=self.target,
                                   target=back).returncode, 0)
        self.assertEqual(self.all_of(self.source, "user-features", users),
                         self.all_of(back, "user-features", users))

    def test_a_difference_is_found_and_named(self):
        names = ["user:%d" % n for n in range(20)]
        records = self.fill(self.source, "n", names)
        self.assertEqual(self.copy().returncode, 0)

        records[3]["values"][5] = other_bit(records[3]["values"][5])
        records[4]["metadata"]["price"] = 0.2
        ask(self.target, "/vectors/upsert", {
            "namespace": "n", "vectors": records[3:5]})
        ask(self.target, "/vectors/delete", {"namespace": "n",
                                             "ids": ["user:9"]})
        self.fill(self.target, "n", ["user:new"])

        said = self.copy("--verify-only")

        self.assertEqual(said.returncode, 1)
        self.assertIn("n: 20 records, 3 differ, 1 only in the target",
                      said.stdout)

        for line in ("differs: user:3", "differs: user:4", "differs: user:9",
                     "only in the target: user:new"):
            self.assertIn(line, said.stdout)

        # run again, it mends what differs and says what is left
        said = self.copy()
        self.assertEqual(said.returncode, 1)
        self.assertIn("0 differ, 1 only in the target", said.stdout)

    def test_an_index_that_limits_is_waited_for(self):
        self.fill(self.source, "n", ["user:%d" % n for n in range(300)])
        refused = []

        def every_other(asked):
            if len(limiting.asked) % 2 == 0:
                return None

            refused.append(asked)

            return 429, b'{"code":8,"message":"limit"}', ("Retry-After", "0")

        limiting = self.between(self.target, every_other)
        said = self.copy(target=limiting.port)

        self.assertEqual((said.returncode, said.stderr), (0, ""))
        self.assertGreater(len(refused), 3)
        self.assertIn(" %d of them repeated" % len(refused), said.stdout)

    def test_one_namespace_may_be_chosen(self):
        self.fill(self.source, "a", ["1"])
        self.fill(self.source, "b", ["1"])

        self.assertEqual(self.copy("--namespace", "a").returncode, 0)
        self.assertEqual(list(ask(self.target, "/describe_index_stats",
                                  {})["namespaces"]), ["a"])

    def test_a_namespace_that_only_the_target_has_is_a_difference(self):
        self.fill(self.source, "n", ["1"])
        self.fill(self.target, "more", ["1", "2", "3"])

        for how in ([], ["--verify-only"]):
            said = self.copy(*how)

            self.assertEqual(said.returncode, 1, said)
            self.assertIn("more: 3 records, only in the target\n",
                          said.stdout)
            self.assertIn(" 0 differ, 3 only in the target;", said.stdout)
            self.assertIn("not the same", said.stderr)

        # not asked for
        self.assertEqual(self.copy("--namespace", "n").returncode, 0)

    def test_the_default_namespace_has_two_names(self):
        self.fill(self.source, "", ["1"])

        for name in ("", "__default__"):
            def named(asked, name=name):
                if asked.path != "/describe_index_stats":
                    return None

                return 200, json.dumps({
                    "dimension": 8,
                    "namespaces": {name: {"vectorCount": 1}}}).encode()

            one = self.between(self.source, named)
            other = self.between(self.target)
            said = self.copy(source=one.port, target=other.port)
            self.assertEqual((said.returncode, said.stderr), (0, ""))

            # now the target has it, under its own name
            said = self.copy(source=one.port, target=other.port)
            self.assertEqual((said.returncode, said.stderr), (0, ""))
            self.assertIn(" 0 only in the target;", said.stdout)

    def test_what_cannot_work_is_said_in_one_line(self):
        key = os.path.join(self.directory.name, "key")

        with open(key, "w") as file:
            file.write("pcsk_secret\n")

        self.fill(self.source, "n", ["1"])
        locked = self.start("locked", "--api-key-file", key)
        other = self.start("other")
        ask(other, "/vectors/upsert", {
            "namespace": "n", "vectors": [{"id": "1", "values": [1, 2]}]})
        wrong = os.path.join(self.directory.name, "wrong")

        with open(wrong, "w") as file:
            file.write("pcsk_wrong\n")

        for expected, how in (
                ("status 401", {"target": locked}),
                ("dimension 8", {"target": other}),
                ("same index", {"target": self.source})):
            self.refused(expected, **how)

        said = self.copy("--to-key-file", wrong, target=locked)
        self.assertIn("status 401", said.stderr)
        self.assertNotIn("pcsk_", said.stderr + said.stdout)

        self.assertIn("has n", self.copy("--namespace", "m").stderr)
        self.assertEqual(self.copy("--to-key-file", key,
                                   target=locked).returncode, 0)

    def test_what_the_command_line_lacks_or_has_too_much_of(self):
        for expected, more in (
                ("--rate is \"0\"", ["--rate", "0"]),
                ("--rate is \"1e-14\", expected a number of at least 0.001",
                 ["--rate", "1e-14"]),
                ("--patience is \"nan\"", ["--patience", "nan"]),
                ("--give-up is \"1e9\"", ["--give-up", "1e9"]),
                ("\"--fast\": no such option", ["--fast"]),
                ("option --namespace needs a value", ["--namespace"]),
                ("unexpected argument \"users\"", ["users"])):
            self.refused(expected, *more, status=2)

        for expected, url in (
                ("neither http:// nor https://", "127.0.0.1:5080"),
                ("a user name", "http://me:secret@127.0.0.1"),
                ("--to-key-file is not given", "https://127.0.0.1")):
            said = self.refused(expected, "--to", url)
            self.assertNotIn("secret", said.stderr)

        said = self.copy("--help")
        self.assertEqual((said.returncode, said.stderr), (0, ""))
        self.assertIn("usage: vfs copy ", said.stdout)

    def test_sparse_values_and_records_without_metadata(self):
        source = self.start("hybrid-source", "--metric", "dotproduct")
        target = self.start("hybrid-target", "--metric", "dotproduct")
        ask(source, "/vectors/upsert", {"vectors": [
            {"id": "both", "values": [0.1, -0.0],
             "sparseValues": {"indices": [4294967295, 0, 7],
                              "values": [1e-30, -0.25, 3]}},
            {"id": "c d/?&=+%", "values": [1, 2]}], "namespace": "n"})

        self.assertEqual(self.copy(source=source, target=target).returncode, 0)
        names = ["both", "c d/?&=+%"]
        here = self.all_of(source, "n", names)
        self.assertEqual(len(here), 2)
        self.assertEqual(here, self.all_of(target, "n", names))

        # a weight is a value, too
        here["both"]["sparseValues"]["values"][1] = other_bit(
            here["both"]["sparseValues"]["values"][1])
        ask(target, "/vectors/upsert", {"vectors": [here["both"]],
                                        "namespace": "n"})
        said = self.copy("--verify-only", source=source, target=target)
        self.assertIn("1 differ, 0 only", said.stdout)
        self.assertIn("  differs: both\n", said.stdout)


if __name__ == "__main__":
    end_on_signals()
    unittest.main(verbosity=2)
