"""Where a vector comes from: docs/definition.md, "hash source" and on."""

import math
import struct

import recorded
from arithmetic import MAX_COMPONENT, f32, f32_of_fraction
from documents import Number
from events import Fault
from xxh64 import xxh64

MAX_TOKENS = 4096
MAX_MODEL_TEXT = 65536


def tokens(text, words):
    """The byte strings that a field's text is made of."""

    data = text.encode()

    if not words:
        return [data] if data else []

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


def hash_vector(source, dimension, event):
    sums = [0] * dimension
    first = None

    for field, token in _event_tokens(source, event):
        data = field.name.encode() + b"\x1f" + token

        for seed in range(source.hashes):
            hashed = xxh64(data, seed)
            place = hashed % dimension

            if first is None:
                first = place

            sums[place] += -field.weight if hashed >> 63 else field.weight

    if not any(sums):
        sums[first] = 1

    length = math.sqrt(sum(n * n for n in sums))

    return [f32(n / length) for n in sums]


def _event_tokens(source, event):
    found = [(field, token) for field in source.fields
             for text in event.texts(field.name)
             for token in tokens(text, field.words)]

    if not found:
        raise Fault("missing-field", "no token for source %s" % source.name)

    if len(found) > MAX_TOKENS:
        raise Fault("too-large", "%d tokens" % len(found))

    return found


def event_vector(source, dimension, event):
    values = event.at(source.field)

    if values is None:
        raise Fault("missing-field", source.field)

    if not isinstance(values, list):
        raise Fault("bad-vector", source.field)

    if len(values) != dimension:
        raise Fault("wrong-dimension", "%d values" % len(values))

    return [_component(value) for value in values]


def _component(value):
    if not isinstance(value, Number) or abs(value.exact()) > MAX_COMPONENT:
        raise Fault("bad-vector", value)

    packed = f32_of_fraction(value.exact(), value.startswith("-"))

    return struct.unpack("<f", packed)[0]


def model_text(source, event):
    text = b""

    for field in source.model.fields:
        for part in event.texts(field):
            part = part.encode()

            if part:
                text += b" " + part if text else part

            if len(text) > MAX_MODEL_TEXT:
                raise Fault("too-large", field)

    if not text:
        raise Fault("missing-field", "no text for source %s" % source.name)

    return text


def model_vector(source, dimension, event, answers):
    key = recorded.key(source.model, dimension, model_text(source, event))
    vector = recorded.vector(answers[key], dimension)

    if vector is None:
        raise Fault("model-refused", source.name)

    return vector


def source_vector(source, dimension, event, answers=None):
    """binary32 components; a Fault if the event has none or bad ones.

    answers: {key: bytes}, what models are recorded to have said.
    """

    if source.type == "hash":
        return hash_vector(source, dimension, event)

    if source.type == "model":
        return model_vector(source, dimension, event, answers)

    return event_vector(source, dimension, event)
