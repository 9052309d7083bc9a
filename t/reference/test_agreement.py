"""feature/ against the reference: the same bits for the same events.

    test_agreement.py VFS_REPLAY [SEED [ROUNDS]]
"""

import json
import random
import struct
import subprocess
import sys
import tempfile
import unittest

import lmdb_file
import recorded
from vfs_reference import Reference

REPLAY, SEED, ROUNDS = "", 1, 25
DAY = 86400000


class Answers(dict):
    """A model that is made up as it is asked: of a key it makes a record."""

    def __init__(self, dimension):
        super().__init__()
        self.dimension = dimension

    def __missing__(self, key):
        draw = random.Random(key)
        vector = [draw.choice((0.0, -0.0, 1024.0, 1e-45, draw.uniform(-1, 1)))
                  for _ in range(self.dimension)]
        self[key] = recorded.record(None if draw.random() < 0.1 else vector)

        return self[key]


def replayed(definition, records, seed, answers):
    """What vfs-replay prints: letters, ignored, {(entity, id): fields}."""

    lines = "".join("%d %d %d %s\n" % (partition, offset, record_ms,
                                       value.hex())
                    for partition, offset, record_ms, _, value in records)

    with tempfile.NamedTemporaryFile("w", suffix=".json") as file, \
            tempfile.TemporaryDirectory() as directory:
        lmdb_file.write(directory, answers)
        file.write(definition)
        file.flush()
        output = subprocess.run([REPLAY, file.name, str(seed), directory],
                                check=True, input=lines.encode(),
                                capture_output=True,
                                timeout=300).stdout.decode()

    letters, ignored, states, version = {}, set(), {}, None

    for line in output.splitlines():
        word, rest = line.split(" ", 1)

        if word == "definition":
            version = rest

        elif word == "letter":
            partition, offset, reason = rest.split(" ")
            letters[(int(partition), int(offset))] = reason

        elif word == "ignored":
            ignored.add(tuple(map(int, rest.split(" "))))

        else:
            name, count, time_ms, watermark, values, metadata = rest.split(
                " ", 5)
            states[(word, name)] = (int(count), int(time_ms), watermark,
                                    values, json.loads(metadata))

    return version, letters, ignored, states


def recomputed(definition, records, answers):
    reference = Reference(definition, answers)
    reference.feed(records)
    states = {}

    for entity, found in reference.states.items():
        for name, state in found.items():
            vector = state.vector()
            values = "none" if vector is None else "".join(
                "%08x" % struct.unpack("<I", struct.pack("<f", value))
                for value in vector)
            states[(entity, name)] = (state.count, state.time_ms,
                                      state.watermark(), values,
                                      state.metadata())

    return (reference.definition.hash, reference.dead_letters,
            reference.ignored, states)


