"""What a machine has to be able to do before it can say anything about tined. All of it is found out
without tined, by an empty Debian at the last: what fails here is no fault of tined's, and what
fails later is."""

import ctypes
import os
import pathlib
import shutil
import signal
import subprocess

import machine
import root

NEEDED = ["debootstrap", "systemd-nspawn", "nsenter", "setpriv", "dpkg-deb", "cmake", "ninja", "openssl"]
NOBODY = 65534
PR_SET_DUMPABLE = 4
PTRACE_SEIZE = 0x4206
PTRACE_O_TRACEEXIT = 0x40
PIDFD_GETFD = 438
# How a machine fails that cannot do something. Nothing of tined's has a part in it yet.
INABILITY = (machine.Failure, OSError, subprocess.SubprocessError)

# Of what the units use, each of what depends on the kernel or on who runs the machine.
CONFINED = ["User=nobody", "PrivateUsers=yes", "ProtectSystem=strict", "ProtectHome=yes",
            "PrivateTmp=yes", "PrivateDevices=yes", "ProtectProc=invisible", "ProcSubset=pid",
            "ProtectKernelTunables=yes", "ProtectHostname=yes", "NoNewPrivileges=yes",
            "RestrictNamespaces=yes", "MemoryDenyWriteExecute=yes", "SystemCallFilter=@system-service",
            "StateDirectory=confined", "LoadCredential=key:/etc/hostname", "LimitNOFILE=1024:524288"]


def require(work):
    """Throws CannotRun."""
    if os.geteuid() != 0:
        raise root.CannotRun("only root can boot a system")
    missing = [tool for tool in NEEDED if shutil.which(tool) is None]
    if missing:
        raise root.CannotRun("these are missing: " + " ".join(missing))
    try:
        require_suite()
        require_rescue()
        require_confinement(work)
    except INABILITY as failure:
        raise root.CannotRun(failure) from failure


def require_confinement(work):
    """Boots, and starts a service that is confined as tined's is."""
    with booted(root.prepare(), work) as empty:
        confine = [f"--property={each}" for each in CONFINED]
        ended = empty.try_run("systemd-run", "--wait", "--pipe", *confine, "true")
        if ended.returncode != 0:
            raise root.CannotRun("a service cannot be confined here: " + ended.stdout.strip())


def booted(directory, work):
    """A machine with nothing installed; /packages in it is `work`/packages."""
    packages = work / "packages"
    packages.mkdir(parents=True, exist_ok=True)
    console = work / "console.log"
    try:
        return machine.Machine(directory, root.archives(), packages, console)
    except INABILITY as failure:
        raise root.CannotRun(f"{failure}; see {console}") from failure


def require_suite():
    """What is built on another distribution needs that one's libraries."""
    release = pathlib.Path("/etc/os-release").read_text(encoding="utf-8")
    if f"VERSION_CODENAME={root.SUITE}\n" not in release:
        raise root.CannotRun(f"packages that are built here do not belong into a {root.SUITE} system")


def require_rescue():
    """A container's filter may forbid what every rescue needs, and Yama may."""
    child = os.fork()
    if child == 0:
        try:
            os._exit(0 if nobody_rescues() else 1)
        finally:
            os._exit(1)
    if os.waitpid(child, 0)[1] != 0:
        raise root.CannotRun("ptrace or pidfd_getfd is forbidden here")


def nobody_rescues():
    """Whether an ordinary user can take a descriptor from a child that it traces."""
    library = ctypes.CDLL(None, use_errno=True)
    os.setgroups([])
    os.setresgid(NOBODY, NOBODY, NOBODY)
    os.setresuid(NOBODY, NOBODY, NOBODY)
    library.prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)
    wanted = os.open("/dev/null", os.O_RDONLY)  # The child's too. Standard input may be closed.
    child = os.fork()
    if child == 0:
        signal.pause()
    try:
        return (library.ptrace(PTRACE_SEIZE, child, None, ctypes.c_void_p(PTRACE_O_TRACEEXIT)) == 0
                and library.syscall(PIDFD_GETFD, os.pidfd_open(child), wanted, 0) >= 0)
    finally:
        os.kill(child, signal.SIGKILL)
