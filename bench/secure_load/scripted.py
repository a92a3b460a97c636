#!/usr/bin/env python3
"""Clients that are not ours: Python's ssl and curl, TLS 1.2 and 1.3, every answer compared byte for
byte, nothing retried. Prints what secure_load does.

Usage: scripted.py PORT SECONDS DIRECTORY CERTIFICATE NAME...
"""

import pathlib
import random
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time

PATIENCE = 60  # seconds


class Counts:
    """What all clients have seen."""

    def __init__(self):
        self.lock = threading.Lock()
        self.answers = self.sessions = self.resumed = self.longest = 0
        self.failed = {"established": 0, "handshake": 0, "first answer": 0}

    def note_answer(self, wait):
        with self.lock:
            self.answers += 1
            self.longest = max(self.longest, round(wait * 1000))

    def note_session(self, is_resumed=False):
        with self.lock:
            self.sessions += 1
            self.resumed += is_resumed

    def note_failure(self, phase, who, why):
        with self.lock:
            self.failed[phase] += 1
            if sum(self.failed.values()) <= 20:
                print(f"{time.time():.3f} {who}: {phase}: {why}", file=sys.stderr, flush=True)

    def print(self):
        with self.lock:
            print(self.answers, self.failed["established"], self.longest, self.failed["handshake"],
                  self.failed["first answer"], self.sessions, self.resumed, 0, flush=True)


class Client(threading.Thread):
    """One connection after the other, until it is over."""

    def __init__(self, work, is_tls13, seed):
        super().__init__()
        self.work = work
        self.is_tls13 = is_tls13
        self.random = random.Random(seed)
        self.phase = "handshake"

    def run(self):
        while not self.work.is_over:
            self.phase = "handshake"
            try:
                self.connect()
            except Exception as error:  # noqa: BLE001: whatever it is, it is a failure
                who = f"{type(self).__name__} {'1.3' if self.is_tls13 else '1.2'}"
                self.work.counts.note_failure(self.phase, who, repr(error))


class Python(Client):
    """The ssl module of Python."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.context = ssl.create_default_context(cafile=self.work.certificate)
        version = ssl.TLSVersion.TLSv1_3 if self.is_tls13 else ssl.TLSVersion.TLSv1_2
        self.context.minimum_version = self.context.maximum_version = version
        self.session = None

    def connect(self):
        with socket.create_connection(("127.0.0.1", self.work.port), PATIENCE) as plain, \
             self.context.wrap_socket(plain, server_hostname="localhost",
                                      session=self.session) as secure:
            self.work.counts.note_session(secure.session_reused)
            self.phase = "first answer"
            rest = b""
            for _ in range(self.random.randrange(1, 60)):
                if self.work.is_over:
                    break
                rest = self.ask(secure, rest)
            self.session = secure.session
            secure.unwrap().close()

    def ask(self, secure, rest):
        """Some requests at once, or one in two pieces; what follows their answers."""
        names = self.random.choices(list(self.work.names), k=self.random.choice((1, 1, 1, 4)))
        request = b"".join(f"GET /{name} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
                           for name in names)
        begin = time.monotonic()
        cut = self.random.randrange(1, len(request))
        secure.sendall(request[:cut])
        if self.random.random() < 0.3:
            time.sleep(self.random.random() * 0.02)
        secure.sendall(request[cut:])
        for name in names:
            rest = self.read(secure, rest, self.work.files[name])
            self.work.counts.note_answer(time.monotonic() - begin)
        return rest

    def read(self, secure, rest, body):
        while b"\r\n\r\n" not in rest:
            rest += self.receive(secure)
        header, _, rest = rest.partition(b"\r\n\r\n")
        if not header.startswith(b"HTTP/1.1 200 "):
            raise ValueError(header.split(b"\r\n")[0])
        parts, length = [rest], len(rest)
        while length < len(body):
            parts.append(self.receive(secure))
            length += len(parts[-1])
        rest = b"".join(parts)
        if rest[:len(body)] != body:
            raise ValueError("other bytes")
        return rest[len(body):]

    def receive(self, secure):
        received = secure.recv(65536)
        if not received:
            raise ValueError("closed without an answer")
        self.phase = "established"
        return received


class Curl(Client):
    """curl with many URLs, which it asks for on one connection."""

    def connect(self):
        names = self.random.choices(list(self.work.names), k=40)
        with tempfile.TemporaryDirectory(prefix="tined-curl-") as path:
            directory = pathlib.Path(path)
            commands = [f'url = "https://localhost:{self.work.port}/{name}"\n'
                        f'output = "{directory}/{number}"\n' for number, name in enumerate(names)]
            (directory / "commands").write_text("".join(commands))
            begin = time.monotonic()
            done = subprocess.run(
                ["curl", "--silent", "--show-error", "--fail", "--noproxy", "*", "--http1.1",
                 "--cacert", self.work.certificate, "--connect-to", "localhost::127.0.0.1:",
                 *(["--tlsv1.3"] if self.is_tls13 else ["--tls-max", "1.2"]),
                 "--max-time", str(PATIENCE), "--write-out", "%{num_connects} %{http_code}\n",
                 "--config", directory / "commands"],
                capture_output=True, text=True, check=False)
            self.check(names, directory, done, time.monotonic() - begin)

    def check(self, names, directory, done, wait):
        told = [line.split() for line in done.stdout.splitlines()]
        self.work.counts.note_session()
        for number, name in enumerate(names):
            # curl asks again, on another connection, where one has ended without an answer.
            connects, status = told[number] if number < len(told) else ("0", "none")
            file = directory / str(number)
            is_right = file.exists() and file.read_bytes() == self.work.files[name]
            if status != "200" or not is_right or (number > 0 and connects != "0"):
                if status != "none" and not is_right and status == "200":
                    raise ValueError(f"answer {number}: other bytes")
                if number > 0:
                    self.phase = "established"
                raise ValueError(f"answer {number}: status {status}, {connects} connections, "
                                 f"{done.stderr.strip()}")
            self.work.counts.note_answer(wait / len(names))


class Work:
    def __init__(self, arguments):
        self.port = int(arguments[0])
        self.certificate = arguments[3]
        self.names = arguments[4:]
        self.files = {name: (pathlib.Path(arguments[2]) / name).read_bytes() for name in self.names}
        self.counts = Counts()
        self.is_over = False

    def end(self, *_):
        self.is_over = True


def main():
    if len(sys.argv) < 6:
        sys.exit(__doc__)
    work = Work(sys.argv[1:])
    signal.signal(signal.SIGTERM, work.end)
    clients = [kind(work, is_tls13, number)
               for number, (kind, is_tls13) in enumerate(
                   (kind, is_tls13) for kind in (Python, Curl) for is_tls13 in (True, False))]
    for client in clients:
        client.start()
    end = time.monotonic() + float(sys.argv[2])
    while time.monotonic() < end and not work.is_over:
        time.sleep(0.2)
        work.counts.print()
    work.end()
    for client in clients:
        client.join()
    work.counts.print()


if __name__ == "__main__":
    main()
