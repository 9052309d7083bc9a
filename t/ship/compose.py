"""Compose files: variables, merging, and containers without an engine."""

import os
import re
import subprocess

import yaml


def interpolate(text, env):
    """${NAME}, ${NAME:-default} and ${NAME:?message}."""

    def value(match):
        name, how, rest = match.groups()

        if env.get(name):
            return env[name]

        if how == ":?":
            raise ValueError("%s: %s" % (name, rest))

        return rest or ""

    return re.sub(r"\$\{(\w+)(?:(:[-?])([^}]*))?\}", value, text)


def merge(base, over):
    """Mappings are merged, all else is replaced, as far as these files ask."""

    if not isinstance(base, dict) or not isinstance(over, dict):
        return over

    return base | {key: merge(base[key], value) if key in base else value
                   for key, value in over.items()}


def load(paths, env):
    merged = {}

    for path in paths:
        with open(path) as file:
            merged = merge(merged, yaml.safe_load(
                interpolate(file.read(), env)))

    return merged


def active(project, profiles=()):
    """The services that "up" starts, in the order of their dependencies."""

    services = project["services"]
    names = [name for name, service in services.items()
             if not service.get("profiles")
             or set(service["profiles"]) & set(profiles)]
    ordered = []

    def add(name):
        for needed, how in services[name].get("depends_on", {}).items():
            if needed in names:
                add(needed)

            elif how.get("required", True):
                raise ValueError("%s needs %s" % (name, needed))

        if name not in ordered:
            ordered.append(name)

    for name in names:
        add(name)

    return ordered


class Container:
    """How a service of an image (dockerfile.Stage) is started here."""

    def __init__(self, stage, service, directory):
        self.root = stage.root
        self.env = stage.env | {key: str(value) for key, value
                                in service.get("environment", {}).items()}
        self.user = stage.user.split(":")[0]
        self.read_only = service.get("read_only", False)
        self.entrypoint = service.get("entrypoint", stage.entrypoint)
        self.cmd = service.get("command", stage.cmd)
        self.stop_signal = service.get("stop_signal", stage.stop_signal)
        self.tmpfs = []
        self.binds = []
        health = service.get("healthcheck", {}).get("test")
        self.healthcheck = health[1:] if health else stage.healthcheck

        # a volume starts as the image's directory is: its owner, its mode
        for path in stage.volumes:
            here = os.path.join(directory, path.strip("/").replace("/", "-"))
            os.makedirs(here, exist_ok=True)
            os.chown(here, int(self.user), int(self.user))
            self.binds.append((here, path))

    def command(self, command=None):
        """The command line that starts it, or another command in it."""

        return self.root.command(
            command or [*self.entrypoint, *self.cmd], user=self.user,
            env=self.env, read_only=self.read_only, binds=self.binds)

    def run(self, command):
        return subprocess.run(self.command(command), capture_output=True,
                              text=True, timeout=120)

    def healthy(self):
        return self.run(self.healthcheck).returncode == 0
