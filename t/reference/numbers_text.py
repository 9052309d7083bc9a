"""The text that ECMAScript, and so RFC 8785, gives a number."""

from decimal import Decimal


def ecmascript(value):
    """The shortest digits that read back to the same binary64 (repr() finds
    them), with an exponent only from 1e21 on and below 1e-6."""

    if value == 0:
        return "0"

    sign, digits, exponent = Decimal(repr(value)).normalize().as_tuple()
    digits = "".join(map(str, digits))
    point = len(digits) + exponent

    if len(digits) <= point <= 21:
        text = digits + "0" * (point - len(digits))

    elif 0 < point <= 21:
        text = digits[:point] + "." + digits[point:]

    elif -6 < point <= 0:
        text = "0." + "0" * -point + digits

    else:
        text = digits[0] + ("." + digits[1:] if len(digits) > 1 else "")
        text += "e%+d" % (point - 1)

    return "-" + text if sign else text
