"""What the worker costs while it can do nothing: it waits, it does not turn.

    test_waits.py --build DIR [TEST...]
"""

import copy
import json
import signal
import time

import case
from case import Case, DEFINITION
from model import Model
from processes import wait_until

# A worker that turns takes all of a processor, or its share of it.
SHARE = 0.1

DRAIN = 5                       # seconds


def not_now(handler, texts):
    handler.reply(503, {"error": "not now"})
    return True


class Waits(Case):

    def assert_waited(self, seconds, elapsed):
        self.assertLess(seconds, SHARE * elapsed)

    def wait_for(self, event, worker, times=1):
        wait_until("it says " + event, lambda: self.output().count(
            "event=" + event) >= times, 60, worker)


class Ends(Waits):

    def test_while_the_index_is_down(self):
        worker = self.start(VFS_DRAIN_MS=str(1000 * DRAIN))
        self.send_events(50)
        self.await_stored(worker)
        self.index.close()
        self.send_events(50)
        self.wait_for("index_unavailable", worker)

        before = worker.cpu()
        began = time.monotonic()
        worker.send(signal.SIGTERM)
        self.wait_for("stopping", worker)

        # they reach the client, and nobody reads them any more
        self.send_events(50)
        self.wait_for("stopped", worker)
        self.assert_waited(worker.cpu() - before, time.monotonic() - began)
        self.assertGreaterEqual(time.monotonic() - began, DRAIN)
        self.assertEqual(worker.wait(60), 0)

    def test_at_once(self):
        worker = self.start(VFS_DRAIN_MS="300000")
        self.send_events(50)
        self.await_stored(worker)
        self.index.close()
        self.send_events(50)
        self.wait_for("index_unavailable", worker)
        worker.send(signal.SIGTERM)
        self.wait_for("stopping", worker)
        worker.send(signal.SIGTERM)
        self.assertEqual(worker.wait(60), 0)
        self.assertRegex(self.output(), "event=stopped unsent=[1-9]")


class Hands(Waits):

    def test_over_its_partitions_while_the_index_is_down(self):
        first = self.start(VFS_DRAIN_MS=str(1000 * DRAIN))
        self.send_events(50)
        self.await_stored(first)
        self.index.close()
        self.send_events(50)
        self.wait_for("index_unavailable", first)

        second = self.start("second", VFS_DRAIN_MS="0")
        self.wait_for("partitions_revoked", first)
        before = first.cpu()
        began = time.monotonic()
        self.send_events(50)
        self.wait_for("partitions_assigned", second, 3)
        self.assert_waited(first.cpu() - before, time.monotonic() - began)


class Models(Waits):

    def test_that_do_not_answer(self):
        model = Model(DEFINITION["dimension"])
        self.addCleanup(model.close)
        made = copy.deepcopy(DEFINITION)
        made["sources"]["words"] = {
            "type": "model", "protocol": "openai", "model": "toy",
            "dimensions": True, "fields": ["title"],
            "service": {"url": model.url}}

        with open(self.definition, "w") as definition:
            json.dump(made, definition)

        worker = self.start()
        self.send_events(50)
        wait_until("they are stored", lambda: self.index.requests
                   and self.committed() == self.offsets, 60, worker)
        model.always = not_now
        self.send(dict(self.event(), title="never asked before"))
        self.producer.flush()
        self.wait_for("model_unavailable", worker)

        # while these wait to be read
        self.send_events(50)
        before = worker.cpu()
        began = time.monotonic()
        self.wait_for("reading_paused", worker)
        self.assert_waited(worker.cpu() - before, time.monotonic() - began)

        # and when they are not asked for any more
        before = worker.cpu()
        began = time.monotonic()
        time.sleep(DRAIN)       # what is measured is the time
        self.assert_waited(worker.cpu() - before, time.monotonic() - began)


if __name__ == "__main__":
    case.main()
