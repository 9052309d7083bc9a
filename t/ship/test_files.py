#!/usr/bin/env python3
"""What ships besides programs: make install, service files, man pages,
logrotate, Dockerfile and compose files, each read by the tool it is for."""

import glob
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.abspath(os.path.join(HERE, "..", ".."))
BUILD = os.path.abspath(os.environ["VFS_BUILD"])
LINTERS = os.environ["SHIP_PYTHON"]
sys.path[:0] = [HERE, os.path.join(HERE, "..", "docs"), LINTERS]

import compose    # noqa: E402
import compose_spec    # noqa: E402
import links    # noqa: E402

SERVICES = ("vfs-index", "vfs-ingest", "vfs-gateway")

# "systemd-analyze security" gives 0 to 10, of exposure, and times ten here
EXPOSURE = 15


def run(*command, **how):
    return subprocess.run(command, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, **how)


class Installed(unittest.TestCase):
    """make install, as a packager does it."""

    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.mkdtemp(prefix="vfs-install-")
        os.chmod(cls.directory, 0o755)
        cls.install()

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.directory)

    @classmethod
    def install(cls, prefix="/usr", etc="/etc"):
        env = {key: value for key, value in os.environ.items()
               if not key.startswith(("MAKE", "MFLAGS"))}
        subprocess.run(["make", "-s", "install", "BUILD=" + BUILD,
                        "DESTDIR=" + cls.directory, "PREFIX=" + prefix,
                        "SYSCONFDIR=" + etc], cwd=TOP, env=env, check=True)

    def path(self, path):
        return os.path.join(self.directory, path)

    def files(self):
        return {os.path.relpath(os.path.join(folder, name), self.directory)
                for folder, _, names in os.walk(self.directory)
                for name in names}

    def programs(self):
        return sorted(name for name in os.listdir(self.path("usr/bin"))
                      if name.startswith("vfs-"))

    def page(self, program):
        for section in ("1", "8"):
            path = self.path("usr/share/man/man%s/%s.%s" % (section, program,
                                                            section))

            if os.path.exists(path):
                return path

        self.fail("no man page of " + program)

    def test_everything_is_there(self):
        files = self.files()

        self.assertLessEqual({
            "usr/bin/vfs", "usr/bin/vfs-index", "usr/bin/vfs-ingest",
            "usr/bin/vfs-train", "usr/bin/vfs-player", "usr/bin/vfs-broker",
            "usr/bin/vfs-copy",
            "usr/lib/vfs/ngx_http_vfs_module.so",
            "usr/share/vfs/html/index.html", "usr/share/vfs/commands/demo.sh",
            "usr/share/vfs/conf/nginx.conf", "usr/share/vfs/conf/vfs.conf",
            "usr/share/vfs/conf/nginx.conf.in",
            "usr/share/vfs/conf/features.json",
            "usr/share/doc/vfs/README.md", "usr/share/doc/vfs/LICENSE",
            "usr/share/doc/vfs/SECURITY.md",
            "usr/share/doc/vfs/docs/operations.md",
            "usr/share/doc/vfs/docs/openapi.json",
            "usr/lib/sysusers.d/vfs.conf",
            "etc/logrotate.d/vfs", "etc/vfs/vfs.env"}, files)

        for name in SERVICES:
            self.assertIn("usr/lib/systemd/system/%s.service" % name, files)

        for name in files:
            mode = stat.S_IMODE(os.stat(self.path(name)).st_mode)
            self.assertEqual(mode, 0o755 if name.startswith("usr/bin/")
                             else 0o644, name)

    def test_the_operators_settings_survive_another_install(self):
        path = self.path("etc/vfs/vfs.env")

        with open(path, "a") as file:
            file.write("VFS_PORT=8088\n")

        self.install()

        with open(path) as file:
            self.assertIn("VFS_PORT=8088\n", file.read())

    def test_links_of_the_pages_lead_somewhere(self):
        top = self.path("usr/share/doc/vfs")
        pages = links.pages(top)

        self.assertEqual(pages, sorted(
            [name for name in os.listdir(TOP) if name.endswith(".md")]
            + ["docs/" + name for name in os.listdir(os.path.join(TOP, "docs"))
               if name.endswith(".md")]))
        self.assertEqual(links.broken(top, pages), [])

    def test_man_pages_name_files_that_are_there(self):
        for prefix, etc in (("/usr", "/etc"), ("/opt/vfs", "/opt/vfs/etc")):
            self.install(prefix, etc)
            named = 0

            for page in glob.glob(self.path(prefix[1:] + "/share/man/*/*")):
                with open(page) as file:
                    text = file.read()

                self.assertNotRegex(text, r"@\w+@")

                for path in re.findall(r"(?m)^\.(?:It )?Pa (/(?:usr|opt|etc)/"
                                       r"\S+)", text):
                    self.assertTrue(path.startswith((prefix + "/",
                                                     etc + "/")), path)
                    self.assertTrue(os.path.exists(self.path(path[1:])),
                                    "%s: %s" % (page, path))
                    named += 1

            self.assertGreater(named, 4)

        shutil.rmtree(self.path("opt"))

    def test_every_program_has_a_man_page_that_is_right(self):
        for program in ["vfs", *self.programs()]:
            said = run("mandoc", "-T", "lint", "-W", "warning",
                       self.page(program))
            self.assertEqual((said.returncode, said.stdout), (0, ""))

    def test_man_pages_know_what_help_knows(self):
        for program in ["vfs", *self.programs()]:
            asked = "help" if program == "vfs" else "--help"
            usage = run(self.path("usr/bin/" + program), asked).stdout
            page = run("mandoc", "-T", "ascii", self.page(program)).stdout
            page = re.sub(".\x08", "", page)
            words = set(re.findall(
                r"--[a-z][a-z-]+|\b(?:VFS|PINECONE|KAFKA)_[A-Z_]*[A-Z]\b",
                usage))

            # commands, each with what it does
            words |= set(re.findall(r"(?m)^  ([a-z]+)  +[a-z]", usage))

            self.assertTrue(words, program)
            self.assertEqual({word for word in words if word not in page},
                             set(), "not in docs/man/ of " + program)

    def test_systemd_accepts_the_services(self):
        units = self.path("units")
        shutil.copytree(self.path("usr/lib/systemd/system"), units)
        self.addCleanup(shutil.rmtree, units)
        os.symlink(self.path("usr/bin"), self.path("bin"))
        self.addCleanup(os.unlink, self.path("bin"))
        paths = []

        # verify wants the programs where a unit says that they are
        for name in SERVICES:
            path = os.path.join(units, name + ".service")

            with open(path) as file:
                text = file.read()

            self.assertNotIn("@bindir@", text)
            self.assertIn("\nExecStart=/usr/bin/vfs ", text)

            with open(path, "w") as file:
                file.write(re.sub(r"(?m)^(Exec\w+=)/usr/bin/",
                                  r"\1%s/" % self.path("bin"), text))

            paths.append(path)

        said = run("systemd-analyze", "verify", "--man=no", *paths)
        self.assertEqual((said.returncode, said.stdout), (0, ""))

        for path in paths:
            said = run("systemd-analyze", "security", "--offline=yes",
                       "--threshold=%d" % EXPOSURE, path)
            self.assertEqual(said.returncode, 0, said.stdout)

    def test_sysusers_makes_the_services_user(self):
        with tempfile.TemporaryDirectory() as root:
            os.makedirs(os.path.join(root, "etc"))
            said = run("systemd-sysusers", "--root=" + root,
                       self.path("usr/lib/sysusers.d/vfs.conf"))
            self.assertEqual(said.returncode, 0, said.stdout)

            with open(os.path.join(root, "etc/passwd")) as file:
                self.assertRegex(file.read(), r"(?m)^vfs:")

    def test_logrotate_accepts_its_file(self):
        with open(self.path("etc/logrotate.d/vfs")) as file:
            text = file.read()

        # this machine has no user vfs
        text = re.sub(r"\bvfs vfs\b", "root root", text)

        with tempfile.TemporaryDirectory() as directory:
            os.mkdir(os.path.join(directory, "log"))
            path = os.path.join(directory, "conf")

            with open(os.path.join(directory, "log", "a.log"), "w") as file:
                file.write("line\n")

            with open(path, "w") as file:
                file.write(text.replace("/var/log/vfs",
                                        os.path.join(directory, "log")))

            said = run("logrotate", "--force", "--state",
                       os.path.join(directory, "state"), path)
            self.assertEqual((said.returncode, said.stdout), (0, ""))
            self.assertIn("a.log.1", os.listdir(os.path.join(directory,
                                                             "log")))


class Containers(unittest.TestCase):

    FILES = ("compose.yaml", "compose.pinecone.yaml")
    PINECONE = {"PINECONE_INDEX_HOST": "https://x.svc.y.pinecone.io",
                "PINECONE_API_KEY": "pcsk_x"}

    def check(self, text):
        project = compose.yaml.safe_load(compose.interpolate(
            text, self.PINECONE))
        found = compose_spec.PyCompose.from_json(json.dumps(project))
        found.validate()

        return found

    def test_the_dockerfile_passes_hadolint(self):
        said = run(os.path.join(LINTERS, "bin", "hadolint"), "Dockerfile",
                   cwd=TOP)
        self.assertEqual((said.returncode, said.stdout), (0, ""))

    def test_compose_files_are_of_the_specification(self):
        for name in self.FILES:
            with open(os.path.join(TOP, name)) as file:
                text = file.read()

            self.check(text)

            with self.assertRaises(ValueError):
                self.check(text.replace("environment:", "environ:"))

    def test_every_file_of_the_compose_project_is_needed(self):
        paths = [os.path.join(TOP, name) for name in self.FILES]
        project = compose.load(paths, self.PINECONE)

        self.assertEqual(compose.active(project),
                         ["kafka", "topics", "gateway", "worker"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
