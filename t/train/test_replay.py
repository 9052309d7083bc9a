"""train/'s replay against the reference: the same bits from files of events.

    test_replay.py REPLAY_STATES [SEED [ROUNDS]]

Definitions and events, odd and damaged ones, come from t/reference; they are
written as kcat -J writes them, partitions in a drawn order, some records
twice, to several files, some by gzip; states hardly fit into the memory.
"""

import gzip
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "reference"))

import lmdb_file                                    # noqa: E402
from definition import Definition                   # noqa: E402
from events import Event, Fault                     # noqa: E402
from test_agreement import Answers, Draw, recomputed    # noqa: E402

PROGRAM, SEED, ROUNDS = "", 1, 20


def usable(definition, value, ms):
    """Text, and of no user that other partitions have, too: the worker's
    states of such a user are one a partition, the reference has one."""

    try:
        value.decode()

        return re.fullmatch("u[0-9]+", Event(definition, value, ms).user)

    except UnicodeDecodeError:
        return False

    except Fault:
        return True


def with_tombstones(draw, text, records):
    """Some records delete a user of their partition."""

    definition = Definition(text)

    for partition, offset, ms, key, value in records:
        if draw.random() < 0.04:
            user = draw.choice([n for n in range(12) if n % 5 == partition])
            yield partition, offset, ms, b"u%d" % user, None

        elif usable(definition, value, ms):
            yield partition, offset, ms, key, value


def shuffled(draw, records):
    """Each partition in its order, the partitions in any; some twice."""

    queues = {}

    for record in records:
        queues.setdefault(record[0], []).append(record)

    while queues:
        partition = draw.choice(list(queues))
        record = queues[partition].pop(0)

        yield record

        if draw.random() < 0.1:
            yield record

        if not queues[partition]:
            del queues[partition]


def line(record):
    partition, offset, ms, key, value = record

    return json.dumps({
        "topic": "t", "partition": partition, "offset": offset, "ts": ms,
        "key": key.decode() if key else None,
        "payload": None if value is None else value.decode()}) + "\n"


def write(directory, lines, draw):
    paths = []
    cuts = sorted(draw.sample(range(len(lines)), 2))

    for i, (first, last) in enumerate(zip([0, *cuts], [*cuts, len(lines)])):
        paths.append(os.path.join(directory, "events%d" % i))
        opened = gzip.open if draw.random() < 0.5 else open

        with opened(paths[-1], "wt", encoding="utf-8") as file:
            file.writelines(lines[first:last])

    return paths


def replayed(definition, lines, draw, answers):
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "definition.json")
        os.mkdir(os.path.join(directory, "recorded"))
        lmdb_file.write(os.path.join(directory, "recorded"), answers)

        with open(path, "w", encoding="utf-8") as file:
            file.write(definition)

        done = subprocess.run(
            [PROGRAM, path, str(draw.choice((1, 20000, 10000000))),
             *write(directory, lines, draw)], check=False,
            capture_output=True, timeout=300, text=True,
            env=os.environ | {"VFS_DATA": directory})

    if done.returncode != 0:
        raise AssertionError(done.stderr)

    states, counters = {}, None

    for text in done.stdout.splitlines():
        word, rest = text.split(" ", 1)

        if word == "counters":
            counters = tuple(map(int, rest.split()))
            continue

        name, count, time_ms, watermark, values, metadata = rest.split(" ", 5)
        states[(word, name)] = (int(count), int(time_ms), watermark, values,
                                json.loads(metadata))

    return states, counters


class Replay(unittest.TestCase):

    def test_drawn(self):
        for i in range(ROUNDS):
            draw = Draw(SEED * 1000 + i)
            definition = draw.definition()
            text = json.dumps(definition)
            records = list(shuffled(draw, list(with_tombstones(
                draw, text, draw.records(definition, 200)))))
            once = list(dict.fromkeys(records))
            answers = Answers(definition["dimension"])

            with self.subTest(seed=SEED * 1000 + i):
                _, letters, ignored, expected = recomputed(text, once, answers)
                states, counters = replayed(text, [line(record) for record
                                                   in records], draw, answers)
                self.assertEqual(counters[0], len(letters), "dead letters")
                self.assertEqual(counters[3], len(records) - len(once),
                                 "records that came twice")
                self.assertEqual(states.keys(), expected.keys())

                for name, state in expected.items():
                    self.assertEqual(states[name], state,
                                     "%s %s\n%s" % (*name, text))

                self.assertGreaterEqual(counters[1], len(ignored))

    def test_plain_lines(self):
        """Lines without a place, JSON and CSV with its header."""

        definition = json.dumps({
            "name": "plain", "dimension": 2,
            "events": {"topic": "t", "csv": ["u", "i", "t"],
                       "fields": {"user": "u", "item": "i", "time": "t"}},
            "sources": {"words": {"type": "hash",
                                  "fields": [{"field": "i"}]}},
            "features": {"user": {"namespace": "u", "transform": "latest",
                                  "source": "words"}}})
        lines = ['u,i,t\n', 'u1,i1,2026-01-01\n', '"u2","i\n2",2026-01-02\n',
                 '\n', '{"u":"u1","i":"i3","t":5}\n', 'u1,i1,never\n']
        values = [b"u1,i1,2026-01-01", b'"u2","i\n2",2026-01-02',
                  b'{"u":"u1","i":"i3","t":5}', b"u1,i1,never"]
        records = [(0, i, -1, b"", value) for i, value in enumerate(values)]
        _, letters, _, expected = recomputed(definition, records, {})

        with tempfile.TemporaryDirectory() as directory:
            paths = [os.path.join(directory, name) for name in "de"]

            for path, content in zip(paths, ([definition], lines)):
                with open(path, "w", encoding="utf-8") as file:
                    file.writelines(content)

            output = subprocess.run([PROGRAM, paths[0], "1", paths[1]],
                                    check=True, capture_output=True,
                                    timeout=60, text=True).stdout

        self.assertEqual(len(letters), 2)
        self.assertIn("counters 2 0 0 0\n", output)
        self.assertEqual(len(output.splitlines()), 1 + len(expected))

        for (_, name), state in expected.items():
            self.assertIn("user %s %d %d %s %s {}\n" % (name, *state[:4]),
                          output)


if __name__ == "__main__":
    PROGRAM = sys.argv.pop(1)
    SEED = int(sys.argv.pop(1)) if len(sys.argv) > 1 else SEED
    ROUNDS = int(sys.argv.pop(1)) if len(sys.argv) > 1 else ROUNDS
    unittest.main()
