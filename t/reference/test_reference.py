"""The reference against what can be known without it."""

import json
import math
import random
import struct
import unittest
from fractions import Fraction

from arithmetic import EXP2, bits, exp2, f32, f32_of_text, scaled
from numbers_text import ecmascript
from sources import tokens
from state import State, Update
from vfs_reference import Definition, Reference
from xxh64 import xxh64

DAY = 86400000
PRIME32 = 2654435761


def definition(dimension=2, prior=None, half_life="1d", normalise=False):
    item = {"namespace": "item-features", "transform": "decayed_mean",
            "source": "user", "half_life": half_life, "normalise": normalise}

    if prior is not None:
        item["prior"] = {"source": "given", "weight": prior}

    return json.dumps({
        "name": "test", "dimension": dimension, "metric": "cosine",
        "landmark": "1970-01-01T00:00:00Z",
        "events": {
            "topic": "events",
            "fields": {"user": "u", "item": "i", "type": "e", "time": "t"},
            "weights": {"none": 0, "away": -1}, "default_weight": 1},
        "sources": {"given": {"type": "event", "field": "v"}},
        "features": {
            "user": {"namespace": "user-features",
                     "transform": "decayed_mean", "source": "given",
                     "half_life": half_life, "normalise": normalise,
                     "metadata": {"note": "note"}},
            "item": item}})


def event(user, item, time_ms, vector, **more):
    return json.dumps({"u": user, "i": item, "t": time_ms, "v": vector}
                      | more).encode()


def fed(text, *values):
    reference = Reference(text)
    reference.feed([(0, i, 0, b"", value) for i, value in enumerate(values)])

    return reference


class Hash(unittest.TestCase):

    def test_published_vectors(self):
        """The sanity check of xxHash's own command, over its buffer."""

        buffer = bytearray()
        state = PRIME32

        while len(buffer) < 222:
            buffer.append(state >> 56)
            state = state * 11400714785074694797 % 2 ** 64

        for length, seed, expected in (
                (0, 0, 0xEF46DB3751D8E999), (0, PRIME32, 0xAC75FDA2929B17EF),
                (1, 0, 0xE934A84ADB052768), (1, PRIME32, 0x5014607643A9B4C3),
                (4, 0, 0x9136A0DCA57457EE), (14, 0, 0x8282DCC4994E35C8),
                (14, PRIME32, 0xC3BD6BF63DEB6DF0),
                (222, 0, 0xB641AE8CB691C174),
                (222, PRIME32, 0x20CB8AB7AE10C14A)):
            self.assertEqual(xxh64(bytes(buffer[:length]), seed), expected)

    def test_words(self):
        self.assertEqual(tokens("Été, T-LIGHT 12.5", True),
                         ["Été".encode(), b"t", b"light", b"12", b"5"])
        self.assertEqual(tokens("A b", False), [b"A b"])


class Deletions(unittest.TestCase):

    def setUp(self):
        self.reference = Reference(json.dumps({
            "name": "d", "dimension": 2, "events": {
                "topic": "t", "fields": {"user": "u", "item": "i",
                                         "time": "t"}},
            "sources": {"words": {"type": "hash",
                                  "fields": [{"field": "i"}]}},
            "features": {entity: {
                "namespace": entity, "transform": "latest", "source": "words"}
                for entity in ("user", "item")}}))
        self.offset = 0

    def feed(self, value, key=b"u", record_ms=100, partition=0):
        self.offset += 1
        self.reference.feed([(partition, self.offset, record_ms, key, value)])

    def event(self, time_ms, **options):
        self.feed(b'{"u":"u","i":"i","t":%d}' % time_ms, **options)

    def items(self):
        return {name: stored.metadata["vfs_count"] for name, stored
                in self.reference.stored("item").items()}

    def test_an_item_is_deleted_up_to_a_time(self):
        self.event(50)
        self.event(60, partition=1)
        self.assertEqual(self.items(), {"i": 2})
        self.feed(None, b"item:i", 70)
        self.assertEqual(self.items(), {})
        self.event(70, partition=1)
        self.assertEqual(self.items(), {})
        self.event(71)
        self.assertEqual(self.items(), {"i": 1})
        self.feed(None, b"item:i", 65, partition=1)
        self.assertEqual(self.items(), {"i": 1})
        self.assertEqual(set(self.reference.stored("user")), {"u"})

    def test_a_user_by_either_key(self):
        for key in (b"u", b"user:u"):
            self.event(50)
            self.feed(None, key)
            self.assertEqual(self.reference.stored("user"), {})

        self.feed(None, b"users:u")
        self.assertEqual(list(self.reference.dead_letters.values()),
                         ["bad-id"])


