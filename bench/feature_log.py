"""What the feature log costs the worker: CPU time an event, with and without.

    feature_log.py --build DIR --kafka JARS [--events 40000] [--rounds 3]

The same events wait in Apache Kafka; each run is a worker of its own group
that folds them all, by turns with and without the log.
"""

import argparse
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "t", folder)
                for folder in ("kafka", "reference", "system")]

import pipeline as system                            # noqa: E402
from processes import end_on_signals                 # noqa: E402
from rdkafka import Producer                         # noqa: E402


def cpu_seconds(pid):
    with open("/proc/%d/stat" % pid) as stat:
        fields = stat.read().rsplit(")", 1)[1].split()

    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def run(pipeline, name, log):
    group = system.GROUP = name

    with Producer(pipeline.broker.address) as admin:
        for topic, partitions in system.topics([group]):
            if topic.startswith(group):
                admin.create_topic(topic, partitions)

    worker = pipeline.start_worker(name, VFS_GROUP=group, VFS_FEATURE_LOG=log)
    pipeline.settle()
    spent = cpu_seconds(worker.pid)
    pipeline.workers.pop(name).stop()

    return spent


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    parser.add_argument("--kafka", required=True)
    parser.add_argument("--events", type=int, default=40000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--quick", action="store_true",
                        help="one round of few, to see that it runs")
    options = parser.parse_args()

    if options.quick:
        options.events = 4000
        options.rounds = 1

    end_on_signals()
    pipeline = system.Pipeline(options.build, options.kafka)

    try:
        pipeline.start_broker()
        pipeline.start_index()
        pipeline.play("--count", str(options.events))

        for i in range(options.rounds):
            for log in ("on", "off"):
                spent = run(pipeline, "bench-%s-%d" % (log, i), log)
                print("log %s: %.1f us of CPU an event"
                      % (log, 1e6 * spent / options.events), flush=True)

    finally:
        pipeline.close()


if __name__ == "__main__":
    sys.exit(main())
