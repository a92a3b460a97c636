"""The words that the checks are written in: what they do to the service and ask of it."""

import json

from load import answers
from machine import Failure, eventually

PORT = 8080
BIG = 32 << 20
CONFIGURATION = """
workers: {count: 2}
access_log: {path: /var/log/tined/access.log}
listeners:
  - name: web
    address: 0.0.0.0:8080
    routes:
      - {path: /, static: {root: /srv/www}}
      - {path: /ping, respond: {body: "pong\\n"}}
"""


def expect(holds, what):
    if not holds:
        raise Failure(what)


def install(machine):
    """The packages as they were built."""
    packages = [f"/packages/{path.name}" for path in machine.path("/packages").glob("tined*_*.deb")]
    expect(len(packages) == 2, str(packages))
    machine.run("apt-get", "install", "-q", "-y", "--no-install-recommends", "--allow-downgrades",
                *packages)


def is_installed(machine):
    said = machine.try_run("dpkg-query", "-W", "-f=${db:Status-Status}", "tined")
    return said.stdout == "installed"


def configure(machine, text=CONFIGURATION):
    machine.write("/etc/tined/tined.yaml", text)


def reload(machine):
    machine.run("systemctl", "reload", "tined")


def status(machine, *arguments):
    return json.loads(machine.run("tinectl", *arguments, "--json", "status"))


def workers(machine):
    found = json.loads(machine.run("tinectl", "--json", "workers"))["workers"]
    return [worker["pid"] for worker in found if worker["state"] == "serving"]


def main_pid(machine, unit="tined.service"):
    return int(machine.show(unit, "MainPID"))


def restarted(machine, old):
    """Waits until another supervisor serves."""
    eventually(lambda: machine.is_active() and main_pid(machine) not in (0, old),
               "systemd has restarted the service")
    eventually(lambda: answers(PORT), "the restarted service answers")


def override(machine, text, unit="tined.service"):
    machine.write(f"/etc/systemd/system/{unit}.d/test.conf", text)
    machine.run("systemctl", "daemon-reload")


def no_override(machine, unit="tined.service"):
    machine.run("rm", "-r", f"/etc/systemd/system/{unit}.d")
    machine.run("systemctl", "daemon-reload")


def children(machine, unit="tined.service"):
    """The process ids of the supervisor's children, whether or not it can be asked."""
    pid = main_pid(machine, unit)
    return machine.run("cat", f"/proc/{pid}/task/{pid}/children").split()


def processes(machine, unit="tined.service"):
    """How many processes the unit has, those of an earlier supervisor included."""
    return int(machine.run("sh", "-c", f"grep -ls '/{unit}$' /proc/[0-9]*/cgroup | wc -l"))


def entries(machine, since, unit="tined.service"):
    """What the service has written into the journal since that end of it."""
    lines = machine.journal("-u", unit, "-o", "json", "--after-cursor", since).splitlines()
    return [entry for entry in map(json.loads, lines) if entry.get("SYSLOG_IDENTIFIER") == "tined"]


def with_message(written, message):
    return [entry for entry in written if entry["MESSAGE"].startswith(message)]


def start_instance(machine, port=8081):
    """tined@blog, like the service itself but for its port."""
    text = CONFIGURATION.replace("8080", str(port)).replace("/tined/access", "/tined/blog/access")
    machine.write("/etc/tined/blog/tined.yaml", text)
    machine.run("systemctl", "enable", "--now", "tined@blog")


def stop_instance(machine):
    machine.run("systemctl", "disable", "--now", "tined@blog")
    machine.run("rm", "-r", "/etc/tined/blog")


def let_bind_low_ports(machine):
    """As tined(8) says."""
    for directory in ("tined.service.d", "tined@.service.d"):
        machine.run("mkdir", "-p", f"/etc/systemd/system/{directory}")
        machine.run("ln", "-s", "/usr/share/tined/low-ports.conf", f"/etc/systemd/system/{directory}/")
    machine.run("systemctl", "daemon-reload")


def recover(machine):
    """After a check that failed: what the next one wants to find."""
    machine.try_run("sh", "-c", "rm -rf /etc/systemd/system/tined*.d; systemctl daemon-reload;"
                    " systemctl stop tined.service tined.socket 'tined@*.service';"
                    " kill -KILL"
                    " $(grep -ls ':/system.slice/.*tined' /proc/[0-9]*/cgroup | cut -d / -f 3);"
                    " systemctl reset-failed")
    configure(machine)
    machine.try_run("systemctl", "start", "tined.service")
