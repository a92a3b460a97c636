"""The units: what the service may do, and how it is started, watched and stopped."""

import signal
import socket
import time

from continuity import killed_workers_lose_no_request, reloads_under_load_lose_no_request
from load import Held, Load, get
from machine import PATIENCE, eventually
from vocabulary import (BIG, CONFIGURATION, PORT, configure, expect, main_pid, no_override, override,
                        reload, restarted, start_instance, status, stop_instance, workers)


def units_are_as_systemd_wants_them(machine):
    said = machine.run("systemd-analyze", "verify", "--man=no", "tined.service", "tined.socket",
                       "tined@name.service")
    expect(not said, said)


def exposure_is_low(machine):
    said = machine.run("systemd-analyze", "security", "--threshold=18", "tined.service")
    print("       " + said.strip().splitlines()[-1])
    machine.run("systemd-analyze", "security", "--threshold=18", "tined@name.service")


def exposure_is_lower_without_low_ports_and_everything_works(machine):
    override(machine, machine.path("/usr/share/tined/high-ports.conf").read_text())
    machine.run("systemctl", "restart", "tined")
    said = machine.run("systemd-analyze", "security", "--threshold=15", "tined.service")
    print("       " + said.strip().splitlines()[-1])
    expect("CapEff:\t0000000000000000" in machine.run("cat", f"/proc/{main_pid(machine)}/status"),
           "no capability")
    reloads_under_load_lose_no_request(machine)
    killed_workers_lose_no_request(machine)
    no_override(machine)
    machine.run("systemctl", "restart", "tined")


def processes_can_bind_low_ports_and_nothing_else(machine):
    for pid in [main_pid(machine), *workers(machine)]:
        fields = dict(line.split(":\t", 1) for line in
                      machine.run("cat", f"/proc/{pid}/status").splitlines() if ":\t" in line)
        expect(int(fields["CapEff"], 16) == int(fields["CapBnd"], 16) == 1 << 10, str(fields))
        expect(fields["NoNewPrivs"] == "1" and fields["Seccomp"] == "2", str(fields))
        expect(fields["Uid"].split()[0] != "0", "no process is root's")
    configure(machine, CONFIGURATION.replace(":8080", ":80"))
    reload(machine)
    expect(get(80, "/ping") == (200, b"pong\n"), "port 80 answers")
    configure(machine)
    reload(machine)


def key_files_reach_the_service_alone(machine):
    machine.write("/etc/tined/keys/site.pem", "a key\n")
    machine.run("chmod", "600", "/etc/tined/keys/site.pem")
    machine.run("systemctl", "restart", "tined")
    pid = main_pid(machine)
    environment = machine.run("cat", f"/proc/{pid}/environ").split("\0")
    directory, = (entry.split("=", 1)[1] for entry in environment
                  if entry.startswith("CREDENTIALS_DIRECTORY="))
    as_tined = ("nsenter", "-t", str(pid), "-m", "setpriv", "--reuid=tined", "--regid=tined",
                "--clear-groups", "cat")
    expect(machine.run(*as_tined, f"{directory}/keys_site.pem") == "a key\n", "tined reads it")
    machine.fail(*as_tined, "/etc/tined/keys/site.pem")
    machine.run("rm", "/etc/tined/keys/site.pem")


def hung_supervisor_is_restarted_by_the_watchdog(machine):
    override(machine, "[Service]\nWatchdogSec=2\nTimeoutAbortSec=2\n")
    machine.run("systemctl", "restart", "tined")
    old = main_pid(machine)
    expect(machine.show("tined.service", "WatchdogUSec") == "2s", "the watchdog is on")
    time.sleep(5)  # Longer than the watchdog waits: the answers to it are what is checked.
    expect(main_pid(machine) == old, "a healthy service is left alone")
    began = machine.journal_end()
    machine.kill(old, signal.SIGSTOP)
    restarted(machine, old)
    expect("watchdog" in machine.journal("-u", "tined", "--after-cursor", began).lower(),
           "the log says why")
    old, hung = main_pid(machine), workers(machine)
    for pid in hung:
        machine.kill(pid, signal.SIGSTOP)
    restarted(machine, old)  # Nobody served, which is as bad.
    for pid in hung:  # No supervisor has them as its children any more (docs/upgrade.md).
        machine.kill(pid, signal.SIGKILL)
    no_override(machine)
    machine.run("systemctl", "restart", "tined")


