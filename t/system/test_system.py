"""The real pipeline, driven and checked against a recomputation.

    test_system.py --build DIR [--kafka JARS] [--events FILE] [--chaos]
                   [--keep]

Without --kafka the broker is the demo's, in memory; --chaos needs Kafka.
"""

import argparse
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", folder)
                for folder in ("kafka", "reference", "train")]

from chaos import Chaos                             # noqa: E402
from pipeline import Pipeline, run                  # noqa: E402
from scenario import Scenario                       # noqa: E402


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    parser.add_argument("--kafka", help="directory of Apache Kafka's jars")
    parser.add_argument("--events", help="a file for the player")
    parser.add_argument("--chaos", action="store_true",
                        help="the long run of kills and outages")
    parser.add_argument("--keep", action="store_true",
                        help="keep logs and data")
    options = parser.parse_args()

    pipeline = Pipeline(options.build, options.kafka,
                        session_ms=2000 if options.chaos else 6000)

    def work(report):
        if options.chaos:
            Chaos(report, pipeline).run()

        else:
            Scenario(report, pipeline).run(options.events)

    return run(pipeline, work, options.keep)


if __name__ == "__main__":
    sys.exit(main())
