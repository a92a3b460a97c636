"""A server whose processes are ended while clients are busy with it, and those clients."""

import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import sys
import time

SIZES = {"1k": 1 << 10, "64k": 64 << 10, "8m": 8 << 20}
# Mostly small ones, but so that most of the time is spent inside of an answer.
ASKED = ["1k", "64k", "1k", "1k", "64k", "8m"]
MIB = 1 << 20
LIMIT = 192 * MIB  # of the memory cgroup

TINED = """
user: root
workers:
  count: 2
  recycle: {{requests: {recycle}}}
  watchdog: 2s
  restart: {{backoff: 10ms, backoff_max: 50ms, limit: 10000, within: 1s}}
control: {directory}/control.sock
listeners:
  - name: web
    address: 127.0.0.1:{port}
    routes:
      - {{path: /, static: {{root: {site}}}}}
      - {{path: /chaos/, module: {{file: {build}/examples/chaos.so}}}}
"""

TLS = """
  - name: secure
    address: 127.0.0.1:{tls_port}
    tls: {{certificates: [{{certificate: {directory}/site.pem, key: {directory}/site.key}}]}}
    routes:
      - {{path: /, static: {{root: {site}}}}}
      - {{path: /echo, replay: idempotent, module: {{file: {build}/examples/echo.so, run: process}}}}
"""

NGINX = """
worker_processes 2;
daemon off;
pid {directory}/nginx.pid;
error_log {directory}/nginx.log;
events {{ worker_connections 2048; }}
http {{
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000000;
  client_body_temp_path {directory}/body; proxy_temp_path {directory}/proxy;
  fastcgi_temp_path {directory}/fastcgi; uwsgi_temp_path {directory}/uwsgi;
  scgi_temp_path {directory}/scgi;
  server {{ listen 127.0.0.1:{port} backlog=4096; root {site}; }}
}}
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def make_site(directory):
    site = directory / "site"
    site.mkdir()
    for name, size in SIZES.items():
        (site / name).write_bytes(random.randbytes(size))
    directory.chmod(0o755)
    return site


def make_certificate(directory):
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-days", "30",
         "-keyout", directory / "site.key", "-out", directory / "site.pem"],
        check=True, capture_output=True)


class Server:
    """One server in a directory of its own; with `tls`, tined listens on `tls_port` as well.
    `program` takes the place of tined, with more in its `environment`."""

    def __init__(self, name, build, directory, site, recycle=0, tls=False, program=None,
                 environment=()):
        self.is_large = False
        self.greed = 0
        self.name = name
        self.build = build
        self.directory = directory
        self.port = free_port()
        self.tls_port = free_port() if tls else 0
        if tls:
            make_certificate(directory)
        configuration = directory / f"{name}.conf"
        text = {"tined": TINED + (TLS if tls else ""), "nginx": NGINX}[name]
        configuration.write_text(text.format(
            directory=directory, site=site, port=self.port, tls_port=self.tls_port, build=build,
            recycle=recycle))
        command = {"tined": [program or build / "tined", "--config", configuration],
                   "nginx": ["nginx", "-c", configuration]}[name]
        self.log = directory / f"{name}.log"
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL,
                                        stderr=self.log.open("w"),
                                        env={**os.environ, **dict(environment)})
        deadline = time.monotonic() + 20
        while not self.answers():
            if time.monotonic() > deadline or self.process.poll() is not None:
                sys.exit(f"outlive: {name} does not start:\n{self.log.read_text()}")
            time.sleep(0.02)

    def answers(self):
        try:
            for port in filter(None, [self.port, self.tls_port]):
                socket.create_connection(("127.0.0.1", port), 1).close()
            return True
        except OSError:
            return False

    def children(self, name):
        """Those whose own name begins so."""
        pid = self.process.pid
        found = []
        try:
            for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
                if pathlib.Path(f"/proc/{child}/comm").read_text().startswith(name):
                    found.append(int(child))
        except OSError:
            pass  # One has ended meanwhile, or all have.
        return found

    def workers(self):
        return self.children("tined worker" if self.name == "tined" else "nginx")

    def kill(self, pids, number):
        """One of them. False: nobody is there, or it was on its way out."""
        if not pids:
            return False
        try:
            os.kill(random.choice(pids), number)
        except ProcessLookupError:
            return False
        return True

    def kill_a_worker(self, number):
        return self.kill(self.workers(), number)

    def kill_a_handshaker(self):
        return self.kill(self.children("tined handshake"), signal.SIGKILL)

    def reload(self):
        self.process.send_signal(signal.SIGHUP)
        return True

    def upgrade(self):
        self.process.send_signal(signal.SIGUSR2)
        return True

    def order(self, *words):
        """tinectl at work; its exit status says whether the order was carried out."""
        return subprocess.Popen(
            [self.build / "tinectl", "--socket", self.directory / "control.sock", *words],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def scale(self):
        """From 2 workers to 5 and back, in turn."""
        self.is_large = not self.is_large
        for _ in range(3):
            self.process.send_signal(signal.SIGTTIN if self.is_large else signal.SIGTTOU)
            time.sleep(0.01)  # Signals of one kind do not queue.
        return True

    def exhaust_memory(self):
        """Has a worker allocate more than its memory cgroup lets it: the kernel's OOM killer ends
        it. False where memory cgroups cannot be written."""
        group = pathlib.Path(f"/sys/fs/cgroup/memory/tined-outlive-{self.process.pid}")
        try:
            group.mkdir(exist_ok=True)
            (group / "memory.limit_in_bytes").write_text(str(LIMIT))
            (group / "cgroup.procs").write_text(str(self.process.pid))
            for pid in self.workers():
                (group / "cgroup.procs").write_text(str(pid))
        except OSError:
            return False
        self.greed += 1
        try:
            with socket.create_connection(("127.0.0.1", self.port), 5) as client:
                # Another request each time: one that ends two workers is not run for a while.
                client.sendall(f"GET /chaos/leak?mb={LIMIT * 2 // MIB + self.greed} HTTP/1.1\r\n"
                               "Host: a\r\n\r\n".encode())
                # Killed from outside: run once again elsewhere, and then given up.
                return client.recv(64).startswith(b"HTTP/1.1 50")
        except OSError:
            return False

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        group = pathlib.Path(f"/sys/fs/cgroup/memory/tined-outlive-{self.process.pid}")
        if group.exists():
            group.rmdir()


class Clients:
    """A program that is clients; `counts` is what it printed last, at least `answers`, `failures`
    and `longest_wait` in milliseconds."""

    def __init__(self, command):
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.counts = (0, 0, 0)

    @classmethod
    def in_clear(cls, build, server, site, seconds, connections):
        return cls([build / "bench/outlive_load", str(server.port), str(connections), str(seconds),
                    site, *ASKED])

    @classmethod
    def over_tls(cls, build, server, site, seconds, connections):
        return cls([build / "bench/secure_load", str(server.tls_port), str(connections),
                    str(seconds), site, "/echo", *ASKED])

    def follow(self):
        """Yields as often as there is news, until the end."""
        for line in self.process.stdout:
            self.counts = tuple(int(number) for number in line.split())
            yield
        self.process.wait()

    def wait(self):
        """Until the end, whatever is told on the way."""
        for _ in self.follow():
            pass

    @property
    def answers(self):
        return self.counts[0]

    @property
    def failures(self):
        return self.counts[1]

    @property
    def longest_wait(self):
        return self.counts[2]


def is_installed(program):
    return shutil.which(program) is not None
