#!/usr/bin/env python3
"""Runs every benchmark in one go and writes a report of what they found.

    report.py --build DIR --kafka JARS [--quick] [--output FILE] [NAME...]

Each script bench/NAME.py prints tables in Markdown, and writes its figures,
and what to plot of them, to the file that --json names.  One that fails or
takes too long is reported, and the rest goes on; the exit status is then 1.
"""

import argparse
import datetime
import glob
import html
import json
import os
import platform
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)

# All of them are to take less than twenty minutes.
LIMIT = 300
ALL = 19 * 60
SHOWN = 4000


def first_line(path):
    with open(path) as file:
        match = re.search(r'"""(.*?)\.?(?:\n|""")', file.read())

    return match.group(1) if match else os.path.basename(path)


def paragraphs(path):
    """What a script says of itself, after its first line."""

    with open(path) as file:
        match = re.search(r'"""(.*?)"""', file.read(), re.S)

    parts = match.group(1).strip().split("\n\n") if match else []

    return [" ".join(part.split()) for part in parts[1:]
            if not part.startswith("    ")]


class Benchmark:

    def __init__(self, path):
        self.path = path
        self.name = os.path.basename(path)[:-len(".py")]
        self.title = first_line(path)
        self.output = ""
        self.figures = None
        self.failure = None
        self.seconds = 0.0

    def options(self, given, figures):
        """Those of the script's options that there are values for."""

        with open(self.path) as file:
            text = file.read()

        values = {"--build": os.path.abspath(given.build),
                  "--kafka": given.kafka and os.path.abspath(given.kafka),
                  "--json": figures}
        words = []

        for option, value in values.items():
            if '"%s"' % option in text and value:
                words += [option, value]

        if given.quick and '"--quick"' in text:
            words.append("--quick")

        return words

    def run(self, given, limit):
        begin = time.monotonic()

        with tempfile.TemporaryDirectory() as directory:
            figures = os.path.join(directory, "figures.json")
            log = os.path.join(directory, "errors")
            self.execute([sys.executable, "-B", self.path,
                          *self.options(given, figures)], log, limit)

            with open(log, errors="replace") as file:
                errors = file.read()

            if self.failure and errors:
                self.output += "\n" + errors

            self.read(figures)

        self.seconds = time.monotonic() - begin

    def execute(self, command, log, limit):
        with open(log, "w") as errors:
            child = subprocess.Popen(command, stdout=subprocess.PIPE,
                                     stdin=subprocess.DEVNULL, stderr=errors,
                                     text=True, errors="replace",
                                     start_new_session=True)

            try:
                self.output, _ = child.communicate(timeout=limit)

                if child.returncode != 0:
                    self.failure = "exit status %d" % child.returncode

            except subprocess.TimeoutExpired:
                self.failure = "not done after %g s" % limit
                end(child)
                self.output, _ = child.communicate()

    def read(self, path):
        if not os.path.exists(path):
            return

        try:
            with open(path) as file:
                self.figures = json.load(file)

        except ValueError as error:
            self.failure = self.failure or "figures: %s" % error


def end(child):
    """SIGTERM, so that it ends what it started; then SIGKILL."""

    os.killpg(child.pid, signal.SIGTERM)

    try:
        child.wait(15)

    except subprocess.TimeoutExpired:
        pass

    try:
        os.killpg(child.pid, signal.SIGKILL)

    except ProcessLookupError:
        pass


def said(*command):
    """The first line that a program prints, or "not here"."""

    try:
        text = subprocess.run(command, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True,
                              timeout=30).stdout.strip()

    except (OSError, subprocess.TimeoutExpired):
        return "not here"

    return text.split("\n")[0] if text else "not here"


def processor():
    with open("/proc/cpuinfo") as file:
        match = re.search(r"model name\s*: (.*)", file.read())

    return match.group(1) if match else platform.machine()


def memory():
    with open("/proc/meminfo") as file:
        return int(re.search(r"MemTotal:\s+(\d+)", file.read()).group(1)) >> 20


def package(name):
    return said("dpkg-query", "-W", "-f", "${Version}", name)


def kafka_version(jars):
    found = glob.glob(os.path.join(jars or "", "kafka-clients-*.jar"))

    return re.search(r"clients-(.*)\.jar", found[0]).group(1) if found else \
        "not here"


def machine(given):
    """Rows of what was measured on what."""

    path = os.environ["PATH"] + ":/usr/sbin"

    return [
        ("date", datetime.datetime.now(datetime.timezone.utc).strftime(
            "%Y-%m-%d %H:%M UTC")),
        ("commit", said("git", "-C", ROOT, "describe", "--always",
                        "--dirty")),
        ("processor", "%s, %d cores" % (processor(), os.cpu_count())),
        ("memory", "%d GB" % memory()),
        ("load when it began", "%.2f" % os.getloadavg()[0]),
        ("system", "%s, Linux %s" % (said(
            "sh", "-c", ". /etc/os-release; echo $PRETTY_NAME"),
            platform.release())),
        ("compiler", said("gcc", "--version")),
        ("nginx", said(shutil.which("nginx", path=path) or "nginx", "-v")),
        ("librdkafka", package("librdkafka1")),
        ("Apache Kafka", kafka_version(given.kafka)),
        ("Node.js", said("node", "--version"))]


