"""Pinecone's official Node SDK, two versions of it, each against a new index."""

import os
import subprocess
import sys

from vfs_index import PATIENCE, Index

DIRECTORY = os.environ["VFS_INDEX_SDK"]
NODE = os.path.join(DIRECTORY, "node_modules", "node", "bin", "node")


def main():
    failed = 0

    for package in ("pinecone-v8", "pinecone-v9"):
        with Index("--nosync") as index:
            run = subprocess.run(
                [os.path.abspath(NODE), "sdk.mjs", package,
                 "http://127.0.0.1:%d" % index.port],
                cwd=DIRECTORY, timeout=10 * PATIENCE, check=False)
            failed += run.returncode != 0

    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
