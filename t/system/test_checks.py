"""The comparisons themselves: they must see what is wrong."""

import os
import struct
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", folder)
                for folder in ("kafka", "reference")]

import checks                                       # noqa: E402
import mutants                                      # noqa: E402
from gateway import Answer                          # noqa: E402


class Mutants(unittest.TestCase):

    def test_what_they_change_is_there(self):
        for name, (path, old, _) in mutants.MUTANTS.items():
            with open(os.path.join(mutants.ROOT, path)) as file:
                self.assertEqual(file.read().count(old), 1, name)


class Stored:

    def __init__(self, *vector, **metadata):
        self.values = struct.pack("<%df" % len(vector), *vector)
        self.metadata = metadata


class Gateway:

    def __init__(self, status, body):
        self._answer = Answer(status, {}, body)

    def get(self, path):
        return self._answer


class Vectors(unittest.TestCase):

    expected = {"u1": Stored(0.1, -0.0, count=2, name="x", flag=True)}

    def differences(self, body, status=200):
        return checks.differences(Gateway(status, body), "user",
                                  self.expected)

    def test_equal(self):
        self.assertEqual(self.differences(
            '{"id":"u1","values":[0.1,-0.0],"metadata":'
            '{"count":2.0,"name":"x","flag":true}}'), [])

    def test_one_bit(self):
        found = self.differences(
            '{"id":"u1","values":[0.100000009,-0.0],"metadata":'
            '{"count":2,"name":"x","flag":true}}')
        self.assertEqual(len(found), 1)
        self.assertIn("1 values differ, first [0]", found[0])

    def test_sign_of_zero(self):
        found = self.differences(
            '{"id":"u1","values":[0.1,0],"metadata":'
            '{"count":2,"name":"x","flag":true}}')
        self.assertEqual(found, ["user u1: a zero of another sign"])

    def test_everything_else(self):
        for body in (
                '{"id":"u2","values":[0.1,-0.0],"metadata":'
                '{"count":2,"name":"x","flag":true}}',
                '{"id":"u1","values":[0.1],"metadata":'
                '{"count":2,"name":"x","flag":true}}',
                '{"id":"u1","values":[0.1,-0.0],"metadata":'
                '{"count":3,"name":"x","flag":true}}',
                '{"id":"u1","values":[0.1,-0.0],"metadata":'
                '{"count":2,"name":"x","flag":1}}',
                '{"id":"u1","values":[0.1,-0.0],"metadata":'
                '{"count":2,"name":"x","flag":true,"more":1}}',
                '{"id":"u1","values":[0.1,-0.0],"metadata":'
                '{"count":2,"name":"x"}}'):
            self.assertEqual(len(self.differences(body)), 1, body)

        self.assertEqual(self.differences("{}", 404),
                         ["user u1: status 404"])


class Neighbours(unittest.TestCase):

    space = checks.Space({"a": Stored(1, 0), "b": Stored(3, 1),
                          "b2": Stored(3, 1), "c": Stored(0, 1)})

    def wrong(self, *names, top_k=3, without="a"):
        scores = self.space.scores((1, 0))
        matches = [{"id": name, "score": repr(scores.get(name, 0))}
                   for name in names]

        return list(checks.neighbour_differences(
            self.space, (1, 0), matches, top_k, without))

    def test_right(self):
        self.assertEqual(self.wrong("b", "b2", "c"), [])
        self.assertEqual(self.wrong("b", "b2", top_k=2), [])
        self.assertEqual(self.wrong("a", "b", "b2", "c", top_k=9,
                                    without=None), [])

    def test_wrong(self):
        for names, options in (
                (("b2", "b", "c"), {}), (("b", "c", "b2"), {}),
                (("b", "b2"), {}), (("b", "b2", "b2"), {}),
                (("a", "b", "b2"), {}), (("b", "b2", "d"), {}),
                (("b2",), {"top_k": 1}), (("c", "b"), {"top_k": 2}),
                (("b", "c"), {"top_k": 2})):
            self.assertTrue(self.wrong(*names, **options), names)

    def test_score(self):
        self.assertTrue(list(checks.neighbour_differences(
            self.space, (1, 0), [{"id": "b", "score": "0.9"}], 1, "a")))


if __name__ == "__main__":
    unittest.main()