def draw(plot, directory):
    """The name of the picture."""

    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "vfs"
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(7, 3.6))

    for series in plot["series"]:
        points = [p for p in series["points"] if None not in p]
        axes.plot([x for x, _ in points], [y for _, y in points],
                  marker="o" if len(points) < 20 else None, markersize=4,
                  label=series["name"])

    for axis in plot.get("log", ""):
        getattr(axes, "set_%sscale" % axis)("log")

    axes.set_xlabel(plot["x"])
    axes.set_ylabel(plot["y"])
    axes.set_title(plot["title"], fontsize=11)
    axes.grid(True, which="both", alpha=0.25)
    axes.legend(frameon=False, fontsize=9)

    if "y" not in plot.get("log", ""):
        axes.set_ylim(bottom=0)

    name = "bench-%s.svg" % re.sub(r"[^a-z0-9-]", "-", plot["name"].lower())
    figure.tight_layout()
    figure.savefig(os.path.join(directory, name), metadata={"Date": None})
    pyplot.close(figure)

    return name


def pictures(benchmark, directory):
    """Lines of Markdown; a plot that cannot be drawn is said."""

    lines = []
    figures = benchmark.figures

    for plot in figures.get("plots", []) if isinstance(figures, dict) else []:
        try:
            name = draw(plot, directory)
            lines += ["![%s](images/%s)" % (plot["title"], name), ""]

        except Exception as error:    # a report without it is worth more
            lines += ["A plot is missing: %s: %s" % (type(error).__name__,
                                                    error), ""]

    return lines


def compact(raw):
    """JSON with a member a line, but each list of numbers in one."""

    def shorten(match):
        value = float(match.group())

        return ("%.6g" if abs(value) < 1e6 else "%.0f") % value

    def join(match):
        return " ".join(match.group().split())

    text = json.dumps(raw, indent=1)
    text = re.sub(r"-?\d+\.\d+(e[-+]\d+)?", shorten, text)

    return re.sub(r"\[[-+\d.e,\s]+\]", join, text)


def section(benchmark, directory):
    lines = ["## " + benchmark.title, ""]

    for text in paragraphs(benchmark.path):
        lines += [text, ""]

    lines += ["`bench/%s.py`, %d s." % (benchmark.name, benchmark.seconds),
              ""]

    if benchmark.failure:
        lines += ["**Failed: %s.**" % benchmark.failure, "", "<pre>",
                  html.escape(benchmark.output[-SHOWN:]), "</pre>", ""]
        return lines

    text = benchmark.output.strip()
    lines += [text, ""] if "|" in text else ["```text", text, "```", ""]
    lines += pictures(benchmark, directory)

    if benchmark.figures is not None:
        raw = benchmark.figures

        if isinstance(raw, dict):
            raw = {key: value for key, value in raw.items() if key != "plots"}

        lines += ["<details><summary>Raw figures</summary>", "", "```json",
                  compact(raw), "```", "", "</details>", ""]

    return lines


def write(benchmarks, rows, output):
    images = os.path.join(os.path.dirname(os.path.abspath(output)), "images")
    os.makedirs(images, exist_ok=True)

    lines = ["# Benchmarks", "", "Written by `make bench`: every part beside "
             "its peers, in one run on one machine. What is compared is "
             "measured in turns or right after each other; ratios and CPU "
             "time carry over to other machines, absolute times do not.", "",
             "| | |", "|---|---|"]
    lines += ["| %s | %s |" % row for row in rows]
    lines += ["| the whole run | %d s |" % sum(b.seconds for b in benchmarks),
              ""]

    for benchmark in benchmarks:
        lines += section(benchmark, images)

    with open(output, "w") as file:
        file.write("\n".join(line.rstrip() for line in
                             "\n".join(lines).rstrip().split("\n")) + "\n")


def scripts(directory, names):
    """All of them, or those named; those that measure have an option
    --build."""

    found = []

    for path in sorted(glob.glob(os.path.join(directory, "*.py"))):
        with open(path) as file:
            text = file.read()

        if path != os.path.abspath(__file__) and '"--build"' in text:
            found.append(Benchmark(path))

    unknown = set(names) - {benchmark.name for benchmark in found}

    if unknown:
        sys.exit("report.py: no benchmark \"%s\"" % sorted(unknown)[0])

    return [b for b in found if not names or b.name in names]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--build", required=True)
    parser.add_argument("--kafka", help="directory of Kafka's jars")
    parser.add_argument("--quick", action="store_true",
                        help="little of everything, to see that it runs")
    parser.add_argument("--output", default=os.path.join(
        ROOT, "docs", "benchmarks.md"))
    parser.add_argument("--scripts", default=HERE,
                        help="where they are, bench/")
    parser.add_argument("--limit", type=float, default=LIMIT,
                        help="seconds for each, %d" % LIMIT)
    parser.add_argument("names", nargs="*", metavar="NAME")
    options = parser.parse_args()
    benchmarks = scripts(options.scripts, options.names)
    rows = machine(options)
    last = time.monotonic() + ALL

    for benchmark in benchmarks:
        left = last - time.monotonic()
        print("== %s" % benchmark.name, flush=True)

        if left < 1:
            benchmark.failure = "no time left"

        else:
            benchmark.run(options, min(options.limit, left))

        print(benchmark.output.strip())
        print("FAILED: %s\n" % benchmark.failure if benchmark.failure else "",
              flush=True)

    write(benchmarks, rows, options.output)
    failed = [b.name for b in benchmarks if b.failure]
    print("report: %s%s" % (options.output, "; failed: " + ", ".join(failed)
                            if failed else ""))

    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
