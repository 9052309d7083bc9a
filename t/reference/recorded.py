"""What models have answered, as the worker records it: docs/definition.md,
"model source"."""

import hashlib
import struct


def key(model, dimension, text):
    parts = ("vfs-model-1", model.protocol, model.model, model.version,
             model.input, model.output, str(dimension))

    return hashlib.sha256(b"".join(part.encode() + b"\0" for part in parts)
                          + text).digest()


def record(vector):
    """The bytes of an answer; None: the model refuses the text."""

    if vector is None:
        return b"R\1"

    return b"V\1" + struct.pack("<%df" % len(vector), *vector)


def vector(data, dimension):
    """None: refused."""

    if data == b"R\1":
        return None

    if data[:2] != b"V\1" or len(data) != 2 + 4 * dimension:
        raise ValueError("a record of %d bytes" % len(data))

    return list(struct.unpack("<%df" % dimension, data[2:]))
