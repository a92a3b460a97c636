"""What is measured, how, and against which goals.

A work runs once a round for each server and returns figures by name. Rounds of all servers are
interleaved, so goals compare what was measured within the same minute.
"""

import os
import signal
import threading
import time
from dataclasses import dataclass, replace

from harness import measurement
from harness.load import Load
from harness.peers import Server, Setup, fetch

BOTH = frozenset({0, 1})
WARM_UP = 0.3  # seconds
MIB = 1 << 20

# Column heads of the figures.
CPU, RATE, P50, P99, P999 = "CPU us/request", "requests/s", "p50 us", "p99 us", "p99.9 us"
BUSY, MEMORY = "server busy %", "memory MiB"
CPU_PER_MIB, MIB_RATE = "CPU us/MiB", "MiB/s"
IDLE_BYTES, P99_BESIDE = "bytes/idle connection", "p99 us beside idle"
P99_WARM, P99_COLD = "p99 us beside a big file in memory", "beside one on disk"
ONE_BY_ONE, BURSTS = "max/min one by one", "max/min in bursts"
START, RELOAD, REPLACE = "start ms", "reload ms", "worker replaced ms"
IN_CLEAR = "tined in clear"  # beside servers with TLS


@dataclass(frozen=True)
class Goal:
    """`factor` bounds tined's figure divided by the rival's (the worst of the peers when `rival`
    is "peers"), or the figure itself without a rival. `ours`: another server than tined as such."""

    text: str
    figure: str
    factor: float
    rival: str = ""
    at_least: bool = False
    ours: str = "tined"

    def check(self, results):
        """(value, is met), or None when there is nothing to compare."""
        ours = results.get(self.ours, {}).get(self.figure)
        if not ours:
            return None
        if not self.rival:
            value = measurement.summary(ours)["median"]
        else:
            rivals = [self.rival] if self.rival != "peers" else set(results) - {"tined", "bare", IN_CLEAR}
            ratios = [measurement.ratio(ours, results[name][self.figure])
                      for name in rivals if results.get(name, {}).get(self.figure)]
            if not ratios:
                return None
            value = min(ratios) if self.at_least else max(ratios)
        return value, value >= self.factor if self.at_least else value <= self.factor


def against_bare(limit):
    return Goal(f"CPU/request at most {limit:.2f} x bare loop", CPU, limit, "bare")


def cheaper_than_peers(cpu=CPU, factor=1.0):
    return Goal(f"{cpu} below the best peer's" + (f" / {factor:g}" if factor > 1 else ""), cpu,
                1 / factor, "peers")


def ahead_of_peers(rate=RATE, cpu=CPU, factor=1.0):
    times = "above" if factor == 1 else f"{factor:g} x"
    return (Goal(f"{rate} {times} the best peer", rate, factor, "peers", at_least=True),
            cheaper_than_peers(cpu, factor))


@dataclass(frozen=True)
class Bench:
    """What every work needs."""

    generator: object
    streams: object  # the same for servers of the simplest kind
    site: object  # 1k.txt 64k.bin 1m.bin 64m.bin
    other_site: object  # the same names, other bytes
    seconds: float
    answer_for: object  # Setup -> file with tined's answer, for the bare loop


class Work:
    """What all works have in common."""

    group = ""
    needs = frozenset()

    def is_for(self, peer):
        """Ways to read a file are compared with each other, servers with servers."""
        return not self.needs & peer.lacks and peer.group == self.group


