"""The shortest text of a number."""

from decimal import Decimal


def shortest(value):
    """The fewest characters that read back to the same binary64.

    repr() gives the fewest significant digits; written out or with an
    exponent of at least two digits, whichever is shorter, and written out if
    they are as long.
    """

    sign, digits, exponent = Decimal(repr(value)).normalize().as_tuple()

    if value == 0:
        return "-0" if sign else "0"

    text = "".join(map(str, digits))
    power = exponent + len(text) - 1
    point = text[0] + ("." + text[1:] if len(text) > 1 else "")
    scientific = "%se%s%02d" % (point, "-" if power < 0 else "+", abs(power))

    if exponent >= 0:
        fixed = str(abs(int(value)))

    elif power >= 0:
        fixed = text[:power + 1] + "." + text[power + 1:]

    else:
        fixed = "0." + "0" * (-power - 1) + text

    return ("-" if sign else "") + min(fixed, scientific, key=len)
