"""vfs-player: what it makes of a file, and of a seed."""

import csv
import hashlib
import json
import os
import random
import re
import subprocess
import tempfile
import unittest

PLAYER = os.path.join(os.environ["VFS_BUILD"], "vfs-player")

COLUMNS = ("InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate",
           "UnitPrice", "CustomerID", "Country")

# of 50,000 generated events, see test_a_seed_gives_the_same_bytes_everywhere
DIGEST = "e1bfb54572d1cb8f7dcbdeaba6079df7eda4a0c0b5798c7ab9e2c7e50f9d9011"

ID = re.compile("[A-Za-z0-9_-]{1,128}")


def play(*options, **kwargs):
    return subprocess.run([PLAYER, "--print", *options], capture_output=True,
                          timeout=300, **kwargs)


def counts(text):
    return {name: int(value)
            for name, value in re.findall(r"(\w+)=(\d+)", text)}


def random_row(rng):
    """A row of the Online Retail data, with all that real rows have."""

    words = ["RED", "7\" FRAME", "a, b", "CAF\u00c9", "two\nlines", "\\", "",
             "\"\"", "tab\there", "\u20ac \U0001f381"]

    return {
        "InvoiceNo": rng.choice("CA") * (rng.random() < 0.2)
        + str(rng.randrange(536365, 540000)),
        "StockCode": rng.choice(["85123A", "71053", "POST", "BANK CHARGES",
                                 "", "x" * 128, "x" * 129]),
        "Description": " ".join(rng.choices(words, k=rng.randrange(4))),
        "Quantity": str(rng.randrange(-20, 500)),
        "InvoiceDate": "2010-12-%02d %02d:26:00" % (
            rng.randrange(1, 32), rng.randrange(24)),
        "UnitPrice": "%.2f" % (rng.random() * 100),
        "CustomerID": rng.choice(["", "17850.0", "13047", "9.0", "a b"]),
        "Country": rng.choice(["United Kingdom", "EIRE", ""]),
    }


def expected_event(row):
    """The event of a row, after the description of the data set's mapping."""

    event = {
        "userId": re.sub(r"\.0$", "", row["CustomerID"]),
        "itemId": row["StockCode"],
        "eventType": ("cancel" if row["InvoiceNo"].startswith("C")
                      else "purchase"),
        "timestamp": row["InvoiceDate"].replace(" ", "T") + "Z",
        "quantity": int(row["Quantity"]),
        "price": float(row["UnitPrice"]),
    }

    for name in ("Description", "Country"):
        if row[name]:
            event[name.lower()] = row[name]

    return event