@dataclass(frozen=True)
class Requests(Work):
    """Requests as fast as they are answered."""

    name: str
    title: str
    load: Load
    goals: tuple
    needs: frozenset = frozenset()
    workers: int = 1
    access_log: bool = False
    group: str = ""

    def measure(self, bench, peer):
        setup = Setup(site=bench.site, workers=self.workers, access_log=self.access_log,
                      closes=self.load.per_request, path=self.load.path,
                      cpus=BOTH if self.workers > 1 else frozenset({0}))
        answer = bench.answer_for(setup) if peer.name == "bare" else None
        with Server(peer, setup, answer) as server:
            bench.generator.run(server, self.load, WARM_UP)
            before = measurement.cpu_seconds(server.pid)
            done = bench.generator.run(server, self.load, bench.seconds)
            cpu = measurement.cpu_seconds(server.pid) - before
            used = measurement.memory(server.pid) / MIB
        figures = {RATE: done["requests"] / done["seconds"], P50: done["p50"], P99: done["p99"],
                   P999: done["p99.9"], BUSY: 100 * cpu / done["seconds"], MEMORY: used}
        if "large" not in self.needs:
            return {CPU: cpu / done["requests"] * 1e6} | figures
        mib = done["bytes"] / MIB
        if self.group == "files":
            return {CPU: cpu / done["requests"] * 1e6, MIB_RATE: mib / done["seconds"]} | figures
        return {CPU_PER_MIB: cpu / mib * 1e6, MIB_RATE: mib / done["seconds"]} | figures


@dataclass(frozen=True)
class Idle(Work):
    """Many idle connections: what each costs, and what they cost the active ones."""

    name: str
    title: str
    count: int
    goals: tuple
    needs: frozenset = frozenset({"idle"})
    group: str = ""

    def measure(self, bench, peer):
        setup = Setup(site=bench.site)
        answer = bench.answer_for(setup) if peer.name == "bare" else None
        with Server(peer, setup, answer) as server:
            bench.generator.run(server, Load(), WARM_UP)
            alone = bench.generator.run(server, Load(), bench.seconds)
            before = settled_memory(server.pid)
            with bench.generator.hold(server, self.count):
                used = settled_memory(server.pid) - before
                beside = bench.generator.run(server, Load(), bench.seconds)
        return {IDLE_BYTES: used / self.count, P99: alone["p99"], P99_BESIDE: beside["p99"],
                "p99 ratio": beside["p99"] / max(alone["p99"], 1)}


@dataclass(frozen=True)
class ColdFiles(Work):
    """A small file that is in memory, asked for while others wait for the disk."""

    name: str
    title: str
    goals: tuple = ()
    group: str = "files"

    def measure(self, bench, peer):
        small, big = Load(connections=4), Load(path="/64m.bin", connections=4)
        with Server(peer, Setup(site=bench.site)) as server:
            warm = self._beside(bench, server, small, big)
            with Evicted(bench.site / "64m.bin"):
                cold = self._beside(bench, server, small, big)
        return {P99_WARM: warm["p99"], P99_COLD: cold["p99"], "p99.9 us, cold": cold["p99.9"],
                "requests/s, cold": cold["requests"] / cold["seconds"]}

    @staticmethod
    def _beside(bench, server, small, big):
        with bench.generator.begin(server, big, bench.seconds + WARM_UP):
            time.sleep(WARM_UP)
            return bench.generator.run(server, small, bench.seconds)


@dataclass(frozen=True)
class Fibonacci(Work):
    """A handler that computes, one after another for each of a few clients."""

    name: str
    title: str
    goals: tuple
    group: str = "fibonacci"
    clients: int = 8

    def measure(self, bench, peer):
        # One worker with two threads, or two executors; two workers where the loop computes.
        workers = 2 if peer.name == "event" else 1
        with Server(peer, Setup(site=bench.site, workers=workers, cpus=BOTH)) as server:
            done = bench.streams.run(server.port, self.clients, bench.seconds, 30, 1346269)
        return {RATE: done["requests"] / done["seconds"], P50: done["p50"], P99: done["p99"]}


@dataclass(frozen=True)
class Beside(Work):
    """A file beside a handler that computes for seconds, with a CPU for each of the two."""

    name: str
    title: str
    goals: tuple
    group: str = "beside"

    def measure(self, bench, peer):
        computing = Load(path="/fib/40", connections=4, cpus=BOTH)
        with Server(peer, Setup(site=bench.site, cpus=BOTH)) as server:
            with bench.generator.begin(server, computing, bench.seconds + WARM_UP):
                time.sleep(WARM_UP)
                load = Load(connections=4, cpus=BOTH)
                done = bench.generator.run(server, load, bench.seconds)
        return {P99: done["p99"], P50: done["p50"], RATE: done["requests"] / done["seconds"]}


