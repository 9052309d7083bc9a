"""The real pipeline, driven and checked against a recomputation.

    test_system.py --build DIR [--kafka JARS] [--events FILE] [--keep]

Without --kafka the broker is the demo's, in memory.
"""

import argparse
import os
import sys
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", folder)
                for folder in ("kafka", "reference")]

from pipeline import Pipeline                       # noqa: E402
from processes import end_on_signals                # noqa: E402
from report import Report                           # noqa: E402
from scenario import Scenario                       # noqa: E402


def run(pipeline, report, options):
    pipeline.start_broker()
    pipeline.start_index()
    pipeline.start_gateway()
    pipeline.start_worker()

    scenario = Scenario(report, pipeline)
    scenario.steady(options.events)
    scenario.index_outage()
    scenario.worker_kills(3)
    scenario.clean_stop()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    parser.add_argument("--kafka", help="directory of Apache Kafka's jars")
    parser.add_argument("--events", help="a file for the player")
    parser.add_argument("--keep", action="store_true",
                        help="keep logs and data")
    options = parser.parse_args()

    end_on_signals()
    report = Report()
    pipeline = Pipeline(options.build, options.kafka)

    try:
        run(pipeline, report, options)

    except Exception:  # noqa: BLE001, the processes' output is wanted for any
        report.check(False, "the run itself", traceback.format_exc())

    finally:
        if report.failed:
            pipeline.tails()

        pipeline.close(options.keep)

    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
