"""What Pinecone's data plane and control plane are documented to do, one case
each: tables of requests and of the answers that must come.  Every case has a
server of its own.  Words on the command line choose the cases whose title
holds them all."""

import sys

import cases_vectors
import cases_records
import cases_indexes

from steps import CASES
from vfs_index import Index, Plan


def run(title, steps, options, plan):
    kept = []
    problem = None

    with Index(*options) as index:
        try:
            for step in steps:
                problem = step.run(index, kept)
                if problem:
                    break
        except OSError as error:
            problem = "no answer: %r" % error

        if index.process.poll() is not None:
            problem = "%s\nthe server ended: %s" % (problem or "",
                                                    index.read_log())
        elif index.stop() != 0:
            problem = "%s\nthe server did not end well" % (problem or "")

    plan.case(title, problem)


def main():
    plan = Plan()
    words = sys.argv[1:]

    for title, steps, options in CASES:
        if all(word in title for word in words):
            run(title, steps, options, plan)

    return plan.end()


if __name__ == "__main__":
    sys.exit(main())
