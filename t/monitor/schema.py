"""JSON Schemas taken strictly."""

from jsonschema import Draft202012Validator


def closed(schema):
    """The same, but what is not named may not be there."""

    if isinstance(schema, dict):
        schema = {name: closed(value) for name, value in schema.items()}

        if "properties" in schema and "required" in schema:
            schema.setdefault("additionalProperties", False)

    elif isinstance(schema, list):
        schema = [closed(value) for value in schema]

    return schema


def faults(schema, value):
    """What is wrong with the value, a line each."""

    return ["%s: %s" % (fault.json_path, fault.message[:200])
            for fault in Draft202012Validator(schema).iter_errors(value)]
