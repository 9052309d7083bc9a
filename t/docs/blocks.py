"""The commands of README.md, CONTRIBUTING.md, SECURITY.md and docs/*.md.

A fenced block of "sh" is a script, one of "console" is commands after "$ " and
what they print.  A comment of HTML in the line before the fence says how a
block is run, if not in the usual way:

    <!-- docs-test: until "TEXT" -->    each command is ended when it has
                                        printed TEXT
    <!-- docs-test: watches "TEXT" -->  the same, asking the system that serves
    <!-- docs-test: serves URL -->      the script is ended when URL answers
    <!-- docs-test: fresh -->           on a machine of its own, t/ship/
    <!-- docs-test: elsewhere WHY -->   not here
"""

import glob
import os
import re

LANGUAGES = ("sh", "console", "json", "js", "nginx", "text", "yaml", "python",
             "http", "sql", "mermaid", "ini", "csv")
COMMANDS = r"(?:make|vfs|vfs-\w+|bin/vfs|docker|curl|apt-get|apt|systemctl|" \
    r"git|nginx|python3|npm|kcat|sudo) "


class Block:

    def __init__(self, path, line, language, how, text):
        self.where = "%s:%d" % (path, line)
        self.path = path
        self.language = language
        self.how, _, self.argument = how.partition(" ")
        self.text = text

    def commands(self):
        """[(command, what it prints)] of a console block; of a script, its
        commands, continued lines joined."""

        if self.language == "console":
            found = []

            for line in self.text.split("\n"):
                if line.startswith("$ "):
                    found.append((line[2:], []))

                elif found:
                    found[-1][1].append(line)

            return [(command, "\n".join(lines).strip())
                    for command, lines in found]

        joined = re.sub(r"\\\n\s*", "", self.text)

        return [(line, "") for line in joined.split("\n")
                if line.strip() and not line.startswith("#")]


def documents(top):
    names = ["README.md", "CONTRIBUTING.md", "SECURITY.md"]

    return [name for name in names if os.path.exists(os.path.join(top, name))
            ] + sorted(os.path.relpath(path, top) for path
                       in glob.glob(os.path.join(top, "docs", "*.md")))


def read(top, path):
    """(blocks of commands, complaints) of one document."""

    blocks = []
    complaints = []
    fence = None
    how = ""

    with open(os.path.join(top, path)) as file:
        lines = file.read().split("\n")

    for n, line in enumerate(lines, 1):
        if fence is not None:
            if line.strip() == "```":
                if fence[1] in ("sh", "console"):
                    blocks.append(Block(path, *fence[:3],
                                        "\n".join(fence[3])))

                fence = None

            else:
                fence[3].append(line)

        elif line.startswith("```"):
            language = line[3:].strip()

            if language not in LANGUAGES and language:
                complaints.append("%s:%d: block of \"%s\"" % (path, n,
                                                             language))

            fence = (n, language, how, [])

        elif re.match(r"(?:    |\t)" + COMMANDS, line):
            complaints.append("%s:%d: a command outside of a block of sh or "
                              "console" % (path, n))

        found = re.match(r"<!-- docs-test: (.*) -->$", line)
        how = found.group(1) if found else ""

    return blocks, complaints


def read_all(top):
    every = [read(top, path) for path in documents(top)]

    return ([block for blocks, _ in every for block in blocks],
            [complaint for _, complaints in every for complaint in complaints])
