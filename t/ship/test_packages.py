#!/usr/bin/env python3
"""The Debian packages: built from a clone with dpkg-buildpackage in a fresh
Debian 12, passed by lintian, installed in another one, and run there."""

import argparse
import glob
import gzip
import os
import re
import shutil
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.abspath(os.path.join(HERE, "..", ".."))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "kafka"),
                os.path.join(HERE, "..", "docs")]

from links import broken, pages    # noqa: E402
from processes import end_on_signals    # noqa: E402
from roots import Root, need_root, say    # noqa: E402

NAMES = {"vfs", "vfs-common", "vfs-ingest", "vfs-index",
         "libnginx-mod-http-vfs"}
options = None
packages = None
lintian = None
work = None


def apt_install(root, *names):
    root.run(["apt-get", "-q", "update"])
    root.run(["apt-get", "-q", "-y", "install", "--no-install-recommends",
              *names])


def build():
    """Builds the packages, and copies them to "packages"."""

    with Root("bookworm", options.build) as root:
        apt_install(root, "build-essential", "ca-certificates", "git",
                    "lintian")
        root.put_clone(TOP, "/srv/vfs")
        root.run(["apt-get", "-q", "-y", "--no-install-recommends",
                  "build-dep", "./"], cwd="/srv/vfs")
        say("dpkg-buildpackage")
        root.run(["dpkg-buildpackage", "-us", "-uc", "-b", "-j2"],
                 cwd="/srv/vfs")
        said = root.run(["sh", "-c", "lintian --allow-root --fail-on error "
                         "*.changes && echo lintian passed"],
                        cwd="/srv", check=False)

        for path in glob.glob(root.inside("/srv/*.deb")):
            shutil.copy(path, packages)

    return said


def setUpModule():
    global packages, work, lintian

    work = tempfile.mkdtemp(prefix="vfs-packages-")
    packages = os.path.join(work, "packages")
    os.makedirs(packages)
    lintian = build()


def tearDownModule():
    shutil.rmtree(work, ignore_errors=True)


class Packages(unittest.TestCase):

    def install(self, root, *names):
        apt_install(root, *(
            "/srv/packages/" + os.path.basename(path)
            for name in names
            for path in glob.glob(os.path.join(packages, name + "_*.deb"))))

    def check_documents(self, root, manuals):
        """What pages and manuals name is there, whatever else is."""

        top = root.inside("/usr/share/doc/vfs")
        named = set()

        self.assertIn("docs/operations.md", pages(top))
        self.assertEqual(broken(top, pages(top)), [])

        for path in glob.glob(root.inside("/usr/share/man/man[18]/vfs*.gz")):
            with gzip.open(path, "rt") as file:
                for name in re.findall(r"(?m)^\.(?:It )?Pa (/(?:usr|etc)/\S+)",
                                       file.read()):
                    self.assertTrue(os.path.exists(root.inside(name)), name)
                    named.add(os.path.basename(path)[:-len(".gz")])

        self.assertLessEqual(manuals, named)

    def test_lintian_finds_no_error(self):
        print(lintian)

        self.assertIn("lintian passed", lintian)
        self.assertNotIn("E: ", lintian)

    def test_they_install_and_run(self):
        names = {os.path.basename(path).split("_")[0]
                 for path in glob.glob(os.path.join(packages, "*.deb"))
                 if "-dbgsym" not in path}
        self.assertEqual(names, NAMES)

        with Root("bookworm", options.build) as root:
            shutil.copytree(packages, root.inside("/srv/packages"))
            self.install(root, "vfs-common", "vfs-index")
            self.check_documents(root, {"vfs.1", "vfs-index.8"})
            self.install(root, *NAMES)
            self.check_documents(root, {"vfs.1", "vfs-copy.1", "vfs-train.1",
                                        "vfs-index.8", "vfs-ingest.8"})
            apt_install(root, "dbus", "logrotate", "systemd-sysv")
            root.run(["nginx", "-t"])
            succeeded, said = root.boot(os.path.join(HERE, "try-services"))
            print(said)
            self.assertTrue(succeeded)
            root.run(["apt-get", "-y", "purge", *sorted(NAMES)])
            self.assertFalse(os.path.exists(root.inside("/usr/bin/vfs")))


def main():
    global options

    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--build", required=True)
    options, rest = parser.parse_known_args()
    need_root()
    end_on_signals()
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2)


if __name__ == "__main__":
    main()