class Numbers(unittest.TestCase):

    def test_ecmascript(self):
        """Appendix B of RFC 8785, and the powers where the form changes."""

        for value, expected in (
                (0.0, "0"), (-0.0, "0"), (5e-324, "5e-324"),
                (-1.7976931348623157e308, "-1.7976931348623157e+308"),
                (9007199254740992.0, "9007199254740992"),
                (295147905179352830000.0, "295147905179352830000"),
                (1e21, "1e+21"), (999999999999999900000.0,
                                  "999999999999999900000"),
                (9.999999999999997e22, "9.999999999999997e+22"),
                (0.000001, "0.000001"), (1e-7, "1e-7"),
                (333333333.33333329, "333333333.3333333"),
                (1.5, "1.5"), (100.0, "100"), (-0.25, "-0.25")):
            self.assertEqual(ecmascript(value), expected)

    def test_f32_of_text_rounds_once(self):
        # Just above half-way between 1 and its neighbour: binary64 would land
        # on the tie, and the tie on 1.
        text = "1.00000005960464477539062500001"
        self.assertEqual(f32_of_text(text), struct.pack("<I", 0x3F800001))
        self.assertEqual(f32_of_text("1.000000059604644775390625"),
                         struct.pack("<I", 0x3F800000))

    def test_f32_of_text_at_the_edges(self):
        for text, expected in (
                ("0", 0), ("-0", 0x80000000), ("1e-45", 1), ("7e-46", 0),
                ("1.17549435e-38", 0x00800000), ("1.17549421e-38", 0x007FFFFF),
                ("-1.5", 0xBFC00000), ("3.40282347e38", 0x7F7FFFFF)):
            self.assertEqual(f32_of_text(text), struct.pack("<I", expected))

        with self.assertRaises(ValueError):
            f32_of_text("3.5e38")

    def test_f32_of_text_reads_what_is_printed(self):
        rng = random.Random(5)

        for _ in range(2000):
            packed = struct.pack("<I", rng.randrange(0x7F800000))
            value = struct.unpack("<f", packed)[0]
            self.assertEqual(f32_of_text("%.9g" % value), packed)

    def test_exp2(self):
        self.assertEqual(EXP2[:2], [1.0, math.log(2)])
        self.assertEqual(exp2(0.0), 1.0)

        for i in range(1000):
            exact = 2.0 ** (i / 1000)
            self.assertLessEqual(abs(exp2(i / 1000) - exact), 2e-15)

    def test_scaled_ties_to_even(self):
        unit = 2.0 ** -36
        self.assertEqual([scaled(x * unit) for x in
                          (0.5, 1.5, 2.5, -0.5, -1.5, 2.75)],
                         [0, 2, 2, 0, -2, 3])


class Folding(unittest.TestCase):

    def state(self, **options):
        parsed = Definition(definition(**options))

        return State(parsed, parsed.features["user"])

    def test_by_hand(self):
        """One half-life apart: the newer of two weighs twice."""

        stored = fed(definition(), event("a", "x", 0, [3, 0]),
                     event("a", "y", DAY, [0, 3])).stored("user")["a"]

        self.assertEqual(struct.unpack("<2f", stored.values), (1.0, 2.0))
        self.assertEqual(stored.metadata["vfs_count"], 2)
        self.assertEqual(stored.metadata["vfs_event_time"], DAY)
        self.assertEqual(stored.metadata["vfs_watermark"], "0:1")

    def test_normalised(self):
        stored = fed(definition(normalise=True),
                     event("a", "x", 5, [3, 4])).stored("user")["a"]

        self.assertEqual(stored.values, struct.pack("<2f", 0.6, 0.8))

    def test_negative_weight_pushes_away(self):
        stored = fed(definition(), event("a", "x", 0, [1, 0]),
                     event("a", "y", 0, [0, 1], e="away")).stored("user")["a"]

        self.assertEqual(struct.unpack("<2f", stored.values), (0.5, -0.5))

    def test_item_takes_the_user_as_of_the_event(self):
        items = fed(definition(), event("a", "x", 0, [1, 0]),
                    event("a", "y", 0, [0, 1]),
                    event("b", "x", 0, [0, 1])).stored("item")

        self.assertEqual(struct.unpack("<2f", items["x"].values), (0.5, 0.5))
        self.assertEqual(struct.unpack("<2f", items["y"].values), (0.5, 0.5))
        self.assertEqual(items["x"].metadata["vfs_watermark"], "0:2")

    def test_prior_pulls(self):
        items = fed(definition(prior=3), event("a", "x", 0, [1, 0]),
                    event("b", "x", 0, [0, 1])).stored("item")

        # (1, 0) + (0, 1) + 3 * (0, 1), over 5
        self.assertEqual(items["x"].values, struct.pack("<2f", 0.2, 0.8))

    def test_item_counts_a_user_without_vector(self):
        reference = fed(definition(), event("a", "x", 7, [0, 0]),
                        event("b", "x", 5, [1, 1]))
        item = reference.stored("item")["x"]

        self.assertNotIn("a", reference.stored("user"))
        self.assertEqual(struct.unpack("<2f", item.values), (1.0, 1.0))
        self.assertEqual(item.metadata["vfs_count"], 2)
        self.assertEqual(item.metadata["vfs_event_time"], 7)

    def test_segments(self):
        """Under 40 half-lives apart counts exactly, over 80 not at all."""

        for apart, expected in ((39, 2.0 ** -39), (81, 0.0)):
            for shift in range(0, 120, 7):
                state = self.state(dimension=1)
                newest = shift + apart
                state.fold(Update(0, 0, newest * DAY, 1.0, [1.0]))
                state.fold(Update(0, 1, shift * DAY, 1.0, [-1.0]))

                self.assertEqual(state.vector(), [f32(
                    (1.0 - expected) / (1.0 + expected))], (apart, shift))

    def test_any_order_gives_the_same_bits(self):
        rng = random.Random(11)
        updates = [Update(0, i, rng.randrange(-50 * DAY, 100 * DAY),
                          rng.uniform(-256, 256),
                          [f32(rng.uniform(-1024, 1024)) for _ in range(3)])
                   for i in range(200)]
        found = set()

        for _ in range(5):
            rng.shuffle(updates)
            state = self.state(dimension=3, normalise=True)

            for update in updates:
                # its own partition: a watermark must not stand in the way
                state.fold(Update(update.offset, 0, update.time_ms,
                                  update.weight, update.vector))

            found.add(bits(state.vector()))

        self.assertEqual(len(found), 1)

    def test_close_to_the_true_mean(self):
        """Against rationals times powers of two, without any segment."""

        rng = random.Random(12)
        state = self.state(dimension=1)
        over = under = Fraction(0)
        newest = 30 * DAY

        for i in range(500):
            time_ms = newest if i == 0 else rng.randrange(newest)
            value = f32(rng.uniform(-1, 1))
            weight = Fraction(2.0 ** ((time_ms - newest) / DAY))
            over += weight * Fraction(value)
            under += weight
            state.fold(Update(0, i, time_ms, 1.0, [value]))

        self.assertAlmostEqual(state.vector()[0], float(over / under),
                               delta=1e-8)

    def test_seen_once(self):
        state = self.state(dimension=1)

        self.assertTrue(state.fold(Update(3, 7, 0, 1.0, [1.0])))
        self.assertFalse(state.fold(Update(3, 7, 0, 1.0, [1.0])))
        self.assertFalse(state.fold(Update(3, 6, 0, 1.0, [1.0])))
        self.assertTrue(state.fold(Update(2, 1, 0, 1.0, [1.0])))
        self.assertEqual(state.watermark(), "2:1,3:7")


