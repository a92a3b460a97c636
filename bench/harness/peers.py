"""The servers that are measured: how each is configured, started, asked to reload and stopped.

Configurations are the files in bench/peers, with @PORT@, @WORKERS@, @SITE@ and @DIR@ filled in.
Lines marked @LOG@ stand with the access log on only, @QUIET@ without it, @MANY@ with more than one
worker, @TLS@ with TLS, @CLEAR@ without it.
"""

import http.client
import os
import pathlib
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time
from dataclasses import dataclass, field, replace

PEERS = pathlib.Path(__file__).resolve().parent.parent / "peers"
START_DEADLINE = 20  # seconds


@dataclass(frozen=True)
class Setup:
    """How a server is to run for one measurement."""

    site: pathlib.Path
    workers: int = 1
    access_log: bool = False
    closes: bool = False  # one request a connection: the bare loop needs to be told
    path: str = "/1k.txt"
    cpus: frozenset = frozenset({0})


@dataclass(frozen=True)
class Peer:
    """A kind of server. `command` has {port}, {config} and {dir} filled in."""

    name: str
    package: str
    binary: str
    command: tuple
    config: str = ""
    lacks: frozenset = field(default_factory=frozenset)  # abilities, see works.py
    reload_signal: int = 0
    group: str = ""  # measured beside those of the same group alone; "": servers of files
    values: tuple = ()  # what else is filled in: (name, value), ...
    # or "https"; or "stream": a number, and the Fibonacci number of it comes back
    speaks: str = "http"

    def is_installed(self):
        return shutil.which(self.binary) is not None

    def version(self):
        for option in ("-v", "--version"):
            done = subprocess.run([self.binary, option], capture_output=True, text=True, check=False)
            words = (done.stdout + done.stderr).replace("/", " ").split()
            numbers = [w.rstrip(",") for w in words if w[:1].isdigit() and "." in w]
            if done.returncode == 0 and numbers:
                return numbers[0]
        return ""


def known_peers(build):
    """Every server there is a configuration for, then tined in each way to read files and to run
    handlers; `build` holds tined and the programs it is compared with."""
    def tined(name, group, config, **values):
        filled_in = (("@BUILD@", build), *((f"@{key}@", value) for key, value in values.items()))
        return Peer(name, "", str(build / "tined"), ("--config", "{config}"), config, group=group,
                    values=filled_in, speaks="stream" if group == "fibonacci" else "http")

    def plain(kind):
        return Peer(f"C, {kind}", "", str(build / "bench/plain_server"), (kind, "{port}"),
                    group="fibonacci", speaks="stream")

    def stream(name, run, count=2, most=2, each=0):
        return tined(
            name, "fibonacci", "stream.yaml", RUN=run, COUNT=count, MOST=most, EACH=each
        )

    module = f"module: {{file: {build}/bench/trivial.so, run: "
    return [
        Peer("bare", "", str(build / "bench/bare_loop"), ("{port}", "{answer}"),
             lacks=frozenset({"workers", "large", "replace", "start"})),
        Peer("tined", "", str(build / "tined"), ("--config", "{config}"), "tined.yaml",
             reload_signal=signal.SIGHUP, values=(("@IO@", "sendfile"), ("@RESCUE@", "true"))),
        Peer("nginx", "nginx-light", "/usr/sbin/nginx",
             ("-c", "{config}", "-e", "{dir}/error.log"), "nginx.conf",
             reload_signal=signal.SIGHUP),
        # Threads instead of workers: nothing to be even about, and nothing to replace.
        Peer("h2o", "h2o", "/usr/bin/h2o", ("-m", "worker", "-c", "{config}"), "h2o.conf",
             lacks=frozenset({"spread", "replace", "reload"})),
        Peer("haproxy", "haproxy", "/usr/sbin/haproxy", ("-f", "{config}"), "haproxy.cfg",
             lacks=frozenset({"large", "spread", "replace", "reload"})),
        # It refuses more connections than half of its descriptors: 10,000 here.
        Peer("lighttpd", "lighttpd", "/usr/sbin/lighttpd", ("-D", "-f", "{config}"), "lighttpd.conf",
             lacks=frozenset({"idle", "replace"}), reload_signal=signal.SIGUSR1),
        *tls_peers(tined),
        *(tined(f"rescue: {is_on}", "rescue", "tined.yaml", IO="sendfile", RESCUE=is_on)
          for is_on in ("true", "false")),
        *(tined(way, "files", "tined.yaml", IO=way, RESCUE="true")
          for way in ("sendfile", "blocking", "nonblocking", "async")),
        plain("sequential"), plain("fork"), plain("thread"),
        stream("event", "event"), stream("thread", "thread"), stream("process", "process"),
        stream("process, one request each", "process", count=4, most=16, each=1),
        tined("respond", "trivial", "trivial.yaml",
              HANDLER="respond: {body: " + "x" * 1024 + "}"),
        *(tined(f"module, {run}", "trivial", "trivial.yaml", HANDLER=f"{module}{run}}}")
          for run in ("event", "thread", "process")),
        # What they run is Python: the row says what a native module saves, not whose loop is faster.
        Peer("uwsgi", "uwsgi-plugin-python3", "/usr/bin/uwsgi", ("--ini", "{config}"), "uwsgi.ini",
             group="trivial", values=(("@PEERS@", PEERS),)),
        Peer("gunicorn", "gunicorn", "/usr/bin/gunicorn",
             ("--config", "{config}", "wsgi_answer:application"), "gunicorn.conf.py",
             group="trivial", values=(("@PEERS@", PEERS),)),
        *(tined(f"beside {run}", "beside", "beside.yaml", RUN=run)
          for run in ("event", "thread", "process")),
    ]


