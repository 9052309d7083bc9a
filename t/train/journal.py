"""Files as vfs-train export writes them, and logs drawn from a seed."""

import random
import struct

from feature_log import Version, encode

HEAD = struct.Struct("<IQII")
END = 0xffffffff
DEFINITION = "00c0ffee00c0ffee"


def write(path, entries, opener=open):
    """entries: (partition, offset, Version)."""

    with opener(path, "wb") as file:
        file.write(b"VFSLOG 1")

        for partition, offset, version in entries:
            key, value = version.id.encode(), encode(version)
            file.write(HEAD.pack(partition, offset, len(key), len(value)))
            file.write(key + value)

        file.write(HEAD.pack(END, len(entries), 0, 0))


def draw(seed, count=400, ids=25, partitions=3, dimension=4,
         definition=DEFINITION):
    """Versions as a worker appends them, and things that go wrong in a log.

    Some come twice, some carry late events (an event time that lies back),
    some are deletions, and now and then the clock goes back.
    """

    rnd = random.Random(seed)
    clock = 1_000_000
    event = 500_000
    entries = []
    offsets = [0] * partitions
    last = {}
    counts = {}

    for _ in range(count):
        ident = "%s:i%d" % (rnd.choice(["user", "item"]),
                            rnd.randrange(ids))
        partition = sum(ident.encode()) % partitions
        clock += rnd.choice([0, 1, 1, 5, 40])

        if rnd.random() < 0.02:
            clock -= rnd.randrange(30)

        sent = clock
        clock += rnd.choice([0, 0, 1, 3, 20])
        event += rnd.randrange(20)

        # after a restart: what was visible before is not known
        if rnd.random() < 0.1:
            sent = 0

        if ident in last and rnd.random() < 0.2:
            version = last[ident]._replace(sent_ms=sent, visible_ms=clock)

        else:
            counts[ident] = counts.get(ident, 0) + 1
            values = struct.pack("<%df" % dimension, *(
                rnd.choice([-1, 1]) * rnd.random()
                for _ in range(dimension)))
            version = Version(
                ident, definition, max(0, event - rnd.choice([0, 0, 0, 900])),
                sent, clock, counts[ident], "%d:%d" % (partition, event),
                None if rnd.random() < 0.07 else values)

        last[ident] = version
        entries.append((partition, offsets[partition], version))
        offsets[partition] += 1

    return entries