class Retail(unittest.TestCase):

    def setUp(self):
        self.directory = tempfile.TemporaryDirectory()
        self.path = os.path.join(self.directory.name, "events.csv")

    def tearDown(self):
        self.directory.cleanup()

    def write(self, text):
        with open(self.path, "w", encoding="utf-8", newline="") as file:
            file.write(text)

    def test_events_equal_those_that_pythons_csv_reads(self):
        rng = random.Random(1)

        for end in ("\n", "\r\n"):
            with open(self.path, "w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, COLUMNS, lineterminator=end)
                writer.writeheader()
                writer.writerows(random_row(rng) for _ in range(3000))

            with open(self.path, encoding="utf-8", newline="") as file:
                rows = list(csv.DictReader(file))

            used = [row for row in rows if row["CustomerID"]]
            events = [expected_event(row) for row in used]
            invalid = [event for event in events
                       if not ID.fullmatch(event["userId"])
                       or not ID.fullmatch(event["itemId"])]

            result = play("--file", self.path)

            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertEqual([json.loads(line)
                              for line in result.stdout.splitlines()], events)
            self.assertEqual(counts(result.stderr.decode()), {
                "rows": 3000, "printed": len(used),
                "no_user": 3000 - len(used), "malformed": 0,
                "invalid_ids": len(invalid)})

    def test_malformed_rows_are_skipped_and_counted(self):
        good = "1,a,d,1,2010-12-01 08:26:00,2.5,17.0,X\n"

        self.write(",".join(COLUMNS) + "\n" + good
                   + "1,a,d,many,2010-12-01 08:26:00,2.5,17.0,X\n"
                   + "1,a,d,1,01/12/2010 08:26,2.5,17.0,X\n"
                   + "1,a,d,1,2010-13-01 08:26:00,2.5,17.0,X\n"
                   + "1,a,d,1,2010-12-01 08:26:00,,17.0,X\n"
                   + "," * 100 + "\n" + good + "\n\n"
                   + "x" * 300000 + "\n" + good
                   + "1,a,\"never closed\n")

        result = play("--file", self.path)

        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(len(result.stdout.splitlines()), 3)
        self.assertEqual(
            counts(result.stderr.decode().splitlines()[-1]),
            {"rows": 10, "printed": 3, "no_user": 0, "malformed": 7,
             "invalid_ids": 0})

    def test_a_byte_order_mark_is_no_part_of_a_name(self):
        self.write("\ufeff" + ",".join(COLUMNS)
                   + "\n1,a,d,1,2010-12-01 08:26:00,2.5,17.0,X\n")

        self.assertEqual(len(play("--file", self.path).stdout.splitlines()), 1)

    def test_a_file_of_other_columns_is_refused(self):
        self.write("userId,itemId\nu1,i1\n")

        result = play("--file", self.path)

        self.assertEqual(result.returncode, 1)
        self.assertIn(b"no column \"InvoiceNo\"", result.stderr)

    def test_bytes_that_are_not_utf8_become_replacement_characters(self):
        with open(self.path, "wb") as file:
            file.write(",".join(COLUMNS).encode()
                       + b"\n1,a,50\xa3 off,1,2010-12-01 08:26:00,2.5,17.0,X\n")

        event = json.loads(play("--file", self.path).stdout)

        self.assertEqual(event["description"], "50\ufffd off")


class Lines(unittest.TestCase):

    def test_lines_are_sent_as_they_are(self):
        lines = [b'{"userId":"u1","itemId":"i1"}', b'{"userId":"u 1"}', b"{",
                 b"u1,i1", b"u1,i1,x", b"u1", b"u1,", b" \xff",
                 b'{"a":{"userId":"u1"},"userId":"\\u0061","itemId":"b"}',
                 b'{"userId":7,"itemId":"b"}', b"x" * (1024 * 1024 + 1)]

        with tempfile.NamedTemporaryFile(suffix=".jsonl") as file:
            file.write(b"\n".join(lines) + b"\n\n\r\n")
            file.flush()
            result = play("--file", file.name)

        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(result.stdout.splitlines(), lines[:-1])
        self.assertEqual(
            counts(result.stderr.decode().splitlines()[-1]),
            {"rows": 11, "printed": 10, "no_user": 0, "malformed": 1,
             "invalid_ids": 6})


class Generator(unittest.TestCase):

    def test_a_seed_gives_the_same_bytes_everywhere(self):
        options = ("--count", "50000", "--seed", "7", "--users", "300",
                   "--items", "1000", "--rate", "0")
        first = play(*options).stdout

        self.assertEqual(play(*options).stdout, first)
        self.assertEqual(hashlib.sha256(first).hexdigest(), DIGEST)

    def test_another_seed_gives_other_events(self):
        self.assertNotEqual(play("--count", "50", "--seed", "1").stdout,
                            play("--count", "50", "--seed", "2").stdout)

    def test_the_events_are_what_the_help_says(self):
        events = [json.loads(line) for line in play(
            "--count", "20000", "--users", "100", "--items", "500",
            "--start", "2026-03-01T00:00:00Z").stdout.splitlines()]
        start = 1772323200000

        users = [event["userId"] for event in events]
        items = {event["itemId"]: event["description"] for event in events}
        times = [event["timestamp"] for event in events]

        # one that is sent again is a step behind, not late
        late = sum(time < start + (i - 1) * 10 for i, time in enumerate(times))
        again = sum(a == b for a, b in zip(events, events[1:]))

        self.assertTrue(all(ID.fullmatch(event[name]) for event in events
                            for name in ("userId", "itemId")))
        self.assertEqual(len(set(users)), 100)
        self.assertLessEqual({item for item in items},
                             {"i%d" % n for n in range(1, 501)})
        self.assertEqual({(event["itemId"], event["description"])
                          for event in events}, set(items.items()))
        self.assertLessEqual(max(times), start + 20000 * 10)

        # 1 in 100, 1 in 200; Zipf over 100 users: the first has 19 %
        self.assertAlmostEqual(late / 20000, 1 / 100, delta=0.004)
        self.assertAlmostEqual(again / 20000, 1 / 200, delta=0.003)
        self.assertAlmostEqual(users.count("u1") / 20000, 0.193, delta=0.02)


class Options(unittest.TestCase):

    def test_a_wrong_option_is_named(self):
        cases = (("--rate", "fast"), ("--rate", "-1"), ("--count", "1x"),
                 ("--users", "0"), ("--items", "11"), ("--seed", ""),
                 ("--start", "yesterday"), ("--file", "/nonexistent"))

        for option, value in cases:
            result = play(option, value)

            self.assertEqual(result.returncode, 1, option)
            self.assertIn(value.encode(), result.stderr)
            self.assertEqual(len(result.stderr.splitlines()), 1)

    def test_no_broker_is_said(self):
        result = subprocess.run([PLAYER], capture_output=True,
                                env=os.environ | {"KAFKA_BROKERS": ""})

        self.assertEqual(result.returncode, 1)
        self.assertIn(b"KAFKA_BROKERS", result.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=1)
