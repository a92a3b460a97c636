"""Everything that ends a process of tined, or has it replaced, in one run, while clients of four
libraries keep it busy over TLS and compare every byte."""

import pathlib
import random
import selectors
import signal
import struct
import sys
import tempfile
import time

from harness.mortal import ASKED, Clients, Server, make_site

HERE = pathlib.Path(__file__).resolve().parent.parent
CLIENTS = 24  # of secure_load; its libraries, versions and suites take turns

# What happens how often in a run of 2,000 kills.
KILLS = {"SIGKILL": 1400, "SIGSEGV": 500, "SIGABRT": 60, "hung": 20, "out of memory": 20}
ORDERS = {"reload": 50, "upgrade": 20, "scale": 40}
HANDSHAKERS = 100


class Storm:
    """What is to happen, mixed, and how much of it has."""

    def __init__(self, server, share, seconds, with_handshakers):
        self.server = server
        wanted = {**KILLS, **ORDERS}
        if with_handshakers:
            wanted["handshaker"] = HANDSHAKERS
        self.wanted = {what: max(1, round(times * share)) for what, times in wanted.items()}
        self.done = dict.fromkeys(self.wanted, 0)
        self.coming = [what for what, times in self.wanted.items() for _ in range(times)]
        random.shuffle(self.coming)
        self.interval = seconds / len(self.coming)
        self.next = time.monotonic() + 1
        self.orders = []  # (what, tinectl)
        self.has_memory_groups = True

    @property
    def is_over(self):
        return not self.coming and not self.orders

    def go_on(self):
        """Does what is due by now. Orders that were refused, because a process that they need was
        killed for one, come again."""
        for order in [each for each in self.orders if each[1].poll() is not None]:
            self.orders.remove(order)
            if order[1].returncode == 0:
                self.done[order[0]] += 1
            else:
                self.coming.insert(0, order[0])
        while self.coming and time.monotonic() >= self.next:
            self.next += self.interval
            what = self.coming.pop()
            if not self.do(what):
                self.coming.insert(random.randrange(len(self.coming) + 1), what)

    def do(self, what):
        if what in ("reload", "upgrade"):
            self.orders.append((what, self.server.order(what)))
            return True
        if what == "out of memory":
            # Where memory cgroups cannot be written, another kill stands in.
            self.has_memory_groups = self.has_memory_groups and self.server.exhaust_memory()
            is_done = self.has_memory_groups or self.server.kill_a_worker(signal.SIGKILL)
        elif what == "scale":
            is_done = self.server.scale()
        elif what == "handshaker":
            is_done = self.server.kill_a_handshaker()
        else:
            number = signal.SIGSTOP if what == "hung" else signal.Signals[what]
            is_done = self.server.kill_a_worker(number)
        self.done[what] += is_done
        return is_done

    @property
    def kills(self):
        return sum(self.done[what] for what in KILLS)

    def tell(self):
        return (f"{self.kills} kills, {self.done['reload']} reloads, {self.done['upgrade']} upgrades"
                + (f", {self.done['handshaker']} handshakers" if "handshaker" in self.done else ""))


class Audit:
    """The account that the tined of tests/windows keeps of what it seals and sends
    (tests/windows/seal_audit.hpp)."""

    SIZE = 4 * 8 + 2 * (1 << 23) * 16

    def __init__(self, directory):
        self.file = directory / "sealed"
        with self.file.open("wb") as file:
            file.truncate(self.SIZE)
        self.environment = {"TINED_SEAL_AUDIT_FILE": str(self.file)}

    def counts(self):
        with self.file.open("rb") as file:
            return dict(zip(("sent", "twice", "unknown", "lost"), struct.unpack("4Q", file.read(32))))

    def is_good(self):
        counts = self.counts()
        return counts.pop("sent") > 0 and not any(counts.values())


