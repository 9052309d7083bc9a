"""A feature definition, read: only what the arithmetic needs of it.

It is not validated here; what the worker refuses is its own tests' matter.
"""

import hashlib
import json

from events import parse_time
from numbers_text import ecmascript

UNITS_MS = {"s": 1000, "m": 60000, "h": 3600000, "d": 86400000}


def duration_ms(value):
    if isinstance(value, int):
        return value

    return int(value[:-1]) * UNITS_MS[value[-1]]


def hashed(parsed):
    """What the hash is of: not how a model is reached."""

    sources = {name: {member: value for member, value in source.items()
                      if member != "service"}
               for name, source in parsed["sources"].items()}

    return dict(parsed, sources=sources)


def canonical(value):
    """RFC 8785."""

    if isinstance(value, dict):
        return "{%s}" % ",".join(
            "%s:%s" % (canonical(name), canonical(value[name]))
            for name in sorted(value, key=lambda name:
                               name.encode("utf-16-be")))

    if isinstance(value, list):
        return "[%s]" % ",".join(canonical(item) for item in value)

    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return ecmascript(float(value))

    return json.dumps(value, ensure_ascii=False)


class HashField:

    def __init__(self, text):
        self.name = text["field"]
        self.words = text.get("words", False)
        self.weight = text.get("weight", 1)


class Model:

    def __init__(self, text):
        self.protocol = text["protocol"]
        self.model = text["model"]
        self.version = text.get("version", "")
        self.input = text.get("input", "")
        self.output = text.get("output", "")
        self.fields = text["fields"]


class Source:

    def __init__(self, name, text):
        self.name = name
        self.type = text["type"]
        self.hashes = text.get("hashes", 4)
        self.field = text.get("field")
        self.fields = []
        self.model = None

        if self.type == "hash":
            self.fields = [HashField(field) for field in text["fields"]]

        elif self.type == "model":
            self.model = Model(text)


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
            canonical(hashed(parsed)).encode()).hexdigest()[:16]
        self.dimension = parsed["dimension"]
        self.metric = parsed.get("metric", "cosine")
        self.landmark_ms = parse_time(parsed.get("landmark", "1970-01-01"))
        self.topic = events["topic"]
        self.field_names = fields
        self.csv = events.get("csv")
        self.weights = {name: float(weight) for name, weight
                        in events.get("weights", {}).items()}
        self.default_weight = events.get("default_weight")

        if self.default_weight is not None:
            self.default_weight = float(self.default_weight)

        elif not self.weights:
            self.default_weight = 1.0

        sources = {name: Source(name, source)
                   for name, source in parsed["sources"].items()}
        self.features = {
            entity: Feature(entity, parsed["features"][entity], sources)
            for entity in ("user", "item") if entity in parsed["features"]}