class Evicted:
    """Keeps a file out of the page cache, for use in a with statement."""

    def __init__(self, path):
        self._path = path
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._evict)

    def _evict(self):
        file = os.open(self._path, os.O_RDONLY)
        os.fsync(file)  # What is not on the disk yet stays in memory.
        while not self._is_over.wait(0.01):
            os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(file)

    def __enter__(self):
        self._thread.start()

    def __exit__(self, *unused):
        self._is_over.set()
        self._thread.join()


def settled_memory(pid):
    """The server's memory once it stays the same for a second and a half."""
    last, since = measurement.memory(pid), time.monotonic()
    deadline = since + 10
    while time.monotonic() < min(since + 1.5, deadline):
        time.sleep(0.1)
        now = measurement.memory(pid)
        if now != last:
            last, since = now, time.monotonic()
    return last


@dataclass(frozen=True)
class Spread(Work):
    """How evenly connections lie on the workers."""

    name: str
    title: str
    goals: tuple
    needs: frozenset = frozenset({"spread", "workers"})

    def measure(self, bench, peer):
        with Server(peer, Setup(site=bench.site, workers=4, cpus=BOTH)) as server:
            return {ONE_BY_ONE: self._unevenness(bench, server, 1),
                    BURSTS: self._unevenness(bench, server, 200)}

    @staticmethod
    def _unevenness(bench, server, burst):
        with bench.generator.hold(server, 400, burst):
            counts = measurement.connections_per_worker(server.pid, server.port)[1:]
        return max(counts) / max(min(counts), 1)


@dataclass(frozen=True)
class Times(Work):
    """Time to the first answer after a start, a reload, the death of the only worker."""

    name: str
    title: str
    goals: tuple
    needs: frozenset = frozenset({"start"})

    def measure(self, bench, peer):
        server = Server(peer, Setup(site=bench.site))
        try:
            figures = {START: server.start() * 1e3}
            if "reload" not in peer.lacks:
                figures[RELOAD] = self._reload(server, bench.other_site) * 1e3
            if "replace" not in peer.lacks:
                figures[REPLACE] = self._replace(server) * 1e3
            return figures
        finally:
            server.__exit__()

    @staticmethod
    def _reload(server, site):
        wanted = (site / "1k.txt").read_bytes()
        began = time.perf_counter()
        server.serve_another(site)
        while fetch(server.port, "/1k.txt") != wanted:
            if time.perf_counter() - began > 10:
                raise OSError(f"{server.peer.name} has not reloaded within 10 s")
        return time.perf_counter() - began

    @staticmethod
    def _replace(server):
        # The old generation's worker may still be on its way out: the youngest serves.
        worker = measurement.processes_of(server.pid)[-1]
        began = time.perf_counter()
        os.kill(worker, signal.SIGKILL)
        while True:
            try:
                fetch(server.port, "/1k.txt")
                return time.perf_counter() - began
            except (ConnectionError, TimeoutError):
                # Accepted by the worker that was about to die.
                if time.perf_counter() - began > 10:
                    raise


def fibonacci_goals():
    def goal(ours, factor, rival):
        return Goal(f"requests/s of {ours} at least {factor:g} x {rival}", RATE, factor, rival,
                    at_least=True, ours=ours)

    return tuple(goal(run, factor, rival) for run in ("event", "thread", "process")
                 for factor, rival in ((1.9, "C, sequential"), (1, "C, fork"), (1, "C, thread"))
                 ) + (goal("process, one request each", 1, "C, fork"),)


