"""The numbers of docs/definition.md, "Arithmetic", one function a rule.

Sums are Python integers, which have no width; what must be rounded is rounded
by the float type (binary64), by fractions where the text asks for more, and by
struct's conversion to binary32, all of which round to nearest-even.
"""

import math
import struct
from fractions import Fraction

FRACTION_BITS = 36
SEGMENT_HALF_LIVES = 40
MAX_COMPONENT = 1024.0


def _ln2():
    """ln 2 to far more digits than the coefficients need: sum 1/(n 2^n)."""

    total = Fraction(0)

    for n in range(1, 200):
        total += Fraction(1, n << n)

    return total


def _coefficients():
    ln2 = _ln2()
    table = []

    for n in range(17):
        exact = ln2 ** n / math.factorial(n)
        table.append(exact.numerator / exact.denominator)

    return table


EXP2 = _coefficients()


def exp2(f):
    """2^f for 0 <= f < 1 by Horner's rule over the rounded coefficients."""

    value = EXP2[16]

    for n in range(15, -1, -1):
        value = EXP2[n] + f * value

    return value


def scaled(x):
    """rne(x * 2^36), an integer; x is the product, already rounded.

    ldexp() only changes the exponent, and round() of a float is exact, with
    ties to the even integer.
    """

    return round(math.ldexp(x, FRACTION_BITS))


def f32(x):
    """x rounded to binary32; a negative zero becomes zero."""

    return struct.unpack("<f", struct.pack("<f", x))[0] + 0.0


def bits(vector):
    """The binary32 components as bytes, to compare by bits."""

    return struct.pack("<%df" % len(vector), *vector)


def f32_of_text(text):
    """The bytes of the binary32 nearest to a decimal number, ties to even.

    Rounded once, from the exact value of the text: by way of binary64 it would
    be rounded twice.
    """

    double = float(text)
    tail = struct.unpack("<Q", struct.pack("<d", double))[0] & 0x1FFFFFFF

    # Only half-way between two neighbours does the first rounding decide the
    # second one.
    if tail != 0x10000000 and 1e-37 < abs(double) < 1e38:
        return struct.pack("<f", double)

    return f32_of_fraction(Fraction(text), text.startswith("-"))


def f32_of_fraction(value, negative):
    sign = 0x80000000 if negative else 0
    magnitude = abs(value)

    if magnitude == 0:
        return struct.pack("<I", sign)

    exponent = max(_floor_log2(magnitude), -126)
    mantissa = round(magnitude / Fraction(2) ** (exponent - 23))

    # A mantissa that was rounded up to 2^24 carries into the exponent, and one
    # below 2^23 is a subnormal: both fall out of the sum.
    encoded = mantissa + ((exponent + 126) << 23)

    if encoded >= 0x7F800000:
        raise ValueError("%s is beyond binary32" % value)

    return struct.pack("<I", sign | encoded)


def _floor_log2(value):
    log = value.numerator.bit_length() - value.denominator.bit_length()

    if Fraction(2) ** log > value:
        log -= 1

    return log


class Moment:
    """Where a time stands on a feature's scale of half-lives."""

    def __init__(self, time_ms, landmark_ms, half_life_ms):
        tau = time_ms - landmark_ms
        k = tau // half_life_ms
        self.f = (tau - k * half_life_ms) / half_life_ms
        self.segment = k // SEGMENT_HALF_LIVES
        self.h = k - SEGMENT_HALF_LIVES * self.segment
