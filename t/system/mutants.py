"""Does the system test fail when a part is broken on purpose?

    mutants.py [NAME...]

Copies the committed tree, builds it, and then for each mutant changes a few
characters, builds and runs the system test, which must fail.  The exit status
is 1 if a mutant was not noticed.
"""

import os
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))

# name: file, what stands there once, what to put in its place
MUTANTS = {
    "a worse neighbour before a better one": (
        "index/vfs_index_heap.c",
        "return one->rank > two->rank ? -1 : 1;",
        "return one->rank > two->rank + 1e-3 ? -1 : 1;"),
    "an event that is not folded in": (
        "ingest/vfs_ingest_fold.c",
        "    rc = vfs_state_fold(cached->state, update);\n",
        "    if (update->position.offset == 33) {\n"
        "        return VFS_OK;\n"
        "    }\n\n"
        "    rc = vfs_state_fold(cached->state, update);\n"),
    "offsets that are not committed": (
        "ingest/vfs_ingest_rebalance.c",
        "    if (list->cnt != 0) {\n        code = wait",
        "    if (list->cnt == 9999) {\n        code = wait"),
    "a value that is off by one bit": (
        "ingest/vfs_ingest_body.c",
        "p = vfs_float_print(p, vector[i]);",
        "p = vfs_float_print(p, i == 5 ? vector[i] * 1.0000001f "
        ": vector[i]);"),
    "an event that is folded in twice": (
        "feature/vfs_state_watermark.c",
        "           && state->watermarks[i].offset >= position->offset;",
        "           && state->watermarks[i].offset > position->offset + 1;"),
    "a dead letter without its reason": (
        "ingest/vfs_ingest_letter.c",
        'vfs_letter_text(&message, "vfs-reason"',
        'vfs_letter_text(&message, "vfs-cause"'),
    "a user among its own neighbours": (
        "ngx_vfs_module/ngx_http_vfs_features.c",
        "        if (similar\n            && vfs_json_equal(",
        "        if (!similar\n            && vfs_json_equal("),
}


def run(directory, *command):
    with open(os.path.join(directory, "mutants.log"), "ab") as log:
        return subprocess.run(command, cwd=directory, stdout=log, stderr=log,
                              stdin=subprocess.DEVNULL, check=False,
                              timeout=1800).returncode


def noticed(directory, name):
    path, old, new = MUTANTS[name]
    path = os.path.join(directory, path)

    with open(path, encoding="utf-8") as file:
        text = file.read()

    if text.count(old) != 1:
        print("not ok %s: %s stands %d times in %s" % (
            name, repr(old), text.count(old), path))
        return False

    try:
        with open(path, "w", encoding="utf-8") as file:
            file.write(text.replace(old, new))

        if run(directory, "make", "all") != 0:
            print("not ok %s: does not build" % name)
            return False

        test = subprocess.run(
            [sys.executable, "t/system/test_system.py", "--build", "build"],
            cwd=directory, capture_output=True, text=True, check=False,
            timeout=1800)

    finally:
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)

    failed = [line.strip() for line in test.stdout.splitlines()
              if line.startswith("failed: ") or "Error: " in line]
    print("%s %s\n       %s" % ("ok    " if failed else "not ok", name,
                                "\n       ".join(failed) or "not noticed"),
          flush=True)

    return bool(failed)


def main():
    with tempfile.TemporaryDirectory(prefix="vfs-mutants-") as directory:
        archive = subprocess.Popen(["git", "-C", ROOT, "archive", "HEAD"],
                                   stdout=subprocess.PIPE)
        subprocess.run(["tar", "-x", "-C", directory], stdin=archive.stdout,
                       check=True)

        if archive.wait() != 0 or run(directory, "make", "all") != 0:
            print("the tree does not build")
            return 1

        results = [noticed(directory, name)
                   for name in sys.argv[1:] or MUTANTS]

    print("%d passed, %d failed" % (results.count(True),
                                    results.count(False)))

    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