def all_works(browser_fields):
    """Every work, in the order of the report. `browser_fields`: a file of header lines."""
    plain = Load()
    large = frozenset({"large"})

    def file_work(name, title, path, connections):
        return Requests(name, title, replace(plain, path=path, connections=connections),
                        ahead_of_peers(MIB_RATE, CPU_PER_MIB), large)

    def tls_work(name, title, load, *goals, needs=frozenset()):
        return Requests(name, title, load, goals, needs, group="tls")

    def handshakes(name, title, resumed):
        return tls_work(name, title, replace(plain, per_request=True, resumed=resumed),
                        Goal("CPU/connection at most 1.1 x the best peer's", CPU, 1.1, "peers"),
                        needs=frozenset({"handshakes"}))

    def ways_work(name, size, path, connections):
        return Requests(name, f"four ways to read a file of {size} that is in memory",
                        replace(plain, path=path, connections=connections), (), large,
                        group="files")

    return [
        Requests("keepalive", "1 KiB file, 64 keep-alive connections, 1 worker", plain,
                 (against_bare(1.10), *ahead_of_peers())),
        Requests("headers", "the same with a browser's request header (about 700 bytes)",
                 replace(plain, fields=str(browser_fields)),
                 (against_bare(1.15), *ahead_of_peers())),
        Requests("log", "the same with the access log on", plain,
                 (against_bare(1.15), *ahead_of_peers()), access_log=True),
        Requests("pipelined", "1 KiB file, pipelined 16 deep", replace(plain, pipeline=16),
                 ahead_of_peers(factor=2)),
        Requests("connections", "1 KiB file, a connection per request",
                 # The load does not keep any of the servers busy here: requests/s are its own.
                 replace(plain, per_request=True), (cheaper_than_peers(),)),
        file_work("64k", "64 KiB file, 64 connections", "/64k.bin", 64),
        file_work("1m", "1 MiB file, 16 connections", "/1m.bin", 16),
        file_work("64m", "64 MiB file, 4 connections", "/64m.bin", 4),
        Requests("two", "1 KiB file, 2 workers or threads and the load on the same 2 CPUs",
                 replace(plain, threads=2, cpus=BOTH), ahead_of_peers(), frozenset({"workers"}),
                 workers=2),
        Idle("idle", "10,000 idle connections, then 64 active", 10000,
             (Goal("bytes of memory an idle connection", IDLE_BYTES, 512),
              Goal("p99 beside idle ones / without", "p99 ratio", 1.10))),
        tls_work("tls", "TLS: 1 KiB file, 64 keep-alive connections, 1 worker", plain,
                 Goal("CPU/request at most 0.75 x the best peer's", CPU, 0.75, "peers"),
                 Goal("CPU/request at most 1.45 x tined's in clear", CPU, 1.45, IN_CLEAR)),
        tls_work("tls1m", "TLS: 1 MiB file, 16 connections",
                 replace(plain, path="/1m.bin", connections=16),
                 Goal("CPU/MiB of the best peer at least 1.5 x", CPU_PER_MIB, 1 / 1.5, "peers"),
                 needs=large),
        handshakes("tlsfull", "TLS: connection, full handshake, one request for 1 KiB", False),
        handshakes("tlsresumed", "TLS: connection, resumed session, one request for 1 KiB", True),
        Idle("tlsidle", "TLS: 4,000 idle connections, then 64 active", 4000,
             (Goal("bytes of memory an idle connection", IDLE_BYTES, 700),), group="tls"),
        Spread("spread", "400 connections on 4 workers",
               (Goal(ONE_BY_ONE, ONE_BY_ONE, 1.1), Goal(BURSTS, BURSTS, 1.1))),
        ways_work("io64k", "64 KiB", "/64k.bin", 64),
        ways_work("io1m", "1 MiB", "/1m.bin", 16),
        ColdFiles("iocold", "1 KiB file, 4 connections, beside 4 that fetch one of 64 MiB"),
        Requests("rescue", "1 KiB file, workers traced by the supervisor, and not", plain,
                 (Goal("CPU/request at most 1.03 x without rescue", CPU, 1.03, "rescue: false",
                       ours="rescue: true"),), group="rescue"),
        Requests("trivial", "1 KiB from memory: respond, and a module that answers the same", plain,
                 (Goal("CPU/request of a module run: event at most 1.05 x respond's", CPU, 1.05,
                       "respond", ours="module, event"),), group="trivial"),
        Fibonacci("fibonacci", "fibonacci(30) for 8 clients, a connection each time, on 2 CPUs",
                  fibonacci_goals()),
        Beside("beside", "1 KiB file, beside 4 clients that have fibonacci(40) computed",
               tuple(Goal(f"p99 beside run: {run}, microseconds", P99, 5000, ours=f"beside {run}")
                     for run in ("thread", "process"))),
        Times("times", "milliseconds to the first answer",
              (Goal(START, START, 50),)),
    ]
