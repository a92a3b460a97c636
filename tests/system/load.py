"""Clients: one request, and load that counts every request that was not answered as it should."""

import http.client
import threading

import machine


def get(port, path="/", host="127.0.0.1", timeout=machine.PATIENCE):
    """Status and body of one request on a connection of its own."""
    connection = http.client.HTTPConnection(host, port, timeout=timeout)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def answers(port, path="/"):
    """Whether a request is answered with 200 now."""
    try:
        return get(port, path)[0] == 200
    except (OSError, http.client.HTTPException):
        return False


class Load:
    """Requests from several clients while the block runs, half of them on connections that stay
    open. Fails when a single one failed, or one of those connections was closed. Nothing is ever
    retried."""

    def __init__(self, port, path="/", clients=8):
        self.port = port
        self.path = path
        self.expected = get(port, path)
        self.done = 0
        self.failures = []
        self.lock = threading.Lock()
        self.has_grown = threading.Condition(self.lock)
        self.is_over = False
        self.threads = [threading.Thread(target=self._run, args=(number % 2 == 0,))
                        for number in range(clients)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        self.wait_for(100)
        return self

    def __exit__(self, kind, error, trace):
        try:
            if error is None:
                self.wait_for(100)
        finally:
            self.is_over = True
            for thread in self.threads:
                thread.join()
        if error is None and self.failures:
            raise machine.Failure(f"{len(self.failures)} of {self.done} requests failed, first: "
                                  f"{self.failures[0]}")

    def wait_for(self, requests):
        """Waits until so many more requests have been answered."""
        with self.lock:
            target = self.done + requests
            if not self.has_grown.wait_for(lambda: self.done >= target, machine.PATIENCE):
                raise machine.Failure(f"only {self.done} requests done; {self.failures[:3]}")

    def _run(self, stays_open):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=machine.PATIENCE)
        headers = {} if stays_open else {"Connection": "close"}
        while not self.is_over:
            failure = self._ask(connection, headers)
            with self.lock:
                self.done += 1
                if failure:
                    self.failures.append(failure)
                self.has_grown.notify_all()
            if failure:
                connection.close()
        connection.close()

    def _ask(self, connection, headers):
        try:
            connection.request("GET", self.path, headers=headers)
            answer = connection.getresponse()
            got = answer.status, answer.read()
            if answer.will_close and not headers:
                return "a connection that was to stay open is closed"
        except (OSError, http.client.HTTPException) as error:
            return repr(error)
        return None if got == self.expected else f"status {got[0]}, {len(got[1])} bytes"


class Held:
    """One connection that is never opened again: whoever closes it makes the next request fail."""

    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=machine.PATIENCE)
        self.connection.connect()
        self.connection.auto_open = False

    def ask(self, path):
        self.connection.request("GET", path)

    def answer(self):
        """Status and body of the answer to what was asked."""
        answer = self.connection.getresponse()
        return answer.status, answer.read()

    def get(self, path):
        self.ask(path)
        return self.answer()

    def is_closed(self):
        """Whether the other end closes it without an answer."""
        try:
            self.answer()
        except (ConnectionError, http.client.RemoteDisconnected):
            return True
        return False
