"""The pipeline's answers against the recomputation, one check a line."""

import math
import operator
import struct
import urllib.parse

from arithmetic import f32_of_text
from gateway import Number
from pipeline import GROUP, TOPIC

# Scores are computed in another precision than here.
TOLERANCE = 1e-5


BATCH = 100


def differences(gateway, entity, expected, batch=False):
    """What the gateway answers for every id, where it is not as expected."""

    found = []
    fetch = _fetch_batches if batch else _fetch_each

    for name, record in fetch(gateway, entity, sorted(expected)):
        if isinstance(record, str):
            found.append("%s %s: %s" % (entity, name, record))
            continue

        found += ["%s %s: %s" % (entity, name, text) for text in
                  _record_differences(record, name, expected[name])]

    return found


def _fetch_each(gateway, entity, names):
    for name in names:
        answer = gateway.get("/v1/features/%s/%s" % (entity, name))

        yield name, (answer.json() if answer.status == 200
                     else "status %d" % answer.status)


def _fetch_batches(gateway, entity, names):
    for i in range(0, len(names), BATCH):
        some = names[i:i + BATCH]
        answer = gateway.post("/v1/features/%s/batch" % entity, {"ids": some})

        if answer.status != 200:
            yield some[0], "status %d of a batch" % answer.status
            continue

        body = answer.json()
        records = {record["id"]: record for record in body["features"]}

        for name in some:
            yield name, records.get(name, "missing" if name in body["missing"]
                                    else "neither there nor missing")


def _record_differences(record, name, stored):
    if record["id"] != name:
        yield "id is %r" % record["id"]

    values = b"".join(f32_of_text(number) for number in record["values"])

    if values != stored.values:
        yield _first_difference(values, stored.values)

    metadata = plain_metadata(record["metadata"])

    for key in sorted(metadata.keys() | stored.metadata.keys()):
        wanted = stored.metadata.get(key)
        wanted = float(wanted) if is_number(wanted) else wanted

        # a list, so that true is not 1
        if (type(metadata.get(key)), metadata.get(key)) != (type(wanted),
                                                            wanted):
            yield "%s is %r, expected %r" % (key, metadata.get(key), wanted)


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def plain_metadata(metadata):
    return {key: float(value) if isinstance(value, Number) else value
            for key, value in metadata.items()}


def _first_difference(values, expected):
    if len(values) != len(expected):
        return "%d values, expected %d" % (len(values) / 4, len(expected) / 4)

    pairs = list(zip(struct.iter_unpack("<f", values),
                     struct.iter_unpack("<f", expected)))
    different = [i for i, (one, other) in enumerate(pairs) if one != other]

    if not different:
        return "a zero of another sign"

    i = different[0]

    return "%d values differ, first [%d]: %r, expected %r" % (
        len(different), i, pairs[i][0][0], pairs[i][1][0])


