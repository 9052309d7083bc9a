"""The two forms in which an event comes, read as strictly as the document
asks: JSON objects whose numbers keep their text, and records of CSV."""

import json
import re
import sys
from fractions import Fraction

MAX_DEPTH = 32

# a number in an event may have more digits than Python reads by default
sys.set_int_max_str_digits(0)

FIELD = re.compile(r'"((?:[^"]|"")*)"|([^",\r\n]*)')


class Number(str):
    """A JSON number as it is written."""

    def is_integer(self):
        return not set(self) & set(".eE")

    def exact(self):
        """As a fraction.  An exponent beyond 5000 counts as 5000: out of
        every range, and within memory."""

        mantissa, _, exponent = self.lower().partition("e")
        power = max(-5000, min(5000, int(exponent or 0)))

        return Fraction(mantissa) * Fraction(10) ** power

    def digits(self):
        """Of an integer."""

        return "0" if self == "-0" else str(self)


class Object:
    """A JSON object; a name that stands there twice may not be asked for."""

    def __init__(self, pairs):
        self.pairs = pairs

    def get(self, name):
        found = [value for key, value in self.pairs if key == name]

        if len(found) > 1:
            raise ValueError("%s stands there twice" % name)

        return found[0] if found else None


def read_json(data):
    """The object; ValueError for anything else."""

    def refuse(text):
        raise ValueError("%s is no JSON" % text)

    try:
        value = json.loads(data.decode(), object_pairs_hook=Object,
                           parse_int=Number, parse_float=Number,
                           parse_constant=refuse)
    except RecursionError:
        raise ValueError("too deep") from None

    if not isinstance(value, Object):
        raise ValueError("no object")

    _check(value, 1)

    return value


def _check(value, depth):
    """The depth, and that no escape has left half of a surrogate pair."""

    if isinstance(value, str):
        value.encode()

    elif isinstance(value, (list, Object)):
        if depth > MAX_DEPTH:
            raise ValueError("too deep")

        if isinstance(value, Object):
            for name, member in value.pairs:
                name.encode()
                _check(member, depth + 1)

        else:
            for element in value:
                _check(element, depth + 1)


def read_csv(data):
    """The fields of one record; ValueError if it is none."""

    text = data.decode()

    if "\0" in text:
        raise ValueError("a NUL")

    fields = []
    pos = 0

    while True:
        match = FIELD.match(text, pos)
        quoted, plain = match.groups()
        fields.append(plain if quoted is None else quoted.replace('""', '"'))
        pos = match.end()

        if pos < len(text) and text[pos] == ",":
            pos += 1
            continue

        if text[pos:] not in ("", "\r", "\n", "\r\n"):
            raise ValueError("malformed at character %d" % pos)

        return fields
