"""A feature definition, read: only what the arithmetic needs of it.

It is not validated here; what the worker refuses is its own tests' matter.
"""

import hashlib
import json

from events import parse_time
from numbers_text import shortest

UNITS_MS = {"ms": 1, "s": 1000, "m": 60000, "h": 3600000, "d": 86400000}


def duration_ms(text):
    digits = text.rstrip("dhms")

    return int(digits) * UNITS_MS[text[len(digits):]]


def canonical(value):
    """Members sorted by name, no white space, numbers in shortest form."""

    if isinstance(value, dict):
        return "{%s}" % ",".join(
            "%s:%s" % (canonical(name), canonical(value[name]))
            for name in sorted(value, key=str.encode))

    if isinstance(value, list):
        return "[%s]" % ",".join(canonical(item) for item in value)

    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return shortest(float(value))

    return json.dumps(value, ensure_ascii=False)


class HashField:

    def __init__(self, text):
        self.name = text["field"]
        self.words = text.get("words", False)
        self.weight = text.get("weight", 1)


class Source:

    def __init__(self, name, text):
        self.name = name
        self.type = text["type"]
        self.hashes = text.get("hashes")
        self.fields = [HashField(field) for field in text.get("fields", [])]
        self.field = text.get("field")


class Feature:

    def __init__(self, entity, text, sources):
        self.entity = entity
        self.namespace = text["namespace"]
        self.transform = text["transform"]
        self.from_user = text["source"] == "user"
        self.source = None if self.from_user else sources[text["source"]]
        self.normalise = text.get("normalise", False)
        self.metadata = text.get("metadata", {})
        self.half_life_ms = None
        self.prior = None
        self.prior_weight = 0.0

        if "half_life" in text:
            self.half_life_ms = duration_ms(text["half_life"])

        if "prior" in text:
            self.prior = sources[text["prior"]["source"]]
            self.prior_weight = float(text["prior"]["weight"])


class Definition:

    def __init__(self, text):
        parsed = json.loads(text)
        events = parsed["events"]
        fields = events["fields"]

        self.hash = hashlib.sha256(
            canonical(parsed).encode()).hexdigest()[:16]
        self.dimension = parsed["dimension"]
        self.metric = parsed["metric"]
        self.landmark_ms = parse_time(parsed["landmark"])
        self.topic = events["topic"]
        self.field_names = fields
        self.csv = events.get("csv")
        self.weights = events.get("weights", {})
        self.default_weight = events.get("default_weight")

        sources = {name: Source(name, source)
                   for name, source in parsed["sources"].items()}
        self.features = {
            entity: Feature(entity, parsed["features"][entity], sources)
            for entity in ("user", "item") if entity in parsed["features"]}
