"""Faults, written into the index past the worker."""

import struct
import urllib.parse

from pipeline import TOPIC
from vfs_reference import Reference


class Planted:

    def __init__(self, pipeline, answers=None):
        self._client = pipeline.index_client
        self._text = pipeline.definition()
        self._answers = answers
        self.records = [record[:5] for record in pipeline.records(TOPIC)]
        self.reference = self._replay(self.records)
        self._stored = {entity: self.reference.stored(entity)
                        for entity in ("user", "item")}

        # with those whose sums are zero, and items that were deleted
        self.known = sum(map(len, self.reference.states.values()))

    def _replay(self, records):
        reference = Reference(self._text, self._answers)
        reference.feed(records)

        return reference

    def _places(self, entity, name):
        """Indices of the records that are events of an id."""

        places = []
        alone = Reference(self._text, self._answers)

        for i, record in enumerate(self.records):
            state = alone.states[entity].get(name)
            before = None if state is None else state.count
            alone.feed([record])
            state = alone.states[entity].get(name)

            if state is not None and state.count != before:
                places.append(i)

        return places

    def place_of(self, entity, name):
        """The position of an event in the middle."""

        places = self._places(entity, name)

        return self._place(places[len(places) // 2])

    def _place(self, i):
        return "%d:%d" % self.records[i][:2]

    def one_bit(self, entity, name):
        """The dimension, and the bits that now stand there."""

        stored = self._stored[entity][name]
        values = list(struct.unpack("<128I", stored.values))
        dimension = max(range(128), key=lambda i: values[i] & 0x7FFFFFFF)
        values[dimension] ^= 1
        self._put(entity, name, struct.pack("<128I", *values),
                  stored.metadata)

        return dimension, values[dimension]

    def without_event(self, entity, name):
        """The position of an event that is left out, and of the one before.

        Of an item its own update alone is left out: its user has the event.
        """

        places = self._places(entity, name)
        gone = places[len(places) // 2]

        if entity == "user":
            self._put_state(entity, name, self._replay(
                self.records[:gone] + self.records[gone + 1:]))

        else:
            self._put_state(entity, name, self._skipping(gone))

        return self._place(gone), self._place(places[len(places) // 2 - 1])

    def _skipping(self, gone):
        reference = Reference(self._text, self._answers)

        for i, record in enumerate(self.records):
            if i != gone:
                reference.feed([record])
                continue

            # the item's state is put aside while its user takes the event
            item = reference.states["item"]
            reference.states["item"] = {}
            reference.feed([record])
            reference.states["item"] = item

        return reference

    def without(self, entity, name, place):
        """The vector as it would be without an event, and as it is."""

        gone = [self._place(i) for i in range(len(self.records))].index(place)
        reference = self._replay(self.records[:gone] + self.records[gone + 1:]
                                 ) if entity == "user" else \
            self._skipping(gone)

        return (reference.states[entity][name].vector(),
                self.reference.states[entity][name].vector())

    def count(self, entity, name):
        return self.reference.states[entity][name].count

    def event_twice(self, entity, name):
        places = self._places(entity, name)
        twice = places[len(places) // 2]
        _, _, ms, key, value = self.records[twice]

        # at a place of its own, where it is not known as seen
        again = (99, 0, ms, key, value)
        self._put_state(entity, name, self._replay(
            self.records[:twice + 1] + [again] + self.records[twice + 1:]))

        return self._place(twice)

    def without_last(self, entity, name):
        last = self._places(entity, name)[-1]
        self._put_state(entity, name, self._replay(self.records[:last]))

        return self._place(last)

    def metadata(self, entity, name, field, value):
        stored = self._stored[entity][name]
        self._put(entity, name, stored.values,
                  stored.metadata | {field: value})

    def ghost(self, entity, name):
        stored = next(iter(self._stored[entity].values()))
        self._put(entity, name, stored.values, stored.metadata)

    def restore(self, entity, name):
        self._put_state(entity, name, self.reference)

    def delete(self, entity, name):
        self._post("/vectors/delete", {
            "ids": ["%s:%s" % (entity, name)],
            "namespace": "%s-features" % entity})

    def _put_state(self, entity, name, reference):
        stored = reference.stored(entity)[name]
        self._put(entity, name, stored.values, stored.metadata)

    def _put(self, entity, name, values, metadata):
        values = struct.unpack("<%df" % (len(values) // 4), values)

        self._post("/vectors/upsert", {
            "namespace": "%s-features" % entity,
            "vectors": [{"id": "%s:%s" % (entity, name),
                         "values": values, "metadata": metadata}]})

    def _post(self, path, body):
        answer = self._client.post(path, body)

        if answer.status != 200:
            raise RuntimeError("%s: %d %s" % (urllib.parse.quote(path),
                                              answer.status, answer.body))
