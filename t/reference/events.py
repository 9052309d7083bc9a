"""What a record says: an event, or a fault with its reason."""

import datetime
import json
import math
import re

from documents import Number, Object, read_csv, read_json
from numbers_text import ecmascript

MAX_EVENT_LEN = 1024 * 1024
MAX_TIME_MS = 253402300799999
MAX_METADATA_VALUE = 2048

ID = re.compile(r"[A-Za-z0-9_-]{1,128}")
ISO = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)"
    r"(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?"
    r"(Z|[+-]\d\d(?::?\d\d)?)?)?", re.ASCII)

EPOCH = datetime.datetime(1970, 1, 1)


class Fault(Exception):

    def __init__(self, reason, text=""):
        super().__init__("%s: %s" % (reason, text))
        self.reason = reason


def parse_time(text):
    """ISO 8601 to ms since 1970; ValueError."""

    match = ISO.fullmatch(text)

    if match is None:
        raise ValueError("no time: %s" % text)

    year, month, day, hour, minute, second, fraction, zone = match.groups()
    second = int(second or 0)

    if second > 60:
        raise ValueError("no such second")

    # a leap second is the first of the next minute
    at = datetime.datetime(int(year), int(month), int(day), int(hour or 0),
                           int(minute or 0))
    ms = (at - EPOCH) // datetime.timedelta(milliseconds=1)
    ms += second * 1000

    if second < 60:
        ms += int(((fraction or "") + "000")[:3])

    if zone and zone != "Z":
        digits = zone[1:].replace(":", "") + "00"
        hours, minutes = int(digits[:2]), int(digits[2:4])

        if hours > 23 or minutes > 59:
            raise ValueError("no such zone")

        offset = (hours * 60 + minutes) * 60000
        ms += offset if zone[0] == "-" else -offset

    return _in_range(ms)


def _in_range(ms):
    if not 0 <= ms <= MAX_TIME_MS:
        raise ValueError("%s ms is before 1970 or after 9999" % ms)

    return ms


class Event:

    def __init__(self, definition, value, record_ms):
        self._definition = definition

        if len(value) > MAX_EVENT_LEN:
            raise Fault("too-large")

        self._fields = self._read(value)
        self.user = self._id("user")
        self.item = self._id("item")
        self.weight = self._weight()
        self.time_ms = self._time(record_ms)

    def at(self, path):
        """What stands at a dotted path; None if it is missing."""

        value = self._fields

        for name in path.split("."):
            if not isinstance(value, (dict, Object)):
                return None

            try:
                value = value.get(name)

            except ValueError as error:
                raise Fault("bad-json", str(error)) from None

        return value

    def texts(self, path):
        """The texts that a hash or a model source reads there."""

        value = self.at(path)

        if value is not None:
            yield from _texts(value)

    def metadata(self, feature):
        found = {}

        for name, path in feature.metadata.items():
            value = self.at(path)

            if value is not None:
                found[name] = _metadata(value)

        return found

    def _read(self, value):
        columns = self._definition.csv

        if columns is None or value.lstrip(b" \t\r\n").startswith(b"{"):
            try:
                return read_json(value)

            except ValueError as error:
                raise Fault("bad-json", str(error)) from None

        try:
            fields = read_csv(value)

        except ValueError as error:
            raise Fault("bad-csv", str(error)) from None

        if len(fields) != len(columns):
            raise Fault("bad-csv", "%d columns" % len(fields))

        return {name: field for name, field in zip(columns, fields) if field}

    def _id(self, name):
        value = self.at(self._definition.field_names[name])

        if value is None:
            raise Fault("missing-field", name)

        if isinstance(value, Number) and value.is_integer():
            value = value.digits()

        if not isinstance(value, str) or isinstance(value, Number) \
           or not ID.fullmatch(value):
            raise Fault("bad-id", name)

        return value

    def _weight(self):
        definition = self._definition
        path = definition.field_names.get("type")
        kind = None if path is None else self.at(path)

        if kind is not None and (not isinstance(kind, str)
                                 or isinstance(kind, Number)):
            raise Fault("bad-event-type")

        if kind in definition.weights:
            return definition.weights[kind]

        if definition.default_weight is None:
            raise Fault("missing-field" if kind is None else "bad-event-type")

        return definition.default_weight

    def _time(self, record_ms):
        path = self._definition.field_names.get("time")
        stated = None if path is None else self.at(path)

        try:
            if stated is None:
                return _in_range(record_ms)

            if isinstance(stated, Number):
                return math.floor(_in_range(stated.exact()))

            if not isinstance(stated, str):
                raise ValueError("neither text nor number")

            if stated.isascii() and stated.isdigit():
                return _in_range(int(stated))

            return parse_time(stated)

        except ValueError as error:
            raise Fault("bad-time", str(error)) from None


def _texts(value, in_list=False):
    if isinstance(value, bool):
        yield "true" if value else "false"

    elif isinstance(value, Number):
        if value.is_integer():
            yield value.digits()

        else:
            yield _finite(value, "missing-field")

    elif isinstance(value, str):
        yield value

    elif isinstance(value, list) and not in_list:
        for element in value:
            yield from _texts(element, True)

    else:
        raise Fault("missing-field", "an object or null")


def _finite(number, reason):
    value = float(number)

    if math.isinf(value):
        raise Fault(reason, "out of range")

    return ecmascript(value)


def _metadata(value):
    """As the index holds it, numbers as binary64."""

    if isinstance(value, Number):
        return float(_finite(value, "bad-metadata"))

    listed = isinstance(value, list) and all(
        isinstance(item, str) and not isinstance(item, Number)
        for item in value)

    if not listed and not isinstance(value, (str, bool)):
        raise Fault("bad-metadata", "a value of another type")

    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))

    if len(text.encode()) > MAX_METADATA_VALUE:
        raise Fault("bad-metadata", "%d bytes" % len(text.encode()))

    return value
