"""Where a vector comes from: docs/definition.md, "hash source" and on."""

import math

from arithmetic import f32
from events import MAX_COMPONENT, Fault
from xxh64 import xxh64


def tokens(text, words):
    """The byte strings that a field's text is made of."""

    data = text.encode()

    if not words:
        return [data]

    found = []
    run = bytearray()

    for byte in data + b" ":
        if 0x41 <= byte <= 0x5A:
            run.append(byte + 0x20)

        elif 0x61 <= byte <= 0x7A or 0x30 <= byte <= 0x39 or byte >= 0x80:
            run.append(byte)

        elif run:
            found.append(bytes(run))
            run = bytearray()

    return found


def hash_vector(source, dimension, texts):
    """texts: for each of the source's fields its text, or None."""

    sums = [0] * dimension
    first = None

    for field, text in zip(source.fields, texts):
        if text is None:
            continue

        for token in tokens(text, field.words):
            data = field.name.encode() + b"\x1f" + token

            for seed in range(source.hashes):
                hashed = xxh64(data, seed)
                place = hashed % dimension

                if first is None:
                    first = place

                if hashed >> 63:
                    sums[place] -= field.weight

                else:
                    sums[place] += field.weight

    if first is None:
        raise Fault("missing-field", "no token for source %s" % source.name)

    if not any(sums):
        sums[first] = 1

    length = math.sqrt(sum(n * n for n in sums))

    return [f32(n / length) for n in sums]


def source_vector(source, dimension, event):
    if source.type == "hash":
        return hash_vector(source, dimension, [event.text(field.name)
                                               for field in source.fields])

    return event_vector(source, dimension, event.at(source.field))


def event_vector(source, dimension, values):
    if values is None:
        raise Fault("missing-field", source.field)

    if not isinstance(values, list):
        raise Fault("bad-vector", source.field)

    if len(values) != dimension:
        raise Fault("wrong-dimension", "%d values" % len(values))

    vector = []

    for value in values:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise Fault("bad-vector", "%r" % value)

        if abs(value) > MAX_COMPONENT:
            raise Fault("bad-vector", "%r is out of range" % value)

        vector.append(f32(value))

    return vector
