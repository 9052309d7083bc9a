"""Records that a generator does not make: odd but good ones, and bad ones.

Their users are their own, so that each stays in one partition.
"""

import json


def event(user, item="edge-item", kind="purchase", **more):
    return json.dumps({"userId": user, "itemId": item, "eventType": kind,
                       **more}).encode()


def good():
    """(key, value, record's time) of each."""

    now = 1767225600000
    day = 86400000

    yield b"edge-csv", b"edge-csv,i1", now
    yield b"edge-notime", event("edge-notime", description="no time"), now + 1
    yield b"edge-iso", event("edge-iso", timestamp="2026-01-31T10:00:00Z"), now
    yield b"edge-zone", event(
        "edge-zone", timestamp="2026-01-31T10:00:00.123+05:30"), now
    yield b"edge-type", event("edge-type", kind="stared-at"), now

    # only ever pushed away
    yield b"edge-away", event("edge-away", kind="cancel", timestamp=now), now

    # its sums cancel to nothing, and the item still counts
    for kind in ("purchase", "cancel"):
        yield b"edge-gone", event("edge-gone", "edge-rare", kind,
                                  timestamp=now), now

    # over 80 half-lives, between 40 and 80, and around the landmark
    for days in (-9000, -3000, -1200, 0, -5000):
        yield b"edge-late", event("edge-late", "edge-late%d" % -days,
                                  timestamp=now + days * day), now

    # the newest event is not the last one
    for days, country in ((0, "Newest"), (-1, "Older")):
        yield b"edge-order", event("edge-order", timestamp=now + days * day,
                                   country=country), now

    yield b"edge-words", event(
        "edge-words", "edge-words", timestamp=now, price=0.1,
        description="Été: \"T-LIGHT\" 12.5 \\ \u4e2d\u6587 \U0001f600 \u0000"
    ), now
    yield b"edge-price", event("edge-price", "edge-price", timestamp=now,
                               price=["1", "two"], country=True), now

    # without a value: gone, gone before it came, and come again
    for name in (b"edge-deleted", b"edge-reborn"):
        yield name, event(name.decode(), "edge-deleted", timestamp=now), now
        yield name, None, now

    yield b"edge-never", None, now
    yield b"user:edge-never", None, now

    # items go by the time of their events, not by who comes first
    for user in (b"edge-deleter", b"edge-words"):
        yield user, event(user.decode(), "edge-deleted-item",
                          timestamp=now - day), now
        yield b"item:edge-deleted-item", None, now
        yield user, event(user.decode(), "edge-deleted-item",
                          timestamp=now - 2 * day), now

    yield b"item:edge-no-item", None, now
    yield b"edge-reborn", event("edge-reborn", timestamp=now - day), now
    yield b"U" * 128, event("U" * 128, "I-_" * 42, timestamp=now), now


def bad():
    """(key, value) of records for the dead-letter topic."""

    yield b"edge bad", None
    yield None, None
    yield b"item:", None
    yield b"cart:edge-bad", None
    yield b"edge-bad", b'{"userId":"edge-bad"'
    yield b"edge-bad", b'{"userId":"edge-bad","itemId":"\xff"}'
    yield b"edge-bad", b'{"userId":"edge-bad"}'
    yield b"edge-bad", b'{"userId":"edge-bad","itemId":"i1"} x'
    yield b"edge-bad", event("edge-bad", "BANK CHARGES")
    yield b"edge-bad", event("edge-bad", "")
    yield b"edge-bad", event("U" * 129)
    yield b"edge-bad", event("../../etc/passwd")
    yield b"edge-bad", event("edge-bad", timestamp="yesterday")
    yield b"edge-bad", event("edge-bad", timestamp="2026-02-30T00:00:00Z")
    yield b"edge-bad", event("edge-bad", timestamp=-1)
    yield b"edge-bad", event("edge-bad", price={"amount": 1})
    yield b"edge-bad", b"edge-bad"
    yield b"edge-bad", b""
    yield None, b"\x00\x01\x02\n\n"
    yield b"\xff\x00", b'["edge-bad","i1"]'
    yield b"edge-bad", b"[" * 1000
    yield b"edge-bad", b'{"userId":"edge-bad","itemId":"i1","x":"%s"}' % (
        b"y" * 1048576)
