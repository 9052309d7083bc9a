"""A worker that reports no more: not alive after five seconds, its slot free
after sixty."""

import time
import unittest

from gateway import Gateway, ask, wait_until

SLOTS = 64


class Expiry(unittest.TestCase):
    def test_a_worker_falls_silent(self):
        with Gateway(1) as gateway:
            begun = time.monotonic()

            for n in range(SLOTS):
                gateway.report("host-%d" % n)

            with self.assertRaisesRegex(RuntimeError, "503 .*at most 64"):
                gateway.report("one-more")

            ingest = gateway.stats()["ingest"]
            self.assertEqual(SLOTS, len(ingest["workers"]))
            self.assertEqual(3 * SLOTS, ingest["lag"])
            self.assertLess(0, ingest["upserts_per_second"])

            def reporting(name):
                return lambda: (gateway.report("host-0"), not [
                    worker for worker in gateway.stats()["ingest"]["workers"]
                    if worker["worker"] == name and worker["alive"]])[1]

            wait_until("another to fall silent", reporting("host-1"), 30,
                       every=0.5)
            self.assertGreater(time.monotonic() - begun, 4)

            # nothing that is told of the moment counts the silent ones
            wait_until("the last one", reporting("host-63"), 30)
            stats = gateway.stats()
            self.assertEqual(3, stats["ingest"]["lag"])
            self.assertEqual(SLOTS, len(stats["ingest"]["workers"]))
            self.assertIn('vfs_ingest_up{worker="host-1",', gateway.metrics())

            wait_until("their slots", lambda: (gateway.report("host-0"), len(
                gateway.stats()["ingest"]["workers"]) == 1)[1], 120,
                every=0.5)
            self.assertGreater(time.monotonic() - begun, 55)
            self.assertNotIn('worker="host-1"', gateway.metrics())
            gateway.report("one-more")
            self.assertEqual(["host-0", "one-more"], sorted(
                worker["worker"] for worker
                in gateway.stats()["ingest"]["workers"]))
            self.assertEqual(200, ask(gateway.port, "/healthz")[0])


if __name__ == "__main__":
    unittest.main()