class Space:
    """Exact neighbours by a plain scan, in binary64."""

    def __init__(self, expected):
        self.vectors = {name: struct.unpack("<%df" % (len(stored.values) // 4),
                                            stored.values)
                        for name, stored in expected.items()}
        self.norms = {name: math.sqrt(_dot(vector, vector))
                      for name, vector in self.vectors.items()}

    def scores(self, vector):
        norm = math.sqrt(_dot(vector, vector))

        return {name: _dot(vector, other) / (norm * self.norms[name])
                for name, other in self.vectors.items()}


def _dot(one, other):
    return sum(map(operator.mul, one, other))


def neighbour_differences(space, vector, matches, top_k, without=None):
    """What is wrong with a list of matches, given the exact scores.

    Two scores closer than binary32 can tell may come in any order; vectors
    that are equal to the bit have equal scores, and come by id.
    """

    scores = space.scores(vector)
    scores.pop(without, None)
    names = [match["id"] for match in matches]

    if len(names) != min(top_k, len(scores)):
        yield "%d matches, expected %d" % (len(names),
                                           min(top_k, len(scores)))

    if len(set(names)) != len(names):
        yield "an id comes twice"

    unknown = [name for name in names if name not in scores]

    if unknown:
        yield "%s does not belong there" % unknown[0]
        return

    for match in matches:
        if abs(float(match["score"]) - scores[match["id"]]) > TOLERANCE:
            yield "score of %s is %s, expected %r" % (
                match["id"], match["score"], scores[match["id"]])

    for one, other in zip(names, names[1:]):
        if scores[one] < scores[other] - TOLERANCE:
            yield "%s before %s" % (one, other)

        if space.vectors[one] == space.vectors[other] and one > other:
            yield "of two equals, %s before %s" % (one, other)

    for name in scores.keys() - set(names):
        if scores[name] > scores[names[-1]] + TOLERANCE:
            yield "%s is missing" % name

        if space.vectors[name] == space.vectors[names[-1]] \
           and name < names[-1]:
            yield "of two equals, %s instead of %s" % (names[-1], name)


class Checks:
    """Compares one moment of the pipeline, at rest, with the reference."""

    def __init__(self, report, pipeline, reference):
        self.report = report
        self.pipeline = pipeline
        self.reference = reference
        self.stored = {entity: reference.stored(entity)
                       for entity in reference.definition.features}

    def vectors(self, batch=False):
        for entity, expected in self.stored.items():
            found = differences(self.pipeline.client, entity, expected, batch)
            self.report.check(
                expected and not found,
                "every %s's vector and metadata equal the recomputation, bit "
                "for bit (%d)" % (entity, len(expected)),
                "%d differences\n%s" % (len(found), "\n".join(found)))

            self._no_others(entity, expected)

    def _no_others(self, entity, expected):
        feature = self.reference.definition.features[entity]
        listed = self._listed(feature.namespace)
        wanted = {"%s:%s" % (entity, name) for name in expected}
        wrong = sorted(listed ^ wanted)

        self.report.check(not wrong, "the index holds these %ss and no other"
                          % entity, "%d: %s" % (len(wrong), wrong[:5]))

        gone = sorted(self.reference.states[entity].keys() - expected.keys())
        statuses = {self.pipeline.client.get(
            "/v1/features/%s/%s" % (entity, name)).status for name in gone}

        if gone:
            self.report.equal(statuses, {404}, "a %s without a vector is not "
                              "found (%d)" % (entity, len(gone)))

    def _listed(self, namespace):
        found = set()
        token = None

        while True:
            query = {"namespace": namespace, "limit": 100}

            if token:
                query["paginationToken"] = token

            page = self.pipeline.index_client.get(
                "/vectors/list?" + urllib.parse.urlencode(query)).plain()
            found.update(vector["id"] for vector in page["vectors"])
            token = page.get("pagination", {}).get("next")

            if not token:
                return found

    def similar(self, entity, top_k, sample):
        space = Space(self.stored[entity])
        wrong = []
        names = sorted(space.vectors)[::max(1, len(space.vectors) // sample)]

        for name in names:
            answer = self.pipeline.client.get(
                "/v1/features/%s/%s/similar?topK=%d" % (entity, name, top_k))

            if answer.status != 200:
                wrong.append("%s: status %d" % (name, answer.status))
                continue

            wrong += ["%s: %s" % (name, text) for text in
                      neighbour_differences(space, space.vectors[name],
                                            answer.json()["similar"], top_k,
                                            name)]

        self.report.check(names and not wrong, "the %d nearest %ss of %d are "
                          "those of a plain scan, itself left out"
                          % (top_k, entity, len(names)), "\n".join(wrong))

    def recommend(self, top_k, sample):
        users, items = Space(self.stored["user"]), Space(self.stored["item"])
        wrong = []
        names = sorted(users.vectors)[::max(1, len(users.vectors) // sample)]

        for name in names:
            answer = self.pipeline.client.get(
                "/v1/recommend/user/%s?topK=%d" % (name, top_k))

            if answer.status != 200:
                wrong.append("%s: status %d" % (name, answer.status))
                continue

            wrong += ["%s: %s" % (name, text) for text in
                      neighbour_differences(items, users.vectors[name],
                                            answer.json()["items"], top_k)]

        self.report.check(names and not wrong, "the %d items recommended to "
                          "%d users are those of a plain scan"
                          % (top_k, len(names)), "\n".join(wrong))

    def dead_letters(self, records, once=True):
        """"once": no worker was killed, so none may come twice."""

        originals = {(record.partition, record.offset): record
                     for record in records}
        found = {}
        wrong = []

        for letter in self.pipeline.records(TOPIC + ".dlq"):
            place, texts = self._letter(letter, originals)
            wrong += texts
            found.setdefault(place, []).append(
                (letter.header("vfs-reason") or b"").decode())

        for place, reasons in sorted(found.items()):
            if len(reasons) > 1 and (once or len(set(reasons)) > 1):
                wrong.append("%s comes as %s" % (place, reasons))

        expected = self.reference.dead_letters

        for place in sorted(expected.keys() | found.keys()):
            reasons = found.get(place, ["nothing"])

            if reasons[0] != expected.get(place, "no dead letter"):
                wrong.append("%s: %s, expected %s" % (
                    place, reasons[0], expected.get(place, "none")))

        self.report.check(not wrong, "the dead letters are the %d expected, "
                          "each with its reason, key, value and headers"
                          % len(expected), "\n".join(wrong))

    def _letter(self, letter, originals):
        def integer(name):
            return int.from_bytes(letter.header(name) or b"", "big",
                                  signed=True)

        place = (integer("kafka_dlt-original-partition"),
                 integer("kafka_dlt-original-offset"))
        original = originals.get(place)

        if original is None:
            return place, ["%s is no record of the topic" % (place,)]

        message = letter.header("kafka_dlt-exception-message")
        expected = {
            "kafka_dlt-original-topic": TOPIC.encode(),
            "kafka_dlt-original-partition": place[0].to_bytes(4, "big"),
            "kafka_dlt-original-offset": place[1].to_bytes(8, "big"),
            "kafka_dlt-original-timestamp":
                original.time_ms.to_bytes(8, "big", signed=True),
            "kafka_dlt-original-consumer-group": GROUP.encode(),
            "__connect.errors.topic": TOPIC.encode(),
            "__connect.errors.partition": b"%d" % place[0],
            "__connect.errors.offset": b"%d" % place[1],
            "__connect.errors.exception.message": message,
            "vfs-definition": self.reference.definition.hash.encode()}

        wrong = ["%s: header %s is %r, expected %r" % (
            place, name, letter.header(name), value)
            for name, value in expected.items()
            if letter.header(name) != value]

        wrong += ["%s: no header %s" % (place, name)
                  for name in ("kafka_dlt-exception-message", "vfs-attempts",
                               "__connect.errors.stage")
                  if not letter.header(name)]

        if (letter.key, letter.value) != (original.key, original.value):
            wrong.append("%s: another key or value" % (place,))

        return place, wrong

    def counters(self, records):
        """Of workers that have run from the start and seen every record."""

        stats = self.pipeline.stats()["ingest"]
        totals = {}

        for worker in stats["workers"]:
            for name, count in worker["counters"].items():
                totals[name] = totals.get(name, 0) + count

        reference = self.reference
        self.report.equal(
            {name: totals.get(name) for name in
             ("events", "folded", "ignored", "dead_letters")},
            {"events": len(records), "folded": reference.folded,
             "ignored": len(reference.ignored),
             "dead_letters": len(reference.dead_letters)},
            "/stats counts every event, folded, ignored or dead-lettered")
        self.report.equal(stats["lag"], 0, "/stats shows no lag")
