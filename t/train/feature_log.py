"""The feature log's records, read from docs/training.md alone."""

import struct
from typing import NamedTuple, Optional

FIXED = struct.Struct("<cB8sqqqQII")


class Version(NamedTuple):
    id: str
    definition: str
    event_ms: int
    sent_ms: int
    visible_ms: int
    count: int
    watermark: str
    values: Optional[bytes]         # None: the record was deleted


def decode(key, value):
    (kind, form, definition, event_ms, sent_ms, visible_ms, count, length,
     dimension) = FIXED.unpack_from(value)

    if kind != b"V" or form != 1:
        raise ValueError("not a version: %r" % value[:2])

    values = FIXED.size + length

    if len(value) != values + 4 * dimension:
        raise ValueError("a version of %d bytes" % len(value))

    return Version(key.decode(), definition.hex(), event_ms, sent_ms,
                   visible_ms, count, value[FIXED.size:values].decode(),
                   value[values:] if dimension else None)


def encode(version):
    watermark = version.watermark.encode()
    values = version.values or b""

    return FIXED.pack(b"V", 1, bytes.fromhex(version.definition),
                      version.event_ms, version.sent_ms, version.visible_ms,
                      version.count, len(watermark), len(values) // 4) \
        + watermark + values


def read_log(consumer, topic, partitions):
    """The versions of each id, in order."""

    versions = {}

    for record in sorted(consumer.read(topic, partitions)):
        version = decode(record.key, record.value)
        versions.setdefault(version.id, []).append(version)

    return versions


def unlogged(versions, visible, crashed=False):
    """What was visible, (id, record or None) in order, but is not logged.

    Where a worker crashed, a version that comes later and was sent at 0 tells
    that one may lack before it.
    """

    done = {}
    last = {}
    missing = []

    for ident, record in visible:
        # stored once more, as it was
        if ident in last and last[ident] == record:
            continue

        last[ident] = record
        found = versions.get(ident, [])
        start = done.get(ident, 0)
        place = next((i for i in range(start, len(found))
                      if same(found[i], record)), None)

        if place is not None:
            done[ident] = place

        elif not crashed or all(version.sent_ms
                                for version in found[start:]):
            missing.append((ident, record))

    return missing


def same(version, record):
    """Whether a version is of that record of the index, to the bit."""

    if record is None or version.values is None:
        return record is None and version.values is None

    meta = record["metadata"]

    return (version.values, version.watermark, version.definition,
            version.event_ms, version.count) == (
                struct.pack("<%df" % len(record["values"]),
                            *record["values"]),
                meta["vfs_watermark"], meta["vfs_definition"],
                meta["vfs_event_time"], meta["vfs_count"])
