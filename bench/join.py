"""vfs-train join on a large feature log: time and peak memory.

    join.py --build DIR [--versions 10000000] [--labels 1000000]
            [--dimension 32] [--directory DIR]

The log and the labels are drawn with numpy; versions of a million ids, labels
of a million moments.  A second run with a tenth of the log shows that memory
does not grow with it.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time

import numpy

WATERMARK = b"0:123456789012"
IDS = 1000000
START = 1767225600000


def write_log(path, count, dimension, rng):
    """One record of a fixed layout, whose varying bytes are filled in."""

    key = 12
    value = 50 + len(WATERMARK) + 4 * dimension
    record = numpy.dtype([
        ("partition", "<u4"), ("offset", "<u8"), ("key_len", "<u4"),
        ("value_len", "<u4"), ("key", "S%d" % key), ("kind", "S1"),
        ("format", "u1"), ("definition", "V8"), ("event", "<i8"),
        ("sent", "<i8"), ("visible", "<i8"), ("count", "<u8"),
        ("watermark_len", "<u4"), ("dimension", "<u4"),
        ("watermark", "S%d" % len(WATERMARK)), ("values", "<f4", dimension)])
    assert record.itemsize == 20 + key + value, record.itemsize

    with open(path, "wb") as file:
        file.write(b"VFSLOG 1")

        for first in range(0, count, 100000):
            n = min(100000, count - first)
            block = numpy.zeros(n, record)
            row = numpy.arange(first, first + n)
            ids = rng.integers(0, IDS, n)
            block["partition"] = 0
            block["offset"] = row
            block["key_len"] = key
            block["value_len"] = value
            block["key"] = numpy.char.add(
                "user:", numpy.char.zfill(ids.astype("U7"), 7)).astype("S12")
            block["kind"] = b"V"
            block["format"] = 1
            block["visible"] = START + row
            block["sent"] = START + row
            block["event"] = START + row - 5000
            block["count"] = row
            block["watermark_len"] = len(WATERMARK)
            block["dimension"] = dimension
            block["watermark"] = WATERMARK
            block["values"] = rng.standard_normal((n, dimension),
                                                  numpy.float32)
            file.write(block.tobytes())

        file.write((0xffffffff).to_bytes(4, "little")
                   + count.to_bytes(8, "little") + bytes(8))


def write_labels(path, count, span, rng):
    ids = rng.integers(0, IDS, count)
    times = START + rng.integers(0, span, count)

    with open(path, "w") as file:
        file.write("id,time,bought\n")

        for i in range(count):
            file.write("%07d,%d,%d\n" % (ids[i], times[i], i & 1))


def join(build, directory):
    """Seconds, and the most memory that the process held, in MB."""

    peak = 0
    began = time.monotonic()
    process = subprocess.Popen([
        os.path.join(build, "vfs-train"), "join", "--log",
        os.path.join(directory, "log"), "--labels",
        os.path.join(directory, "labels.csv"), "--format", "npy", "--output",
        os.path.join(directory, "out")], env=dict(os.environ,
                                                  TMPDIR=directory))

    while process.poll() is None:
        peak = max(peak, memory_kb(process.pid))
        time.sleep(0.05)

    if process.returncode != 0:
        raise SystemExit("vfs-train join: status %d" % process.returncode)

    return time.monotonic() - began, peak / 1024


def memory_kb(pid):
    """The most that the process held so far."""

    try:
        with open("/proc/%d/status" % pid) as status:
            for line in status:
                if line.startswith("VmHWM:"):
                    return int(line.split()[1])

    except OSError:
        pass

    return 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    parser.add_argument("--versions", type=int, default=10000000)
    parser.add_argument("--labels", type=int, default=1000000)
    parser.add_argument("--dimension", type=int, default=32)
    parser.add_argument("--directory", default=tempfile.gettempdir())
    parser.add_argument("--quick", action="store_true",
                        help="a hundredth, to see that it runs")
    options = parser.parse_args()

    if options.quick:
        options.versions //= 100
        options.labels //= 100

    rng = numpy.random.default_rng(1)
    directory = tempfile.mkdtemp(prefix="vfs-join-", dir=options.directory)

    try:
        write_labels(os.path.join(directory, "labels.csv"), options.labels,
                     options.versions, rng)

        for count in (options.versions // 10, options.versions):
            write_log(os.path.join(directory, "log"), count,
                      options.dimension, rng)
            size = os.path.getsize(os.path.join(directory, "log"))
            elapsed, memory = join(options.build, directory)
            print("%d versions (%.1f GB), %d labels: %.1f s, %.0f MB"
                  % (count, size / 1e9, options.labels, elapsed, memory),
                  flush=True)

    finally:
        shutil.rmtree(directory)


if __name__ == "__main__":
    sys.exit(main())
