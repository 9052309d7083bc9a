"""vfs-train, run against a pipeline."""

import gzip
import json
import os
import subprocess


class Train:

    def __init__(self, pipeline):
        self._pipeline = pipeline
        self._program = os.path.join(pipeline.build, "vfs-train")

    def env(self, **more):
        pipeline = self._pipeline
        gateway = "http://127.0.0.1:%d" % pipeline.port

        return pipeline.env(**({
            "VFS_GATEWAY_URL": gateway,
            "VFS_STATS_URL": gateway + "/stats/ingest"} | more))

    def run(self, *arguments, timeout=300, **env):
        """The finished process, its output as text."""

        return subprocess.run([self._program, *arguments],
                              env=self.env(**env), capture_output=True,
                              text=True, timeout=timeout, check=False)

    def start(self, *arguments, **env):
        return subprocess.Popen([self._program, *arguments],
                                env=self.env(**env), text=True,
                                stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE)


def counts(output):
    """The numbers of the last line that has any."""

    line = output.strip().splitlines()[-1].replace("in all ", "")
    words = line.split(";")[0].split(", ")

    return {word.rsplit(" ", 1)[0]: int(word.rsplit(" ", 1)[1])
            for word in words}


def dump(records, path):
    """As kcat -J writes them; what is not UTF-8 is left out there, too."""

    lines = []

    for partition, offset, ms, key, value in (r[:5] for r in records):
        try:
            line = {"topic": "t", "partition": partition, "offset": offset,
                    "ts": ms, "key": None if key is None else key.decode(),
                    "payload": None if value is None else value.decode()}

        except UnicodeDecodeError:
            line = {"topic": "t", "partition": partition, "offset": offset,
                    "ts": ms, "key": "edge-bad", "payload": "not UTF-8"}

        lines.append(json.dumps(line))

    write(lines, path)

    return lines


def write(lines, path):
    with gzip.open(path, "wt") as file:
        file.write("".join(line + "\n" for line in lines))