def failed_start_says_why(machine):
    machine.run("systemctl", "stop", "tined")
    override(machine, "[Service]\nRestart=no\n")
    with socket.create_server(("127.0.0.1", PORT)):
        machine.fail("systemctl", "start", "tined")
    expect(machine.show("tined.service", "StatusErrno") == "98", "EADDRINUSE")
    expect("cannot listen on 0.0.0.0:8080" in machine.show("tined.service", "StatusText"),
           machine.show("tined.service", "StatusText"))
    no_override(machine)
    machine.run("systemctl", "reset-failed", "tined")
    machine.run("systemctl", "start", "tined")


def start_that_fails_again_and_again_ends(machine):
    machine.run("systemctl", "stop", "tined")
    machine.run("systemctl", "reset-failed", "tined")  # Earlier starts do not count.
    configure(machine, CONFIGURATION + "nonsense: true\n")
    machine.fail("systemctl", "start", "tined")
    eventually(lambda: machine.show("tined.service", "ActiveState") == "failed", "it is given up")
    tries = int(machine.show("tined.service", "NRestarts"))
    expect(10 <= tries <= 20, f"after {tries} tries")
    configure(machine)
    machine.run("systemctl", "reset-failed", "tined")
    machine.run("systemctl", "start", "tined")


def stop_lets_open_answers_finish(machine):
    override(machine, "[Service]\nTimeoutStopSec=1\n")  # tined asks for what drain_timeout says.
    connection = Held(PORT)
    connection.ask("/big")
    stop = machine.start("systemctl", "stop", "tined")
    eventually(lambda: machine.show("tined.service", "StatusText") == "draining", "it drains")
    expect(machine.show("tined.service", "ActiveState") == "deactivating", "it is on its way out")
    time.sleep(2.5)  # Longer than the unit alone would have waited.
    late = Held(PORT)  # systemd holds the port until it knows that no start follows.
    late.ask("/ping")
    expect(stop.poll() is None, "the stop waits for the open answer")
    expect(connection.answer() == (200, bytes(range(256)) * (BIG // 256)), "it arrives to the byte")
    expect(stop.wait(PATIENCE) == 0, "the stop succeeds")
    expect(late.is_closed(), "who came too late is told so")
    expect(machine.show("tined.service", "Result") == "success", "the stop is a clean one")
    expect(machine.show("tined.service", "ActiveState") == "inactive", "it is stopped")
    expect(not machine.path("/run/tined").exists(), "nothing is left in /run")
    no_override(machine)
    machine.run("systemctl", "start", "tined")


def restart_lets_new_connections_wait(machine):
    old = main_pid(machine)
    restart = machine.start("systemctl", "restart", "tined")
    while restart.poll() is None:
        expect(get(PORT, "/ping") == (200, b"pong\n"), "answered during the restart")
    expect(restart.returncode == 0 and main_pid(machine) != old, "it was restarted")


def socket_activation_starts_it_and_keeps_the_port_over_restarts(machine):
    machine.run("systemctl", "stop", "tined")
    configure(machine, CONFIGURATION.replace("0.0.0.0:8080", "systemd:web"))
    machine.run("systemctl", "start", "tined.socket")
    expect(not machine.is_active(), "the service waits for the first connection")
    expect(get(80, "/ping") == (200, b"pong\n"), "the first connection is answered")
    eventually(machine.is_active, "the service runs")
    with Load(80, "/ping", clients=1) as load:
        load.expected = (200, b"pong\n")
        reload(machine)
    restart = machine.start("systemctl", "restart", "tined")
    while restart.poll() is None:
        # Never refused: systemd holds the port.
        expect(get(80, "/ping")[0] == 200, "answered during the restart")
    machine.run("systemctl", "stop", "tined.socket", "tined.service")
    configure(machine)
    machine.run("systemctl", "start", "tined")


def instance_is_a_service_of_its_own(machine):
    start_instance(machine)
    expect(get(8081, "/ping") == (200, b"pong\n"), "the instance answers")
    control = ("--socket", "/run/tined-blog/control.sock")
    expect(status(machine, *control)["pid"] == main_pid(machine, "tined@blog.service"),
           "tinectl reaches the instance")
    machine.run("systemctl", "restart", "tined")
    expect(get(8081, "/ping") == (200, b"pong\n"), "the instance does not depend on tined.service")
    machine.run("systemctl", "reload", "tined@blog")
    stop_instance(machine)
    expect(not machine.path("/run/tined-blog").exists(), "nothing is left in /run")
