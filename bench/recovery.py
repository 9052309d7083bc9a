#!/usr/bin/env python3
"""How soon the worker has caught up after the index was down under load.

    recovery.py --build DIR --kafka JARS [--rate N] [--down SECONDS]

Apache Kafka, vfs-ingest and vfs-index on this machine.  Events come at a rate
without a pause; the index is killed and started again.  Counted from when it
listens again: until the worker's next request succeeds, and until no more
records wait than did before.  What waits is seen in what the worker commits,
once a second.
"""

import argparse
import json
import os
import re
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[:0] = [os.path.join(ROOT, "t", "kafka"), os.path.join(ROOT, "bench")]

from ingest import NEAR, Bench, behind              # noqa: E402
from processes import end_on_signals, listening, wait_until  # noqa: E402
from rdkafka import Consumer                        # noqa: E402

CALM = 10


def available(worker):
    with open(worker.log) as log:
        return re.findall(r"event=index_available", log.read())


def run(options, directory):
    bench = Bench(options.build, options.kafka, directory, 0)
    bench.start()
    index = bench.index
    worker = bench.start_worker(NEAR, bench.port)
    seconds = CALM * 2 + options.down + 60
    bench.play("--count", str(options.rate * seconds), "--rate",
               str(options.rate), "--users", "20000", "--items", "10000")

    with Consumer(bench.broker.address, group=NEAR) as consumer:
        wait_until("the worker keeps up", lambda: 0 < behind(consumer, NEAR)
                   < 4 * options.rate, 60, worker, every=0.2)
        time.sleep(CALM)
        calm = 0
        until = time.monotonic() + CALM

        while time.monotonic() < until:
            calm = max(calm, behind(consumer, NEAR))
            time.sleep(0.1)

        index.kill()
        time.sleep(options.down)
        backlog = behind(consumer, NEAR)
        bench.index = bench.program("vfs-index", "--listen",
                                    "127.0.0.1:%d" % bench.port, "--data",
                                    bench.path("index"))
        wait_until("the index listens", lambda: listening(bench.port), 60,
                   bench.index, every=0.01)
        up = time.monotonic()
        wait_until("a request succeeds", lambda: available(worker), 60,
                   worker, every=0.02)
        first = time.monotonic() - up
        wait_until("as little waits as before",
                   lambda: behind(consumer, NEAR) <= calm, 60, worker,
                   every=0.05)
        caught_up = time.monotonic() - up

    return {"events_per_second": options.rate, "seconds_down": options.down,
            "records_waiting_before": calm, "records_waiting": backlog,
            "seconds_to_first_request": round(first, 2),
            "seconds_to_caught_up": round(caught_up, 2)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", required=True)
    parser.add_argument("--kafka", required=True)
    parser.add_argument("--rate", type=int, default=1000)
    parser.add_argument("--down", type=int, default=60)
    options = parser.parse_args()

    end_on_signals()

    with tempfile.TemporaryDirectory(prefix="vfs-recovery-") as directory:
        print(json.dumps(run(options, directory)))


if __name__ == "__main__":
    main()
