"""Files and functions of the tree that pages name in `backticks`."""

import fnmatch
import glob
import os
import re
import subprocess

SOURCE = (".c", ".h", ".cc")


class Tree:

    def __init__(self, top):
        self.top = top
        self.files = subprocess.run(
            ["git", "-C", top, "ls-files"], check=True, capture_output=True,
            text=True).stdout.split()
        self.folders = {path.split("/")[0] for path in self.files
                        if "/" in path}
        self.functions = {}

        for path in self.files:
            if path.endswith(SOURCE):
                with open(os.path.join(top, path), errors="replace") as file:
                    for name in re.findall(r"(?m)^(\w+)\(", file.read()):
                        self.functions.setdefault(name, set()).add(path)

    def has(self, word):
        """Whether a path, "*" for some characters, or the end of a name."""

        if "/" in word:
            return bool(glob.glob(os.path.join(self.top, word)))

        return any(path.endswith(word) for path in self.files)

    def is_ours(self, word):
        folder, slash, _ = word.partition("/")

        return bool(slash and folder in self.folders) or (
            not slash and word.endswith(SOURCE))

    def table(self, page, folder):
        """Complaints about the table of a folder's files: the names in its
        first column are there, and every file of the folder is in it."""

        prefix = "%s/vfs_%s_" % (folder, folder)
        stems = {os.path.splitext(path[len(prefix):])[0]
                 for path in self.files
                 if path.startswith(prefix) and path.endswith(SOURCE)}

        with open(os.path.join(self.top, page)) as file:
            rows = re.search(r"(?m)^\| files? .*`%s/.*\n\|.*\n((?:\|.*\n)+)"
                             % folder, file.read()).group(1)

        named = [os.path.splitext(name)[0] for row in rows.splitlines()
                 for name in re.findall(r"`([^`]+)`", row.split("|")[1])]

        return ["%s: %s" % (page, name) for name in named
                if not fnmatch.filter(stems, name)] + [
                    "%s: nothing of %s%s" % (page, prefix, stem)
                    for stem in sorted(stems)
                    if not any(fnmatch.fnmatch(stem, name)
                               for name in named)]

    def misplaced(self, sentence):
        """Functions that a sentence names before the file that they are in,
        as "`a()` and `b()`, both in `c`"."""

        wrong = []
        before = []

        for name, path in re.findall(r"`(\w+)\(\)`| in `([^`]+)`", sentence):
            if name:
                before.append(name)
                continue

            wrong += ["%s() in %s" % (name, path) for name in before
                      if path not in self.functions.get(name, ())]
            before = []

        return wrong

    def missing(self, page):
        """["page: name"] of what is named and is not there."""

        with open(os.path.join(self.top, page)) as file:
            text = re.sub(r"(?ms)^```.*?^```$", "", file.read())

        wrong = [word for code in re.findall(r"`([^`\n]+)`", text)
                 for word in code.split() if re.fullmatch(r"[\w.*/-]+", word)
                 and self.is_ours(word) and not self.has(word)]

        wrong += [name + "()" for name in re.findall(r"`(\w+)\(\)`", text)
                  if name not in self.functions]

        for sentence in re.split(r"\.\s|\n", text):
            wrong += self.misplaced(sentence)

        return ["%s: %s" % (page, name) for name in wrong]
