"""Reads a Dockerfile and executes its steps without a container engine, in
root file systems made by debootstrap.

What is not known here is refused, never passed over.
"""

import fnmatch
import glob
import json
import os
import re
import shlex
import shutil
import subprocess

from roots import Root, say

BASES = {"debian:bookworm-slim": "bookworm", "debian:trixie-slim": "trixie"}
NOTED = ("EXPOSE", "LABEL")


class Unknown(Exception):
    pass


def instructions(text):
    """(name, rest) of each, lines joined, comments gone."""

    found = []
    joined = ""

    for line in text.split("\n"):
        if line.lstrip().startswith("#") or (not line.strip() and joined):
            continue

        if line.rstrip().endswith("\\"):
            joined += line.rstrip()[:-1] + " "
            continue

        joined += line

        if joined.strip():
            name, _, rest = joined.strip().partition(" ")
            found.append((name.upper(), rest.strip()))

        joined = ""

    return found


def expand(text, variables):
    """$NAME and ${NAME} as Docker puts them."""

    def value(match):
        name = match.group(1) or match.group(2)

        if name not in variables:
            raise Unknown("variable %s in \"%s\"" % (name, text))

        return variables[name]

    return re.sub(r"\$\{(\w+)\}|\$(\w+)", value, text)


def pairs(text):
    """NAME=VALUE words."""

    return dict(word.split("=", 1) for word in shlex.split(text))


def exec_form(text):
    """The command as a list; the shell form becomes one of sh."""

    if text.startswith("["):
        return json.loads(text)

    return ["/bin/sh", "-c", text]


class Ignore:
    """A .dockerignore; later lines win, "!" takes back."""

    def __init__(self, path):
        self.rules = []

        with open(path) as lines:
            for line in lines:
                line = line.strip()

                if line and not line.startswith("#"):
                    keep = line.startswith("!")
                    self.rules.append((line.lstrip("!").strip("/"), keep))

    def ignores(self, path):
        ignored = False
        parts = path.split("/")
        prefixes = ["/".join(parts[:n + 1]) for n in range(len(parts))]

        for pattern, keep in self.rules:
            names = prefixes

            if pattern.startswith("**/"):
                pattern = pattern[3:]
                names = parts

            if any(fnmatch.fnmatchcase(name, pattern) for name in names):
                ignored = not keep

        return ignored


def make_context(clone, directory):
    """What a build of the clone is sent: the files but the ignored ones."""

    ignore = Ignore(os.path.join(clone, ".dockerignore"))
    os.makedirs(directory)

    for folder, names, files in os.walk(clone):
        relative = os.path.relpath(folder, clone)

        for name in files:
            path = os.path.normpath(os.path.join(relative, name))

            if ignore.ignores(path):
                continue

            target = os.path.join(directory, path)
            os.makedirs(os.path.dirname(target), exist_ok=True)
            shutil.copy2(os.path.join(folder, name), target,
                         follow_symlinks=False)

        names[:] = [n for n in names if not ignore.ignores(
            os.path.normpath(os.path.join(relative, n)))]


class Stage:
    """A root file system and what the image would say about it."""

    def __init__(self, root, suite):
        self.root = root
        self.suite = suite
        self.env = {}
        self.args = {}
        self.cwd = "/"
        self.user = "root"
        self.entrypoint = []
        self.cmd = []
        self.healthcheck = None
        self.stop_signal = "SIGTERM"
        self.volumes = []
        self.noted = []

    def variables(self):
        return self.args | self.env


class Builder:

    def __init__(self, dockerfile, context, build):
        self.dockerfile = dockerfile
        self.context = context
        self.build = build
        self.stages = []
        self.names = {}
        self.globals = {}

    def run(self):
        """The last stage; its predecessors are there until close()."""

        with open(self.dockerfile) as text:
            for name, rest in instructions(text.read()):
                say("%s %s" % (name, rest[:60]))
                self.step(name, rest)

        return self.stages[-1]

    def close(self):
        for stage in self.stages:
            stage.root.__exit__()

    def step(self, name, rest):
        if name == "ARG":
            key, _, default = rest.partition("=")
            target = self.stages[-1].args if self.stages else self.globals
            target[key] = default or self.globals.get(key, "")
            return

        if name == "FROM":
            self.begin(rest)
            return

        stage = self.stages[-1]

        if name in NOTED:
            stage.noted.append((name, rest))
            return

        method = getattr(self, "do_" + name.lower(), None)

        if method is None:
            raise Unknown("instruction %s" % name)

        method(stage, rest)

    def begin(self, rest):
        words = expand(rest, self.globals).split()
        image = words[0]

        if image not in BASES or (len(words) > 1 and words[1].upper() != "AS"):
            raise Unknown("FROM %s" % rest)

        root = Root(BASES[image], self.build)
        root.__enter__()
        self.stages.append(Stage(root, BASES[image]))

        if len(words) == 3:
            self.names[words[2]] = self.stages[-1]

    def do_env(self, stage, rest):
        stage.env |= pairs(expand(rest, stage.variables()))

    def do_workdir(self, stage, rest):
        stage.cwd = os.path.join(stage.cwd, expand(rest, stage.variables()))
        os.makedirs(stage.root.inside(stage.cwd), exist_ok=True)

    def do_user(self, stage, rest):
        stage.user = rest

    def do_run(self, stage, rest):
        if rest.startswith(("--", "<<")):
            raise Unknown("RUN %s" % rest)

        stage.root.run(exec_form(rest), cwd=stage.cwd, user=stage.user,
                       env=stage.variables())

    def do_copy(self, stage, rest):
        words = shlex.split(expand(rest, stage.variables()))
        origin = self.context
        flags = [word for word in words if word.startswith("--")]
        words = words[len(flags):]

        for flag in flags:
            key, _, value = flag.partition("=")

            if key != "--from" or value not in self.names:
                raise Unknown("COPY %s" % flag)

            origin = self.names[value].root.path

        target = stage.root.inside(os.path.join(stage.cwd, words[-1]))

        if words[-1].endswith("/") or words[-1] == ".":
            os.makedirs(target, exist_ok=True)

        for word in words[:-1]:
            matches = glob.glob(os.path.join(origin, word.lstrip("/")))

            if not matches:
                raise Unknown("COPY: no %s" % word)

            for path in matches:
                # the contents of a directory, as Docker does
                if os.path.isdir(path):
                    path = os.path.join(path, ".")

                subprocess.run(["cp", "-a", "--no-preserve=ownership", path,
                                target], check=True)

    def do_stopsignal(self, stage, rest):
        stage.stop_signal = rest

    def do_volume(self, stage, rest):
        stage.volumes += rest.split()

    def do_entrypoint(self, stage, rest):
        stage.entrypoint = exec_form(rest)

    def do_cmd(self, stage, rest):
        stage.cmd = exec_form(rest)

    def do_healthcheck(self, stage, rest):
        options, found, command = rest.partition("CMD ")

        if not found or any(not word.startswith("--")
                            for word in options.split()):
            raise Unknown("HEALTHCHECK %s" % rest)

        stage.healthcheck = exec_form(command.strip())
