"""Root file systems of Debian releases with nothing in them, and commands run
inside.

    with Root("bookworm", build) as root:
        root.run(["apt-get", "-y", "install", "make"])

debootstrap makes each release once, into BUILD/roots/SUITE.tar; packages that
apt has fetched are kept beside it.  As root, with debootstrap and unshare.
"""

import glob
import os
import shlex
import shutil
import subprocess
import sys
import tempfile

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
AUTHORITIES = "/usr/local/share/ca-certificates"
BUNDLE = "/etc/ssl/certs/ca-certificates.crt"


def say(text):
    print("# " + text, flush=True)


def mirror():
    """DEBIAN_MIRROR, or where this machine's apt takes Debian from."""

    if "DEBIAN_MIRROR" in os.environ:
        return os.environ["DEBIAN_MIRROR"]

    uris = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(REPO_URI)",
         "Created-By: Packages", "Origin: Debian"], check=True,
        capture_output=True, text=True).stdout.split()

    if not uris:
        sys.exit("apt knows no Debian archive: set DEBIAN_MIRROR to its URL")

    return uris[0]


def tarball(suite, build):
    """Debian's minbase of a suite."""

    directory = os.path.join(build, "roots")
    path = os.path.join(directory, suite + ".tar")

    if os.path.exists(path):
        return path

    os.makedirs(directory, exist_ok=True)
    say("debootstrap %s" % suite)

    with tempfile.TemporaryDirectory(dir=directory) as fresh:
        root = os.path.join(fresh, "root")
        subprocess.run(["debootstrap", "--variant=minbase", suite, root,
                        mirror()], check=True, stdout=subprocess.DEVNULL)
        subprocess.run(["tar", "-C", root, "-cf", path + ".part", "."],
                       check=True)

    os.rename(path + ".part", path)

    return path


