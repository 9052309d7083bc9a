"""The feature log that vfs-ingest keeps, against a broker in memory.

    test_feature_log.py --build DIR [TEST...]
"""

import time

import case
from case import Case, done_but, slow
from processes import wait_until


class FeatureLog(Case):

    def test_a_version_tells_when_it_was_visible(self):
        worker = self.start()
        began = int(time.time() * 1000)
        self.send(self.event("u1"))
        self.producer.flush()
        self.await_stored(worker)
        self.send(None, key="u1")
        self.producer.flush()
        self.await_stored(worker)
        self.assertEqual(worker.stop(), 0)
        ended = int(time.time() * 1000)

        first, gone = self.assert_logged()["user:u1"]
        self.assertIsNone(gone.values)
        times = (began, first.sent_ms, first.visible_ms, gone.sent_ms,
                 gone.visible_ms, ended)
        self.assertEqual(list(times), sorted(times))

    def test_without_it_the_topic_stays_empty(self):
        worker = self.start(VFS_FEATURE_LOG="off")
        self.send_events(50)
        self.await_stored(worker)
        self.assertEqual(worker.stop(), 0)
        self.assertEqual(self.versions(), {})

        # and is filled once it is kept: every vector has a version
        worker = self.start()
        wait_until("every vector is in the log", lambda: set(self.versions())
                   == {ident for _, ident in self.expected()}, 60, worker)
        self.assertEqual(worker.stop(), 0)

        # to end it sends nothing again
        self.index.requests.clear()
        worker = self.start(VFS_FEATURE_LOG="off")
        self.send(self.event("fresh", "new"))
        self.producer.flush()
        self.await_stored(worker)
        idents = {record["id"] for _, _, body, _ in self.index.requests
                  for record in body["vectors"]}
        self.assertEqual(idents, {"user:fresh", "item:new"})

    def test_after_kills_it_says_where_a_version_may_lack(self):
        for _ in range(3):
            self.send_events(800)
            worker = self.start()
            self.index.faults.extend([None, slow, done_but(503), slow])
            wait_until("it is at work", lambda: self.index.requests, 60,
                       worker)
            time.sleep(self.random.random())
            worker.kill()
            self.index.requests.clear()

        worker = self.start()
        self.await_stored(worker)
        self.assertEqual(worker.stop(), 0)
        versions = self.assert_logged(crashed=True)

        # the newest is there in any case
        for (_, ident), record in self.expected().items():
            self.assertEqual(versions[ident][-1].values, record.values)


if __name__ == "__main__":
    case.main()
