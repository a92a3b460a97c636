"""A booted Debian with systemd as its first process, in namespaces of its own: no network but its
own loopback. What it writes is gone with it."""

import contextlib
import ctypes
import json
import os
import pathlib
import signal
import subprocess
import time

import root as roots

PATIENCE = 60
CLONE_NEWNET = 0x40000000


class Failure(Exception):
    """Something does not hold that should."""


def eventually(holds, what, patience=PATIENCE):
    """Waits until holds() is true; for states that have no event to wait on."""
    deadline = time.monotonic() + patience
    while True:
        value = holds()
        if value:
            return value
        if time.monotonic() > deadline:
            raise Failure(f"not within {patience} s: {what}")
        time.sleep(0.02)


def children(pid):
    return pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


class Machine:
    """One at a time, see root.only_run()."""

    def __init__(self, root, archives, packages, log):
        self.console = open(log, "w", encoding="utf-8")
        self.leader = 0
        self.process = subprocess.Popen(
            [*roots.LEASHED, "systemd-nspawn", "-D", str(root), "--volatile=overlay",
             "--private-network", "--boot", "--register=no", "--keep-unit", "--console=pipe",
             "--machine=" + roots.machine_name(),
             # Rescue needs the first, the hiding of keys the others, and nspawn's own filter takes
             # them away.
             "--system-call-filter=pidfd_getfd landlock_create_ruleset landlock_add_rule "
             "landlock_restrict_self",
             "--resolv-conf=off", f"--bind={archives}:/var/cache/apt/archives",
             f"--bind={roots.lists()}:/var/lib/apt/lists",
             f"--bind-ro={packages}:/packages"],
            stdin=subprocess.DEVNULL, stdout=self.console, stderr=subprocess.STDOUT)
        try:
            self.leader = eventually(self._find_leader, "systemd-nspawn has started a system")
            eventually(self._is_up, "the system has booted")
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        self.close()

    def _find_leader(self):
        """systemd, the first process of the inner of two namespaces; nspawn is that of the outer."""
        if self.process.poll() is not None:
            raise Failure("systemd-nspawn has ended")
        for nspawn in children(self.process.pid):
            with contextlib.suppress(OSError):  # A helper of nspawn's may be gone already.
                for child in children(nspawn):
                    status = pathlib.Path(f"/proc/{child}/status").read_text()
                    if status.split("NSpid:")[1].split("\n")[0].split()[2:] == ["1"]:
                        return int(child)
        return 0

    def _is_up(self):
        return self.try_run("systemctl", "is-system-running").stdout.strip() == "running"

    def enter_network(self):
        """From now on this thread and those it starts connect inside the machine."""
        with open(f"/proc/{self.leader}/ns/net", "rb") as namespace:
            if ctypes.CDLL(None, use_errno=True).setns(namespace.fileno(), CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), "setns")

    def try_run(self, *command, **options):
        """Runs a command to its end, whatever that is; stdout and stderr come together."""
        environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "HOME": "/root",
                       "DEBIAN_FRONTEND": "noninteractive", "TERM": "dumb", "SYSTEMD_PAGER": ""}
        return subprocess.run(
            ["nsenter", "-t", str(self.leader), "-m", "-u", "-i", "-n", "-p", "-C", *command],
            text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env=environment, check=False, timeout=4 * PATIENCE, **options)

    def run(self, *command):
        """The output of a command that has to succeed."""
        ended = self.try_run(*command)
        if ended.returncode != 0:
            raise Failure(f"`{' '.join(command)}` ended with {ended.returncode}:\n{ended.stdout}")
        return ended.stdout

    def fail(self, *command):
        """The output of a command that has to fail."""
        ended = self.try_run(*command)
        if ended.returncode == 0:
            raise Failure(f"`{' '.join(command)}` should have failed:\n{ended.stdout}")
        return ended.stdout

    def start(self, *command):
        """Starts a command and goes on."""
        return subprocess.Popen(
            ["nsenter", "-t", str(self.leader), "-m", "-u", "-i", "-n", "-p", "-C", *command],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def path(self, path):
        """A file of the machine, seen from here."""
        return pathlib.Path(f"/proc/{self.leader}/root") / path.lstrip("/")

    def write(self, path, text):
        file = self.path(path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def show(self, unit, name):
        return self.run("systemctl", "show", "--value", "--property", name, unit).strip()

    def is_active(self, unit="tined.service"):
        return self.show(unit, "ActiveState") == "active"

    def kill(self, pid, number):
        if pid <= 1:
            raise ValueError(f"a test signals pid {pid}")
        self.run("kill", f"-{signal.Signals(number).name.removeprefix('SIG')}", str(pid))

    def journal(self, *arguments):
        self.run("journalctl", "--sync")
        return self.run("journalctl", "--no-pager", "-q", *arguments)

    def journal_end(self):
        """A cursor: what is written from now on comes after it."""
        return json.loads(self.journal("-n", "1", "-o", "json"))["__CURSOR"]

    def close(self):
        try:
            if self.leader and self.leader > 1:
                os.kill(self.leader, signal.SIGRTMIN + 4)  # poweroff, see systemd(1)
                self.process.wait(20)
        except (OSError, subprocess.TimeoutExpired):
            pass
        self.process.kill()
        self.process.wait()
        self.console.close()