class Root:
    """A root file system that is removed at the end, unless kept."""

    def __init__(self, suite, build, keep=None):
        self.suite = suite
        self.build = os.path.abspath(build)
        self.keep = keep
        os.makedirs(os.path.join(self.build, "roots"), exist_ok=True)

        if keep is None:
            self.path = tempfile.mkdtemp(
                prefix=suite + "-", dir=os.path.join(self.build, "roots"))

        else:
            self.path = os.path.abspath(keep)
            os.makedirs(self.path)

        os.chmod(self.path, 0o755)

    def __enter__(self):
        subprocess.run(["tar", "-C", self.path, "-xf",
                        tarball(self.suite, self.build)], check=True)

        for path in glob.glob(os.path.join(self.archives(), "*.deb")):
            target = self.inside("/var/cache/apt/archives/"
                                 + os.path.basename(path))

            if not os.path.exists(target):
                os.link(path, target)

        # what this network needs: name servers, its own authorities
        shutil.copy("/etc/resolv.conf", self.inside("/etc/resolv.conf"))
        own = glob.glob(os.path.join(AUTHORITIES, "*.crt"))
        os.makedirs(self.inside(AUTHORITIES), exist_ok=True)

        for path in own:
            shutil.copy(path, self.inside(path))

        # a mirror may be a copy of an earlier day; keep what is fetched
        with open(self.inside("/etc/apt/apt.conf.d/80vfs"), "w") as conf:
            conf.write('Acquire::Check-Valid-Until "false";\n'
                       'APT::Keep-Downloaded-Packages "true";\n')

        # before the package ca-certificates is there, and instead of it
        if own and os.path.exists(BUNDLE):
            os.makedirs(self.inside("/etc/ssl/certs"), exist_ok=True)
            shutil.copy(BUNDLE, self.inside(BUNDLE))

        return self

    def __exit__(self, *_):
        self.share_packages()

        if self.keep is None:
            shutil.rmtree(self.path, ignore_errors=True)

    def archives(self):
        return os.path.join(self.build, "roots", self.suite + ".apt")

    def share_packages(self):
        """What apt fetched is there for the next root; each has links of its
        own, since apt locks the directory."""

        here = self.archives()
        os.makedirs(here, exist_ok=True)

        for path in glob.glob(self.inside("/var/cache/apt/archives/*.deb")):
            target = os.path.join(here, os.path.basename(path))

            if not os.path.exists(target):
                os.link(path, target)

    def inside(self, path):
        return os.path.join(self.path, path.lstrip("/"))

    def command(self, command, user="root", cwd="/", env=None, binds=(),
                read_only=False, tmpfs=()):
        """The command line, for this machine, of one that runs inside.

        It has a process namespace of its own: whatever it started ends with
        it.  "binds" are pairs of a directory here and one inside, which stay
        writable on a read-only root.
        """

        steps = ["set -e", "mount --make-rprivate /"]
        root = shlex.quote(self.path)

        if read_only:
            steps += ["mount --bind %s %s" % (root, root),
                      "mount -o remount,bind,ro %s" % root]

        steps += ["mount -t proc proc %s/proc" % root,
                  "mount -t tmpfs tmpfs %s/dev" % root,
                  "mkdir %s/dev/pts %s/dev/shm" % (root, root)]

        for name in ("null", "zero", "full", "random", "urandom", "tty"):
            steps.append("touch {0}/dev/{1} && mount --bind /dev/{1} "
                         "{0}/dev/{1}".format(root, name))

        for name, target in (("fd", "fd"), ("stdin", "fd/0"),
                             ("stdout", "fd/1"), ("stderr", "fd/2")):
            steps.append("ln -s /proc/self/%s %s/dev/%s" % (target, root,
                                                           name))

        for path in tmpfs:
            steps.append("mount -t tmpfs tmpfs %s" % shlex.quote(
                self.inside(path)))

        for here, there in binds:
            steps.append("mount --bind %s %s" % (
                shlex.quote(here), shlex.quote(self.inside(there))))

        steps.append('exec chroot %s "$@"' % root)

        settings = {"PATH": PATH, "HOME": "/root", "TERM": "dumb",
                    "LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"}
        settings.update(env or {})

        if glob.glob(os.path.join(AUTHORITIES, "*.crt")):
            settings.setdefault("NODE_EXTRA_CA_CERTS", BUNDLE)

        enter = ["setpriv"]

        if user != "root":
            enter += ["--reuid", user, "--regid", user, "--clear-groups",
                      "--no-new-privs"]

        return ["unshare", "--mount", "--pid", "--fork", "--kill-child",
                "sh", "-c", "\n".join(steps), "sh",
                "env", "-i", *("%s=%s" % pair for pair in settings.items()),
                *enter, "--", "sh", "-c", 'cd "$1" && shift && exec "$@"',
                "sh", cwd, *command]

    def run(self, command, check=True, quiet=False, **how):
        """Runs it to the end; what it prints is returned."""

        child = subprocess.run(self.command(command, **how),
                               stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True,
                               errors="replace")

        if check and child.returncode != 0:
            if not quiet:
                print(child.stdout[-8000:], flush=True)

            raise RuntimeError("%s: exit status %d" % (
                " ".join(command)[:200], child.returncode))

        return child.stdout

    def boot(self, script, timeout=300):
        """Boots it under systemd, in a network of its own, runs the script
        there, and returns (whether it succeeded, what it printed)."""

        unit = self.inside("/etc/systemd/system/vfs-test.service")
        wanted = self.inside("/etc/systemd/system/multi-user.target.wants")
        output = self.inside("/srv/output")
        shutil.copy(script, self.inside("/srv/vfs-test"))
        os.makedirs(wanted, exist_ok=True)

        with open(unit, "w") as file:
            file.write("[Unit]\nSuccessAction=exit-force\n"
                       "FailureAction=exit-force\nFailureActionExitStatus=1\n"
                       "[Service]\nType=oneshot\nExecStart=/srv/vfs-test\n"
                       "TimeoutStartSec=%d\nStandardOutput=file:/srv/output\n"
                       "StandardError=inherit\n" % timeout)

        os.symlink(unit[len(self.path):],
                   os.path.join(wanted, "vfs-test.service"))
        child = subprocess.run(
            ["systemd-nspawn", "--quiet", "--register=no", "--keep-unit",
             "--private-network", "--console=pipe", "-D", self.path,
             "--boot"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, errors="replace",
            timeout=timeout + 60)

        if not os.path.exists(output):
            return False, child.stdout[-4000:]

        with open(output) as file:
            return child.returncode == 0, file.read()

    def put_clone(self, repository, path="/srv/vfs"):
        """What is committed, as a newcomer's clone."""

        subprocess.run(["git", "clone", "-q", "--no-hardlinks", repository,
                        self.inside(path)], check=True)


def need_root():
    if os.getuid() != 0:
        sys.exit("%s: debootstrap and chroot need root" % sys.argv[0])
