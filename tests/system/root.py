"""The Debian root that machines boot from: made once by debootstrap, shared by all runs, never
written to afterwards (machines boot from it with an overlay in memory)."""

import fcntl
import hashlib
import os
import pathlib
import subprocess

SUITE = "bookworm"
# Empty: debootstrap's own default.
MIRROR = os.environ.get("TINED_MIRROR", "")
# A bootable system, and what the checks use beside tined.
PACKAGES = ["systemd", "systemd-sysv", "dbus", "logrotate", "curl", "bash-completion",
            "zsh", "fish"]
# What is run by this ends with this process, however that ends, and takes along all that it has
# started or mounted. systemd-nspawn that is killed leaves its system running otherwise.
LEASHED = ["setpriv", "--pdeathsig", "KILL",
           "unshare", "--pid", "--fork", "--kill-child", "--mount-proc"]
CACHE = pathlib.Path(os.environ.get("TINED_SYSTEM_CACHE", "/var/tmp/tined-system"))


class CannotRun(Exception):
    """This machine cannot boot a system; says nothing about tined."""


def quiet(command, **options):
    return subprocess.run(command, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False, **options)


def archives():
    """Where the packages are that machines install: they have no network."""
    directory = CACHE / "archives"
    (directory / "partial").mkdir(parents=True, exist_ok=True)
    return directory


def prepare():
    """The root's directory. Takes a minute the first time. For the only run."""
    key = hashlib.sha256(repr((SUITE, MIRROR, PACKAGES)).encode()).hexdigest()[:12]
    root = CACHE / key / "root"
    if not root.exists():
        bootstrap(root)
    return root


def only_run():
    """Waits until no other run is at it, then holds others off while the result is open: runs
    share the cache, and their machines the control groups of this host, where two services of one
    name would be one. Before a deadline begins: the other run takes what it takes."""
    CACHE.mkdir(parents=True, exist_ok=True)
    lock = open(CACHE / "machine", "w", encoding="ascii")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print("system: waiting for another run to end", flush=True)
        fcntl.flock(lock, fcntl.LOCK_EX)
    return lock


def bootstrap(root):
    print(f"system: making a {SUITE} root in {root}", flush=True)
    draft = root.with_name("draft")
    removed = quiet(["rm", "-rf", "--one-file-system", str(draft)])
    if removed.returncode != 0:
        raise CannotRun("what debootstrap has left earlier cannot be removed:\n" + removed.stdout)
    draft.parent.mkdir(parents=True, exist_ok=True)
    made = quiet([*LEASHED, "debootstrap", "--variant=minbase",
                  "--include=" + ",".join(PACKAGES), SUITE, str(draft), MIRROR])
    if made.returncode != 0:
        raise CannotRun("debootstrap failed:\n" + made.stdout[-2000:])
    # debootstrap's packages are installed; their files only slow down the boot.
    quiet(["chroot", str(draft), "apt-get", "clean"])
    draft.rename(root)


def download(root, package):
    """Fetches what `package` (a .deb) depends on into archives(). Throws CannotRun where the network
    is at fault, and RuntimeError where the package is."""
    def inside(*command):
        return quiet([*LEASHED, "systemd-nspawn", "-D", str(root), "--volatile=overlay",
                      "--register=no", "--keep-unit", "--console=pipe", "--quiet",
                      "--machine=" + machine_name(), "--resolv-conf=bind-host",
                      f"--bind={archives()}:/var/cache/apt/archives",
                      f"--bind={lists()}:/var/lib/apt/lists",
                      f"--bind-ro={package.parent}:/packages", *command])

    install = ["apt-get", "install", "-q", "-y", "--no-install-recommends",
               "-o", "APT::Sandbox::User=root", f"/packages/{package.name}"]
    if inside(*install, "--download-only").returncode == 0:
        return
    # No lists yet, or lists from long ago.
    updated = inside("apt-get", "update", "-q", "-o", "APT::Sandbox::User=root",
                     "-o", "APT::Update::Error-Mode=any")
    if updated.returncode != 0:
        raise CannotRun("there are no package lists to be had:\n" + updated.stdout[-2000:])
    planned = inside(*install, "--simulate")
    if planned.returncode != 0:
        raise RuntimeError("the package cannot be installed:\n" + planned.stdout[-2000:])
    fetched = inside(*install, "--download-only")
    if fetched.returncode != 0:
        raise CannotRun("the package's dependencies cannot be fetched:\n" + fetched.stdout[-2000:])


def lists():
    directory = CACHE / "lists"
    (directory / "partial").mkdir(parents=True, exist_ok=True)
    return directory


def machine_name():
    return f"tined-{os.getpid()}"
