"""Relative links and pictures of Markdown pages."""

import os
import re

LINK = r"\]\(([^)\s]+)[^)]*\)|(?:src|srcset|href)=\"([^\"\s]+)[^\"]*\""


def pages(top):
    """Every page under a directory."""

    return sorted(os.path.relpath(os.path.join(folder, name), top)
                  for folder, _, names in os.walk(top)
                  for name in names if name.endswith(".md"))


def anchors(path):
    """What its headings are called in links."""

    with open(path) as file:
        text = re.sub(r"(?ms)^```.*?^```$", "", file.read())

    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip()
            .replace(" ", "-")
            for heading in re.findall(r"(?m)^#+ (.*)$", text)}


def broken(top, names):
    """["page: target"] of the links that lead nowhere, or out of "top"."""

    found = []

    for name in names:
        with open(os.path.join(top, name)) as file:
            text = re.sub(r"(?ms)^```.*?^```$", "", file.read())

        for match in re.findall(LINK, text):
            target = match[0] or match[1]
            path, _, anchor = target.partition("#")

            if re.match(r"\w+:", target):
                continue

            where = os.path.normpath(
                os.path.join(os.path.dirname(name), path)) if path else name
            there = os.path.join(top, where)

            if where.startswith("..") or not os.path.exists(there):
                found.append("%s: %s" % (name, target))

            elif anchor and anchor not in anchors(there):
                found.append("%s: %s" % (name, target))

    return found
