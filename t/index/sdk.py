"""Pinecone's official SDKs for Node and for Python, several versions of each,
every one against a new index."""

import os
import subprocess
import sys

from vfs_index import PATIENCE, Index

DIRECTORY = os.environ["VFS_INDEX_SDK"]
NODE = os.path.join(DIRECTORY, "node_modules", "node", "bin", "node")


def run(command, **environment):
    """0, or 1 if it failed; the index's URL is added to the command."""

    with Index("--nosync") as index:
        return subprocess.run(
            command + ["http://127.0.0.1:%d" % index.port], cwd=DIRECTORY,
            env=dict(os.environ, **environment), timeout=10 * PATIENCE,
            check=False).returncode != 0


def main():
    failed = 0

    for package in ("pinecone-v8", "pinecone-v9"):
        failed += run([os.path.abspath(NODE), "sdk.mjs", package])

    for version in os.environ["VFS_INDEX_SDK_PYTHON"].split():
        failed += run(["/usr/bin/python3", "-B", "sdk_python.py"], PYTHONPATH=
                      os.path.abspath(os.path.join(DIRECTORY, version)))

    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
