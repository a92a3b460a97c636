"""Runs the load program (bench/load.cpp), pinned away from the server."""

import json
import os
import subprocess
from dataclasses import dataclass


@dataclass(frozen=True)
class Load:
    """What is asked of a server."""

    path: str = "/1k.txt"
    connections: int = 64
    threads: int = 1
    pipeline: int = 1
    per_request: bool = False
    fields: str = ""  # a file of header lines
    cpus: frozenset = frozenset({1})
    resumed: bool = False  # with TLS: every connection from one session


class Generator:
    def __init__(self, program):
        self._program = str(program)

    def run(self, server, load, seconds):
        """Loads the server for that long; returns what the program counted."""
        done = subprocess.run(self._command(server, load) + ["--seconds", str(seconds)],
                              stdout=subprocess.PIPE, text=True, check=False,
                              preexec_fn=lambda: os.sched_setaffinity(0, load.cpus))
        result = json.loads(done.stdout or "{}")
        if done.returncode != 0:
            raise OSError(f"the load failed: {result.get('errors', 'no')} errors counted")
        return result

    def begin(self, server, load, seconds):
        """The same beside other work; the load has ended when the result is closed."""
        return Running(self._command(server, load) + ["--seconds", str(seconds)], load.cpus)

    def hold(self, server, count, burst=1):
        """Opens connections that have one answer each and stay idle until the result is closed."""
        return Held(self._command(server, Load()) + ["--hold", str(count), "--burst", str(burst)])

    def _command(self, server, load):
        command = [self._program, "--port", str(server.port), "--path", load.path,
                   "--connections", str(load.connections), "--threads", str(load.threads),
                   "--pipeline", str(load.pipeline)]
        if load.per_request:
            command += ["--per-request", "1"]
        if server.peer.speaks == "https":
            command += ["--tls", "1", "--resume", str(int(load.resumed))]
        if load.fields:
            command += ["--fields", load.fields]
        return command


class Streams:
    """Runs bench/stream_load.cpp, on all CPUs."""

    def __init__(self, program):
        self._program = str(program)

    def run(self, port, clients, seconds, text, expected):
        command = [self._program, *map(str, (port, clients, seconds, text, expected))]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False,
                              preexec_fn=lambda: os.sched_setaffinity(0, {0, 1}))
        result = json.loads(done.stdout or "{}")
        if done.returncode != 0:
            raise OSError(f"the load failed: {result.get('errors', 'no')} errors counted")
        return result


class Running:
    """A load that runs, for use in a with statement."""

    def __init__(self, command, cpus):
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL,
                                         preexec_fn=lambda: os.sched_setaffinity(0, cpus))

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        if self._process.wait() != 0:
            raise OSError("the load beside failed")


class Held:
    """Connections that are being held, for use in a with statement."""

    def __init__(self, command):
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        if not self._process.stdout.readline():
            raise OSError("cannot open the connections")

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()
