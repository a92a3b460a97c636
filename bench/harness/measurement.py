"""Reads from /proc what a server has used, and reduces rounds to one figure.

CPU time is the scheduler's own count in nanoseconds (/proc/PID/task/TID/schedstat), summed over
all threads of all processes of the server.
"""

import os
import pathlib
import platform
import re
import statistics
from datetime import datetime, timezone

PROC = pathlib.Path("/proc")


def processes_of(root):
    """The process and all its descendants."""
    children = {}
    for entry in PROC.iterdir():
        if not entry.name.isdigit():
            continue
        try:
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue  # It has just ended.
        children.setdefault(parent, []).append(int(entry.name))
    found = [root]
    for pid in found:
        found += children.get(pid, [])
    return found


def cpu_seconds(root):
    total = 0
    for pid in processes_of(root):
        for thread in (PROC / str(pid) / "task").iterdir():
            total += int((thread / "schedstat").read_text().split()[0])
    return total / 1e9


def memory(root):
    """Bytes that the server has written to and holds, shared pages counted once."""
    total = 0
    for pid in processes_of(root):
        try:
            rollup = (PROC / str(pid) / "smaps_rollup").read_text()
        except OSError:
            continue  # It has just ended.
        total += int(re.search(r"^Pss_Dirty:\s*(\d+) kB", rollup, re.M)[1]) * 1024
    return total


def connections_per_worker(root, port):
    """How many of the established connections to `port` each process holds."""
    sockets = set()
    for line in (PROC / "net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if fields[3] == "01" and int(fields[1].rpartition(":")[2], 16) == port:
            sockets.add(f"socket:[{fields[9]}]")
    counts = []
    for pid in processes_of(root):
        held = 0
        for descriptor in (PROC / str(pid) / "fd").iterdir():
            try:
                held += os.readlink(descriptor) in sockets
            except OSError:
                continue  # Closed since.
        counts.append(held)
    return counts


def summary(values):
    return {"median": statistics.median(values), "min": min(values), "max": max(values),
            "rounds": values}


def ratio(ours, theirs):
    """Median of the ratios within rounds: what a busy machine disturbs least."""
    return statistics.median(a / b for a, b in zip(ours, theirs))


def machine():
    model = re.search(r"^model name\s*: (.*)$", (PROC / "cpuinfo").read_text(), re.M)
    return {"cpus": os.cpu_count(), "model": model[1] if model else platform.machine(),
            "kernel": platform.release(), "load": os.getloadavg()[0],
            "time": datetime.now(timezone.utc).isoformat(timespec="seconds")}
