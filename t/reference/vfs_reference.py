"""Every vector recomputed from the raw events, slowly and exactly.

Written from docs/definition.md alone, in another language, without a line of
feature/: where the two agree to the bit, both follow the document.
"""

from arithmetic import bits
from definition import Definition
from events import ID, Event, Fault
from sources import source_vector
from state import State, Update


class Stored:
    """What the index has to hold for one id."""

    def __init__(self, definition, state, vector):
        self.values = bits(vector)
        self.metadata = state.metadata()
        self.metadata.update({
            "vfs_definition": definition.hash,
            "vfs_event_time": state.time_ms,
            "vfs_watermark": state.watermark(),
            "vfs_count": state.count})


class Reference:
    """Give it the records of all partitions, each partition in its order.

    answers: {key: bytes} of recorded.py, where the definition asks models.
    """

    def __init__(self, definition_text, answers=None):
        self.definition = Definition(definition_text)
        self.answers = answers
        self.states = {entity: {} for entity in self.definition.features}
        self.dead_letters = {}
        self.ignored = set()
        self.folded = 0

    def feed(self, records):
        """records: (partition, offset, record_ms, key, value) each."""

        for partition, offset, record_ms, key, value in records:
            try:
                if value is None:
                    self._delete(partition, offset, record_ms, key)

                else:
                    self._fold(partition, offset,
                               Event(self.definition, value, record_ms))

            except Fault as fault:
                self.dead_letters[(partition, offset)] = fault.reason

    def stored(self, entity):
        """{id: Stored} of all ids that have a vector."""

        found = {}

        for name, state in self.states[entity].items():
            vector = state.vector()

            if vector is not None:
                found[name] = Stored(self.definition, state, vector)

        return found

    def _fold(self, partition, offset, event):
        if event.weight == 0:
            self.ignored.add((partition, offset))
            return

        user = self.definition.features.get("user")
        item = self.definition.features.get("item")
        users = self._update(partition, offset, event, user) if user else None
        items = self._update(partition, offset, event, item) if item else None
        user_vector = None

        if user:
            state = self._state(user, event.user)
            state.fold(users)
            user_vector = state.vector()

        if item:
            if item.from_user:
                items.vector = user_vector
                items.weight = 0 if user_vector is None else items.weight

            self._state(item, event.item).fold(items)

        self.folded += 1

    def _update(self, partition, offset, event, feature):
        vector = own = None

        if not feature.from_user:
            vector = self._source(feature.source, event)

        if feature.prior is not None:
            own = self._own(feature.prior, event)

        return Update(partition, offset, event.time_ms, event.weight, vector,
                      own, event.metadata(feature))

    def _source(self, source, event):
        return source_vector(source, self.definition.dimension, event,
                             self.answers)

    def _own(self, source, event):
        """An item without words keeps the newest own vector that it has."""

        try:
            return self._source(source, event)

        except Fault as fault:
            if fault.reason != "missing-field":
                raise

        return None

    def _state(self, feature, name):
        states = self.states[feature.entity]

        if name not in states:
            states[name] = State(self.definition, feature)

        return states[name]

    def _delete(self, partition, offset, record_ms, key):
        """A record without a value deletes the id that is its key."""

        name = (key or b"").decode("ascii", "replace")
        entity, colon, ident = name.partition(":")

        if not colon or entity not in ("user", "item"):
            entity, ident = "user", name

        if not ID.fullmatch(ident):
            raise Fault("bad-id", "the key is %r" % key)

        if entity not in self.states:
            return

        if entity == "user":
            self.states["user"].pop(ident, None)

        else:
            self._state(self.definition.features["item"], ident).fold(
                Update.deletion(partition, offset, record_ms))

        self.folded += 1