class Crowd:
    """All clients at once: OpenSSL's and GnuTLS's, curl's, Python's."""

    NAMES = ("answers", "failures", "longest_wait", "handshakes", "first_answers", "sessions",
             "resumed", "key_updates")

    def __init__(self, build, server, site, directory, seconds):
        self.clients = [
            Clients.over_tls(build, server, site, seconds, CLIENTS),
            Clients([sys.executable, HERE / "secure_load/scripted.py", str(server.tls_port),
                     str(seconds), site, directory / "site.pem", *ASKED])]

    def follow(self):
        """Yields as often as there is news, until the end."""
        with selectors.DefaultSelector() as selector:
            for each in self.clients:
                selector.register(each.process.stdout, selectors.EVENT_READ, each.follow())
            while selector.get_map():
                for key, _ in selector.select():
                    try:
                        next(key.data)
                    except StopIteration:
                        selector.unregister(key.fileobj)
                yield

    def count(self, name):
        place = self.NAMES.index(name)
        numbers = [each.counts[place] for each in self.clients if len(each.counts) > place]
        return max(numbers, default=0) if name == "longest_wait" else sum(numbers)

    def stop(self):
        """Tells them to end after the answers that are due."""
        for each in self.clients:
            each.process.send_signal(signal.SIGTERM)


def rage(options, directory, site, with_handshakers, share, seconds):
    """One storm; whether nothing failed."""
    audit = Audit(directory) if options.audited else None
    server = Server("tined", options.build, directory, site, recycle=3000, tls=True,
                    program=options.build / "tests/windows/tined-windows" if audit else None,
                    environment=audit.environment if audit else {})
    name = "kills of handshakers too" if with_handshakers else "workers alone"
    storm = Storm(server, share, seconds, with_handshakers)
    # What takes longer than planned is waited for, within reason.
    crowd = Crowd(options.build, server, site, directory, round(seconds * 1.5) + 60)
    has_ended = False
    try:
        for _ in crowd.follow():
            storm.go_on()
            if sys.stderr.isatty():
                print(f"\r{name}: {storm.tell()}; {crowd.count('answers')} answers, "
                      f"{crowd.count('failures')} failed ", end="", file=sys.stderr, flush=True)
            if storm.is_over and not has_ended:
                has_ended = True
                crowd.stop()
        print(file=sys.stderr, flush=True)
        return report(name, storm, crowd, audit)
    finally:
        server.stop()
        if options.log:
            with options.log.open("a") as kept:
                kept.write(server.log.read_text())


def report(name, storm, crowd, audit):
    failed = {each: crowd.count(each) for each in ("failures", "handshakes", "first_answers")}
    print(f"\n{name}:")
    print("  " + ", ".join(f"{what} {times}" for what, times in storm.done.items()))
    print(f"  answers {crowd.count('answers')}, sessions {crowd.count('sessions')} "
          f"({crowd.count('resumed')} resumed), key updates {crowd.count('key_updates')}, "
          f"longest wait {crowd.count('longest_wait')} ms")
    print(f"  failed {failed['failures']}; ended before their first answer: in the handshake "
          f"{failed['handshakes']}, behind it {failed['first_answers']}")
    if not storm.is_over:
        print(f"  NOT DONE: {len(storm.coming) + len(storm.orders)} things had not happened in time")
    if audit:
        print("  records " + ", ".join(f"{what} {times}" for what, times in audit.counts().items()))
    # A handshake under way may end with its handshaker; nothing else may fail.
    allowed = ("failures",) if "handshaker" in storm.done else tuple(failed)
    return (storm.is_over and not any(failed[each] for each in allowed)
            and (audit is None or audit.is_good()))


def run(options):
    share = options.times / sum(KILLS.values())
    with tempfile.TemporaryDirectory(prefix="tined-storm-") as path:
        directory = pathlib.Path(path)
        site = make_site(directory)
        is_good = True
        # Four fifths of it with handshakers that live, so that not even a handshake may fail.
        for with_handshakers, part in ((False, 0.8), (True, 0.2)):
            is_good &= rage(options, directory, site, with_handshakers, share * part,
                            options.seconds * part)
        return 0 if is_good else 1
