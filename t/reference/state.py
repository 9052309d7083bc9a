"""What one user or item adds up to: docs/definition.md, "State" and on.

Every segment's sums are kept for ever and the two newest are read, which is
what the document's rule of moving and vanishing sums comes to.
"""

import math

from arithmetic import (MAX_COMPONENT, SEGMENT_HALF_LIVES, Moment, exp2, f32,
                        scaled)


class Update:
    """One event's effect on one id; "weight" 0 counts but adds nothing."""

    def __init__(self, partition, offset, time_ms, weight, vector,
                 own=None, metadata=None):
        self.partition = partition
        self.offset = offset
        self.time_ms = time_ms
        self.weight = weight
        self.vector = vector
        self.own = own
        self.metadata = metadata
        self.deletes = False

    @classmethod
    def deletion(cls, partition, offset, time_ms):
        update = cls(partition, offset, time_ms, 0, None)
        update.deletes = True

        return update

    @property
    def order(self):
        return (self.time_ms, self.partition, self.offset)


class Newest:
    """Of the values offered, the one with the greatest order."""

    def __init__(self):
        self.order = None
        self.value = None

    def offer(self, order, value):
        if self.order is None or order > self.order:
            self.order = order
            self.value = value


class State:

    def __init__(self, definition, feature):
        self.definition = definition
        self.feature = feature
        self.watermarks = {}
        self.deleted_ms = None
        self._forget()

    def _forget(self):
        self.sums = {}
        self.count = 0
        self.time_ms = None
        self.latest = Newest()
        self.own = Newest()
        self._metadata = {}

    def fold(self, update):
        if update.offset <= self.watermarks.get(update.partition, -1):
            return False

        self.watermarks[update.partition] = update.offset

        if self.deleted_ms is not None and update.time_ms <= self.deleted_ms:
            return True

        if update.deletes:
            self.deleted_ms = update.time_ms
            self._forget()
            return True

        self.count += 1

        if self.time_ms is None or update.time_ms > self.time_ms:
            self.time_ms = update.time_ms

        if update.vector is not None:
            self.latest.offer(update.order, update.vector)

        if update.own is not None:
            self.own.offer(update.order, update.own)

        for name, value in (update.metadata or {}).items():
            self._metadata.setdefault(name, Newest()).offer(update.order,
                                                            value)

        if self.feature.transform == "decayed_mean" and update.weight != 0:
            self._add(update)

        return True

    def vector(self):
        """The components as binary32 values, or None: there is no vector."""

        if self.count == 0:
            return None

        if self.feature.transform == "latest":
            return self._latest()

        return self._decayed_mean()

    def metadata(self):
        """Of each field, the newest value."""

        return {name: newest.value for name, newest in self._metadata.items()}

    def watermark(self):
        return ",".join("%d:%d" % item
                        for item in sorted(self.watermarks.items()))

    def _moment(self, time_ms):
        return Moment(time_ms, self.definition.landmark_ms,
                      self.feature.half_life_ms)

    def _segment(self, number):
        dimension = self.definition.dimension

        return self.sums.setdefault(number, [0] * (dimension + 1))

    def _add(self, update):
        moment = self._moment(update.time_ms)
        g = update.weight * exp2(moment.f)
        sums = self._segment(moment.segment)

        for i, component in enumerate(update.vector):
            if component != 0.0:
                sums[i] += scaled(component * g) << moment.h

        sums[-1] += scaled(abs(g)) << moment.h

    def _decayed_mean(self):
        moment = self._moment(self.time_ms)
        newer = list(self._segment(moment.segment))
        older = self._segment(moment.segment - 1)

        if self.feature.prior is not None and self.own.value is not None:
            pull = self.feature.prior_weight * exp2(moment.f)

            for i, component in enumerate(self.own.value):
                newer[i] += scaled(component * pull) << moment.h

            newer[-1] += scaled(pull) << moment.h

        # float() of an integer rounds to nearest-even; a power of two scales
        # exactly.
        sums = [float(new) + math.ldexp(float(old), -SEGMENT_HALF_LIVES)
                for new, old in zip(newer, older)]
        weight = sums.pop()

        if not any(sums):
            return None

        if self.feature.normalise:
            return divided(sums, norm(sums))

        return [max(-MAX_COMPONENT, min(MAX_COMPONENT, component))
                for component in divided(sums, weight)]

    def _latest(self):
        vector = self.latest.value

        if vector is None or not any(vector):
            return None

        if self.feature.normalise:
            return divided(vector, norm(vector))

        return [f32(component) for component in vector]


def norm(vector):
    total = 0.0

    for component in vector:
        total += component * component

    return math.sqrt(total)


def divided(vector, by):
    return [f32(component / by) for component in vector]
