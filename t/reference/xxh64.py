"""XXH64, written from the algorithm's published description.

https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md
"""

MASK = (1 << 64) - 1

PRIME_1 = 0x9E3779B185EBCA87
PRIME_2 = 0xC2B2AE3D27D4EB4F
PRIME_3 = 0x165667B19E3779F9
PRIME_4 = 0x85EBCA77C2B2AE63
PRIME_5 = 0x27D4EB2F165667C5


def _rotate(value, bits):
    return ((value << bits) | (value >> (64 - bits))) & MASK


def _round(acc, lane):
    acc = (acc + lane * PRIME_2) & MASK
    return (_rotate(acc, 31) * PRIME_1) & MASK


def _merge(acc, lane_acc):
    acc ^= _round(0, lane_acc)
    return (acc * PRIME_1 + PRIME_4) & MASK


def xxh64(data, seed):
    """The 64-bit hash of the bytes "data", as an integer."""

    length = len(data)
    pos = 0

    if length >= 32:
        lanes = [(seed + PRIME_1 + PRIME_2) & MASK, (seed + PRIME_2) & MASK,
                 seed, (seed - PRIME_1) & MASK]

        while pos + 32 <= length:
            for i in range(4):
                lane = int.from_bytes(data[pos:pos + 8], "little")
                lanes[i] = _round(lanes[i], lane)
                pos += 8

        acc = (_rotate(lanes[0], 1) + _rotate(lanes[1], 7)
               + _rotate(lanes[2], 12) + _rotate(lanes[3], 18)) & MASK

        for lane_acc in lanes:
            acc = _merge(acc, lane_acc)

    else:
        acc = (seed + PRIME_5) & MASK

    acc = (acc + length) & MASK

    while pos + 8 <= length:
        acc ^= _round(0, int.from_bytes(data[pos:pos + 8], "little"))
        acc = (_rotate(acc, 27) * PRIME_1 + PRIME_4) & MASK
        pos += 8

    if pos + 4 <= length:
        acc ^= (int.from_bytes(data[pos:pos + 4], "little") * PRIME_1) & MASK
        acc = (_rotate(acc, 23) * PRIME_2 + PRIME_3) & MASK
        pos += 4

    while pos < length:
        acc ^= (data[pos] * PRIME_5) & MASK
        acc = (_rotate(acc, 11) * PRIME_1) & MASK
        pos += 1

    acc = ((acc ^ (acc >> 33)) * PRIME_2) & MASK
    acc = ((acc ^ (acc >> 29)) * PRIME_3) & MASK

    return acc ^ (acc >> 32)