class Draw(random.Random):
    """Definitions and events, plain ones and odd ones."""

    def definition(self):
        sources = {
            "words": {"type": "hash", "fields": [
                {"field": "i", "weight": self.randint(1, 1000)},
                {"field": "text.words", "words": True},
                {"field": "n"}], "hashes": self.randint(1, 64)},
            "given": {"type": "event", "field": "v"},
            "asked": self.model()}
        features = {}
        used = set()

        if self.random() < 0.9:
            features["user"] = self.feature("user", sources)

        if self.random() < 0.9 or not features:
            features["item"] = self.feature("item", sources)

            if "user" in features and self.random() < 0.7:
                item = features["item"]
                item.update(transform="decayed_mean", source="user",
                            half_life=self.half_life())

                if self.random() < 0.7:
                    item["prior"] = {"source": self.choice(list(sources)),
                                     "weight": self.weight(positive=True)}

        for feature in features.values():
            used.add(feature["source"])
            used.add(feature.get("prior", {}).get("source"))

        definition = {
            "name": "drawn", "dimension": self.choice((1, 2, 3, 7, 16, 33)),
            "events": {"topic": "t", "fields": {"user": "u", "item": "i"}},
            "sources": {name: source for name, source in sources.items()
                        if name in used},
            "features": features}
        events = definition["events"]

        if self.random() < 0.8:
            definition["landmark"] = self.choice(
                ("2020-05-17", "1999-12-31T23:59:59.999Z",
                 "2026-01-01T02:00+02:00"))

        if self.random() < 0.9:
            events["fields"]["time"] = "t"

        if self.random() < 0.9:
            events["fields"]["type"] = "e"
            events["weights"] = {kind: self.weight() for kind in "abcde"}
            events["weights"]["z"] = 0

        if self.random() < 0.7:
            events["default_weight"] = self.weight()

        if self.random() < 0.5:
            events["csv"] = ["u", "i", "e", "t", "n"][:self.randint(2, 5)]

        return definition

    def model(self):
        model = {"type": "model", "model": self.choice(("m", "org/m-1.5")),
                 "fields": self.sample(["i", "text.words", "n", "m", "v"],
                                       self.randint(1, 3)),
                 "service": {"url": "http://127.0.0.1:%d" % self.randint(
                     1, 65535)}}
        model["protocol"] = self.choice(("openai", "tei", "kserve"))

        if self.random() < 0.5:
            model["version"] = self.choice(("1", "main"))

        if model["protocol"] == "kserve":
            model["input"] = "text"

            if self.random() < 0.5:
                model["output"] = "vector"

        return model

    def feature(self, entity, sources):
        feature = {"namespace": entity, "source": self.choice(list(sources)),
                   "transform": self.choice(("latest", "decayed_mean")),
                   "metadata": {"m": "m", "deep": "d.e.ep"}}

        if feature["transform"] == "decayed_mean":
            feature["half_life"] = self.half_life()

        if self.random() < 0.5:
            feature["normalise"] = self.random() < 0.8

        return feature

    def half_life(self):
        return self.choice(("30d", "1s", "12h", 1000, 3200000000000,
                            self.randint(1000, 10 ** 10)))

    def weight(self, positive=False):
        weight = self.choice((1, 5, 0.000001, 256, 0.1,
                              self.uniform(0.01, 256)))

        return weight if positive or self.random() < 0.7 else -weight

    def record(self, definition, user):
        """A record's value, mostly good."""

        event = {"u": user, "i": "i%d" % self.randrange(6)}
        event["t"] = self.time()
        event["e"] = self.choice("aabbccdez")
        event["n"] = self.number()
        event["text"] = {"words": self.text()}
        event["v"] = [self.component()
                      for _ in range(definition["dimension"])]
        event["m"] = self.metadata()
        event["d"] = {"e": {"ep": self.metadata()}}

        for name in list(event):
            if self.random() < 0.06:
                del event[name]

        if self.random() < 0.15:
            event[self.choice(list(event) or ["u"])] = self.odd()

        if self.random() < 0.1 and "csv" in definition["events"]:
            return self.csv(definition, event)

        text = json.dumps(event, ensure_ascii=self.random() < 0.5)

        # what json.dumps() would not write
        for raw in ("1e2", "1.50", "-0", "1024.0000000001", "1e999", "-0.0",
                    "123456789012345678901234567890", "5e-324", "1E+2"):
            text = text.replace('"raw %s"' % raw, raw)

        return self.damaged(text.encode("utf-8", "surrogatepass"))

    def csv(self, definition, event):
        fields = []

        for name in definition["events"]["csv"]:
            text = str(event.get(name, ""))

            if self.random() < 0.2 or set(text) & set(',"'):
                text = '"%s"' % text.replace('"', '""')

            fields.append(text)

        text = ",".join(fields) + self.choice(("", "", "\n", "\r\n", "\r",
                                               " ", ",", "\n\n"))

        return self.damaged(text.encode("utf-8", "surrogatepass"))

    def damaged(self, data):
        """Mostly not."""

        if self.random() < 0.9:
            return data

        place = self.randrange(len(data) + 1)
        piece = self.choice((b"", b"{", b"}", b"[", b"]", b'"', b",", b":",
                             b"\\", b"0", b"-", b"e", b"\0", b"\xff", b"\n",
                             b" ", b"\xc3\xa9", b"\xed\xa0\x80", b"\r",
                             b"\xef\xbb\xbf", b'"u":"u1",', b'"m":1,',
                             b"\x7f", b"\t", b"[" * 40, b"null"))

        return data[:place] + piece + data[place + self.randrange(3):]

    def time(self):
        base = 1767225600000
        ms = self.choice((base, base + self.randrange(DAY),
                          base - self.randrange(1000 * DAY),
                          self.randrange(253402300800000)))

        return self.choice((ms, ms, ms, str(ms), ms + 0.75,
                            "2026-01-31T10:00:00.%03dZ" % (ms % 1000),
                            "2024-02-29", "2024-02-29 23:59:60+05:30"))

    def number(self):
        return self.choice((0, 1, -7, 12345678901234567890, 0.1, 1e21, 1e-7,
                            "raw 1e2", "raw 1.50", "raw -0", "raw -0.0",
                            "raw 123456789012345678901234567890",
                            "raw 1E+2", True, False, "text", "",
                            ["a", 1, True, "raw 1.50"], []))

    def component(self):
        return self.choice((0, 0, 1, -1, 0.1, -1024, 1024, 1e-30, 1e-45, 2e-46,
                            self.uniform(-1024, 1024), self.uniform(-1, 1),
                            1.00000005960464477539062500001, "raw -0.0",
                            "raw 5e-324"))

    def metadata(self):
        return self.choice((1, 2.5, "raw 1e2", "raw 1.50", "text", "", True,
                            ["a", "b"], [], "\u00e9\n\"\\", None,
                            "raw 123456789012345678901234567890"))

    def text(self):
        return self.choice(("red steel kettle", "Red KETTLE!", "", "  ",
                            "\u00c9t\u00e9 \u4e2d\u6587", "a-b_c.d'e",
                            ["red", "kettle 12.5"], "x" * 300,
                            " ".join("w%d" % self.randrange(9)
                                     for _ in range(12))))

    def odd(self):
        return self.choice((
            None, {}, [], {"a": 1}, [[]], [None], [["nested"]], "", " ", "é",
            "x" * 128, "x" * 129, "x" * 2047, "x" * 2046, "a b", -1, 0, 3.5,
            True, [1, "a"], [True], ["raw 1e999"], "raw 1e999", "raw -0",
            "raw 1024.0000000001", [0.5], [{}], "2026-13-01", "\ud800",
            "2026-02-30", "2026-01-01T24:00", "253402300799999", "1e3",
            "253402300800000", -0.5, "2026-01-01T10:00:61Z", "12345",
            "2026-01-01T10:00+24", "9999-12-31T23:59:59.999Z",
            "9999-12-31T23:59:59-01:00", "1970-01-01T00:00+01:00",
            " ".join("w%d" % i for i in range(4096)),
            " ".join("w%d" % i for i in range(4097))))

    def records(self, definition, count):
        offsets = [self.randrange(100) for _ in range(8)]
        records = []

        for _ in range(count):
            number = self.randrange(12)
            partition = number % 5
            offsets[partition] += self.choice((1, 1, 1, 2))
            records.append((partition, offsets[partition],
                            1767225600000 + self.randrange(DAY), b"",
                            self.record(definition, "u%d" % number)))

        return records


