"""What a record says: an event, a deletion, or a fault with its reason."""

import datetime
import json
import math
import re

from numbers_text import shortest

MAX_EVENT_LEN = 1024 * 1024
MAX_TIME_MS = 253402300799999
MAX_METADATA_LEN = 8192
MAX_COMPONENT = 1024.0

ID = re.compile(r"[A-Za-z0-9_-]{1,128}")
ISO = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)"
    r"(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?"
    r"([Zz]|[+-]\d\d:?\d\d)?)?")

EPOCH = datetime.datetime(1970, 1, 1)


class Fault(Exception):

    def __init__(self, reason, text=""):
        super().__init__("%s: %s" % (reason, text))
        self.reason = reason


def parse_time(text):
    match = ISO.fullmatch(text)

    if match is None:
        raise Fault("bad-time", text)

    year, month, day, hour, minute, second, fraction, zone = match.groups()

    try:
        at = datetime.datetime(int(year), int(month), int(day),
                               int(hour or 0), int(minute or 0),
                               int(second or 0))
    except ValueError as error:
        raise Fault("bad-time", str(error)) from None

    ms = (at - EPOCH) // datetime.timedelta(milliseconds=1)
    ms += int(((fraction or "") + "000")[:3])

    if zone and zone not in "Zz":
        offset = int(zone[1:3]) * 60 + int(zone[-2:])
        ms -= (-offset if zone[0] == "-" else offset) * 60000

    return ms


class Event:

    def __init__(self, definition, fields, time_ms):
        self.fields = fields
        self.user = self._id(definition, "user")
        self.item = self._id(definition, "item")
        self.weight = self._weight(definition)
        self.time_ms = time_ms

        stated = self.at(definition.field_names.get("time"))

        if stated is not None:
            self.time_ms = _time(stated)

        if not 0 <= self.time_ms <= MAX_TIME_MS:
            raise Fault("bad-time", str(self.time_ms))

    def at(self, path):
        """What stands at a dotted path, or None."""

        value = self.fields

        if path is None:
            return None

        for name in path.split("."):
            if not isinstance(value, dict) or name not in value:
                return None

            value = value[name]

        return value

    def text(self, path):
        """A string, number or boolean there as text, or None."""

        value = self.at(path)

        if isinstance(value, bool):
            return "true" if value else "false"

        if isinstance(value, (int, float)):
            return shortest(float(value))

        return value if isinstance(value, str) else None

    def metadata(self, feature):
        found = {}

        for name, path in feature.metadata.items():
            value = self.at(path)

            if value is None:
                continue

            listed = isinstance(value, list) and all(
                isinstance(item, str) for item in value)

            if not listed and not isinstance(value, (str, bool, int, float)):
                raise Fault("bad-metadata", name)

            found[name] = value

        return found

    def _id(self, definition, name):
        value = self.at(definition.field_names[name])

        if value is None:
            raise Fault("missing-field", name)

        if not isinstance(value, str) or not ID.fullmatch(value):
            raise Fault("bad-id", name)

        return value

    def _weight(self, definition):
        kind = self.at(definition.field_names.get("type"))

        if isinstance(kind, str) and kind in definition.weights:
            return float(definition.weights[kind])

        if kind is not None and not isinstance(kind, str):
            raise Fault("bad-event-type")

        if definition.default_weight is None:
            raise Fault("bad-event-type")

        return float(definition.default_weight)


def _time(stated):
    if isinstance(stated, str):
        return parse_time(stated)

    if isinstance(stated, bool) or not isinstance(stated, (int, float)):
        raise Fault("bad-time")

    if stated != math.floor(stated):
        raise Fault("bad-time", repr(stated))

    return int(stated)


def decode(definition, value, record_ms):
    if len(value) > MAX_EVENT_LEN:
        raise Fault("too-large")

    if value.lstrip(b" \t\r\n").startswith((b"{", b"[", b'"')):
        fields = _json(value)

    else:
        fields = _csv(definition, value)

    return Event(definition, fields, record_ms)


def _json(value):
    def refuse(text):
        raise Fault("bad-json", text)

    try:
        fields = json.loads(value.decode(), parse_constant=refuse)

    except ValueError as error:
        raise Fault("bad-json", str(error)) from None

    if not isinstance(fields, dict):
        raise Fault("bad-json", "no object")

    return fields


def _csv(definition, value):
    try:
        columns = value.decode().strip("\r\n").split(",")

    except ValueError as error:
        raise Fault("bad-csv", str(error)) from None

    if definition.csv is None or len(columns) != len(definition.csv):
        raise Fault("bad-csv", "%d columns" % len(columns))

    return dict(zip(definition.csv, columns))