def tls_peers(tined):
    """Those that are measured with TLS, and tined without it beside them."""
    ours = tined("tined", "tls", "tined.yaml", IO="sendfile", RESCUE="true")
    same = {"group": "tls", "speaks": "https"}
    return [
        replace(ours, **same),
        replace(ours, name="tined in clear", lacks=frozenset({"handshakes"})),
        Peer("nginx", "nginx-light", "/usr/sbin/nginx",
             ("-c", "{config}", "-e", "{dir}/error.log"), "nginx.conf", **same),
        Peer("h2o", "h2o", "/usr/bin/h2o", ("-m", "worker", "-c", "{config}"), "h2o.conf", **same),
        Peer("haproxy", "haproxy", "/usr/sbin/haproxy", ("-f", "{config}"), "haproxy.cfg",
             lacks=frozenset({"large"}), **same),
    ]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def fetch(port, path, timeout=5, tls=False):
    """The body of a GET over a connection of its own."""
    if tls:
        anybody = ssl.create_default_context()
        anybody.check_hostname = False
        anybody.verify_mode = ssl.CERT_NONE
        connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=timeout, context=anybody)
    else:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        if answer.status != 200:
            raise OSError(f"{path}: {answer.status} {answer.reason}")
        return answer.read()
    finally:
        connection.close()


def ask(port, text, timeout=5):
    """What a server of the simplest kind answers."""
    with socket.create_connection(("127.0.0.1", port), timeout=timeout) as connection:
        connection.sendall(text)
        answer = b""
        while piece := connection.recv(4096):
            answer += piece
        return answer


class Server:
    """A running server, for use in a with statement."""

    def __init__(self, peer, setup, answer=None):
        self.peer = peer
        self.setup = setup
        self.port = free_port()
        self.answer = answer  # the file that the bare loop sends
        self._dir = pathlib.Path(tempfile.mkdtemp(prefix="tined-bench-"))
        # h2o and nginx write to it as another user, which tined, started as root, refuses.
        self._dir.chmod(0o755 if self.peer.binary.endswith("/tined") else 0o777)
        self._process = None

    @property
    def pid(self):
        return self._process.pid

    def __enter__(self):
        try:
            self.start()
            if self._probe() != self._expected():
                raise OSError(f"{self.peer.name} answers {self.setup.path} with other bytes")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *unused):
        self.stop()
        shutil.rmtree(self._dir, ignore_errors=True)

    def start(self):
        """Starts it; returns seconds from the start of the program to its first answer."""
        command = self._command()
        with open(self._dir / "output", "ab") as output:
            began = time.perf_counter()
            # A session of its own: lighttpd's parent ends its whole process group.
            self._process = subprocess.Popen(
                command, start_new_session=True, cwd=self._dir, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                preexec_fn=lambda: os.sched_setaffinity(0, self.setup.cpus))
        while time.perf_counter() - began < START_DEADLINE:
            try:
                self._probe()
                return time.perf_counter() - began
            except ConnectionRefusedError:
                if self._process.poll() is not None:
                    break
                time.sleep(0.0002)
        said = (self._dir / "output").read_text(errors="replace")
        raise OSError(f"{self.peer.name} does not start:\n{said}")

    def stop(self):
        if self._process is None or self._process.poll() is not None:
            return
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def serve_another(self, site):
        """Changes the directory in the configuration and asks for a reload."""
        self.setup = replace(self.setup, site=site)
        self._write_config()
        os.kill(self.pid, self.peer.reload_signal)

    def _probe(self):
        if self.peer.speaks == "stream":
            return ask(self.port, b"10")
        return fetch(self.port, self.setup.path, tls=self.peer.speaks == "https")

    def _expected(self):
        if self.peer.speaks == "stream":
            return b"89"
        return (self.setup.site / self.setup.path[1:]).read_bytes()

    def _command(self):
        config = self._write_config() if self.peer.config else None
        values = {"port": self.port, "config": config, "dir": self._dir, "answer": self.answer}
        command = [self.peer.binary] + [part.format(**values) for part in self.peer.command]
        if self.peer.name == "bare" and self.setup.closes:
            command.append("close")
        return command

    def _write_config(self):
        marks = {"@LOG@ ": self.setup.access_log, "@QUIET@ ": not self.setup.access_log,
                 "@MANY@ ": self.setup.workers > 1, "@TLS@ ": self.peer.speaks == "https",
                 "@CLEAR@ ": self.peer.speaks != "https"}
        values = {"@PORT@": self.port, "@WORKERS@": self.setup.workers,
                  "@SITE@": self.setup.site, "@DIR@": self._dir,
                  "@CERTIFICATES@": self.setup.site.parent,
                  **dict(self.peer.values)}
        lines = []
        for line in (PEERS / self.peer.config).read_text().splitlines():
            mark = next((m for m in marks if line.startswith(m)), None)
            if mark and not marks[mark]:
                continue
            line = line.removeprefix(mark or "")
            for name, value in values.items():
                line = line.replace(name, str(value))
            lines.append(line)
        written = self._dir / self.peer.config
        written.write_text("\n".join(lines) + "\n")
        return written