class Agreement(unittest.TestCase):

    def agree(self, definition, records, seed=0):
        answers = Answers(json.loads(definition)["dimension"])
        expected = recomputed(definition, records, answers)
        found = replayed(definition, records, seed, answers)
        values = {record[:2]: record[4] for record in records}

        self.assertEqual(found[0], expected[0], "the definition's hash")

        for i in (1, 2):
            places = ({*found[i]} ^ {*expected[i]}) if i == 2 else {
                place for place in found[i].keys() | expected[i].keys()
                if found[i].get(place) != expected[i].get(place)}

            for place in sorted(places):
                self.fail("%s: found %s, expected %s\n%r\n%s" % (
                    place, found[1].get(place, "no letter"),
                    expected[1].get(place, "no letter"), values[place][:400],
                    definition))

        self.assertEqual(found[3].keys(), expected[3].keys())

        for name, state in expected[3].items():
            self.assertEqual(found[3][name], state,
                             "%s %s\n%s" % (*name, definition))

    def test_drawn(self):
        for i in range(ROUNDS):
            draw = Draw(SEED * 1000 + i)
            definition = draw.definition()
            records = draw.records(definition, 150)

            with self.subTest(seed=SEED * 1000 + i):
                self.agree(json.dumps(definition), records, i)


if __name__ == "__main__":
    REPLAY = sys.argv.pop(1)
    SEED = int(sys.argv.pop(1)) if len(sys.argv) > 1 else SEED
    ROUNDS = int(sys.argv.pop(1)) if len(sys.argv) > 1 else ROUNDS
    unittest.main()
