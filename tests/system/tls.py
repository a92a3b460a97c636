"""A listener with TLS under the unit: what outlives what, and who gets at private keys."""

import http.client
import signal
import ssl
import subprocess
import tempfile

from continuity import kill_one
from load import get
from machine import PATIENCE, eventually
from vocabulary import (CONFIGURATION, PORT, children, configure, expect, main_pid, no_override,
                        override, reload, workers)

SECURE = 8443
HOST = "a.example"
# What a program may read, as far as it is asked.
PROGRAM = """#!/bin/sh
printf 'Content-Type: text/plain\\n\\n'
echo "$QUERY_STRING" | tr '&' '\\n' | while read -r file; do
  cat "$file" >/dev/null 2>&1 && echo open || echo closed
done
"""


def make_pair():
    """Certificate and key, PEM."""
    with tempfile.TemporaryDirectory() as directory:
        names = [f"{directory}/pem", f"{directory}/key"]
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:P-256", "-nodes", "-days", "60", "-subj", f"/CN={HOST}",
                        "-addext", f"subjectAltName=DNS:{HOST}", "-out", names[0], "-keyout",
                        names[1]], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return [open(name, encoding="ascii").read() for name in names]


def deploy(machine):
    """A new pair, as the deploy hook of docs/tls.md puts it there."""
    for name, text in zip(("pem", "key"), make_pair()):
        machine.write(f"/root/site.{name}", text)
        machine.run("mkdir", "-p", "/etc/tined/tls")
        machine.run("install", "-o", "tined", "-m", "400", f"/root/site.{name}",
                    f"/etc/tined/tls/site.{name}")


def with_tls(key="/etc/tined/tls/site.key"):
    return CONFIGURATION + f"""
      - {{path: /cgi/, program: {{root: /srv/cgi}}}}
  - name: secure
    address: 0.0.0.0:{SECURE}
    tls:
      certificates:
        - {{certificate: /etc/tined/tls/site.pem, key: "{key}"}}
    routes:
      - {{path: /ping, respond: {{body: "secure\\n"}}}}
"""


def ask_by_curl(machine):
    return machine.run("curl", "-sS", "--cacert", "/etc/tined/tls/site.pem", "--connect-to",
                       f"{HOST}:{SECURE}:127.0.0.1:{SECURE}", f"https://{HOST}:{SECURE}/ping")


class Held:
    """One session that is never begun again; whom it trusts is curl's matter."""

    def __init__(self):
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        self.connection = http.client.HTTPSConnection("127.0.0.1", SECURE, timeout=PATIENCE,
                                                      context=context)
        self.connection.connect()
        self.connection.auto_open = False
        self.certificate = self.connection.sock.getpeercert(binary_form=True)

    def expect_served(self, when):
        self.connection.request("GET", "/ping")
        answer = self.connection.getresponse()
        expect((answer.status, answer.read()) == (200, b"secure\n"), when)


def handshakers(machine):
    return [int(pid) for pid in children(machine)
            if machine.try_run("cat", f"/proc/{pid}/comm").stdout == "tined handshake\n"]


def expect_readable(machine, files, wanted):
    machine.write("/srv/cgi/reads", PROGRAM)
    machine.path("/srv/cgi/reads").chmod(0o755)
    found = get(PORT, "/cgi/reads?" + "&".join(files))[1].decode().split()
    expect(found == wanted, f"a program reads {files}: {found}")


def tls_sessions_outlive_workers_handshakers_and_certificates(machine):
    deploy(machine)
    machine.run("mkdir", "-p", "/srv/cgi")
    began = machine.journal_end()
    configure(machine, with_tls())
    reload(machine)
    expect(ask_by_curl(machine) == "secure\n", "curl is answered")
    held = Held()
    kill_one(machine)
    kill_one(machine)
    held.expect_served("after all workers have been killed, on the same session")
    old = handshakers(machine)
    expect(old, "there is a handshaker")
    for pid in old:
        machine.kill(pid, signal.SIGKILL)
    held.expect_served("without a handshaker, on the same session")
    expect(ask_by_curl(machine) == "secure\n", "curl waits for the next handshaker")
    expect(not set(old) & set(handshakers(machine)), "it is another one")
    deploy(machine)
    expect(Held().certificate == held.certificate, "a new certificate waits for a reload")
    reload(machine)
    expect(ask_by_curl(machine) == "secure\n", "curl trusts the new certificate")
    expect(Held().certificate != held.certificate, "it is another one")
    held.expect_served("after the reload, on the same session")
    machine.run("cp", "/etc/tined/tined.yaml", "/etc/tined/tls/site.key")
    machine.fail("systemctl", "reload", "tined")
    expect(ask_by_curl(machine) == "secure\n", "a key that makes no sense refuses the reload")
    said = machine.run("systemd-analyze", "security", "--threshold=15", "tined.service")
    print("       " + said.strip().splitlines()[-1])
    expect("can read a private key" not in machine.journal("-u", "tined", "--after-cursor", began),
           "workers and programs cannot read the key")
    deploy(machine)
    configure(machine)
    reload(machine)


def private_keys_are_closed_to_programs(machine):
    deploy(machine)
    configure(machine, with_tls())
    reload(machine)
    machine.run("ln", "-sf", "/etc/tined/tls/site.key", "/var/lib/tined/link")
    expect_readable(machine, ["/etc/tined/tls/site.key", "/var/lib/tined/link",
                              "/proc/self/root/etc/tined/tls/site.key"], ["closed"] * 3)
    expect_readable(machine, ["/etc/tined/tls/site.pem", "/etc/tined/tined.yaml", "/etc/passwd",
                              "/srv/www/index.html"], ["open"] * 4)
    for pid in (main_pid(machine), *handshakers(machine)):
        expect_readable(machine, [f"/proc/{pid}/environ"], ["closed"])
    configure(machine)
    reload(machine)


def a_key_may_be_a_credential(machine):
    """As docs/tls.md says: the key is root's, and systemd passes it."""
    deploy(machine)
    machine.run("install", "-D", "-m", "600", "/root/site.key", "/etc/ssl/private/site.key")
    machine.run("rm", "/etc/tined/tls/site.key")
    machine.write("/etc/tined/keys/other", "a module's\n")
    override(machine, "[Service]\nLoadCredential=site.key:/etc/ssl/private/site.key\n")
    began = machine.journal_end()
    configure(machine, with_tls("${CREDENTIALS_DIRECTORY}/site.key"))
    machine.run("systemctl", "restart", "tined")
    eventually(lambda: workers(machine), "it serves")
    expect(ask_by_curl(machine) == "secure\n", "curl is answered")
    expect("can read a private key" not in machine.journal("-u", "tined", "--after-cursor", began),
           "workers and programs cannot read the key")
    environment = machine.run("cat", f"/proc/{main_pid(machine)}/environ").split("\0")
    directory, = (entry.split("=", 1)[1] for entry in environment
                  if entry.startswith("CREDENTIALS_DIRECTORY="))
    expect_readable(machine, [f"{directory}/site.key", "/etc/ssl/private/site.key",
                              f"{directory}/keys_other"], ["closed", "closed", "open"])
    reload(machine)
    expect(ask_by_curl(machine) == "secure\n", "a reload finds it again")
    configure(machine)
    no_override(machine)
    machine.run("rm", "/etc/tined/keys/other", "/etc/ssl/private/site.key")
    machine.run("systemctl", "restart", "tined")