class Records(unittest.TestCase):

    def test_dead_letters(self):
        cases = (
            (b"{", "bad-json"), (b'{"u":"\xff"}', "bad-json"),
            (b'{"u":"a","i":"b","v":[NaN,0]}', "bad-json"),
            (b'{"i":"b","v":[0,1]}', "missing-field"),
            (event("a b", "x", 0, [1, 1]), "bad-id"),
            (event("a", "x" * 129, 0, [1, 1]), "bad-id"),
            (event("a", "x", "soon", [1, 1]), "bad-time"),
            (event("a", "x", "2026-02-30T00:00:00Z", [1, 1]), "bad-time"),
            (event("a", "x", 0, [1]), "wrong-dimension"),
            (event("a", "x", 0, [1, "2"]), "bad-vector"),
            (event("a", "x", 0, [1, 1025]), "bad-vector"),
            (b'{"u":"a","i":"b"}', "missing-field"),
            (event("a", "x", 0, [1, 1], note={"a": 1}), "bad-metadata"),
            (b" " * (1 << 20) + b"{}", "too-large"))

        reference = fed(definition(), *(value for value, _ in cases))

        self.assertEqual(reference.dead_letters, {
            (0, i): reason for i, (_, reason) in enumerate(cases)})
        self.assertEqual(reference.stored("user"), {})

    def test_weight_zero_is_ignored(self):
        reference = fed(definition(), event("a", "x", 0, [1, 1], e="none"))

        self.assertEqual(reference.ignored, {(0, 0)})
        self.assertEqual(reference.stored("user"), {})

    def test_no_value_deletes_the_user(self):
        reference = Reference(definition())
        good = event("a", "x", 0, [1, 1])
        reference.feed([(0, 0, 0, b"a", good), (0, 1, 0, b"a", None),
                        (0, 2, 0, b"a b", None), (0, 3, 0, None, None)])

        self.assertEqual(reference.stored("user"), {})
        self.assertEqual(set(reference.stored("item")), {"x"})
        self.assertEqual(reference.dead_letters, {(0, 2): "bad-id",
                                                  (0, 3): "bad-id"})

        reference.feed([(0, 4, 0, b"a", good)])
        self.assertEqual(
            reference.stored("user")["a"].metadata["vfs_count"], 1)

    def test_record_time_stands_in(self):
        reference = Reference(definition())
        reference.feed([(0, 0, 1234, b"", b'{"u":"a","i":"b","v":[1,1]}')])

        self.assertEqual(
            reference.stored("user")["a"].metadata["vfs_event_time"], 1234)


if __name__ == "__main__":
    unittest.main()
