"""The units: what the service may do, and how it is started, watched and stopped."""

import signal
import socket
import time

from continuity import kill_one
from load import Held, Load, get
from machine import PATIENCE, eventually
from vocabulary import (BIG, CONFIGURATION, PORT, children, configure, expect, let_bind_low_ports,
                        main_pid, no_override, override, reload, restarted, start_instance, status,
                        stop_instance, workers)


def units_are_as_systemd_wants_them(machine):
    said = machine.run("systemd-analyze", "verify", "--man=no", "tined.service", "tined.socket",
                       "tined@name.service")
    expect(not said, said)


def exposure_is_low(machine):
    for unit in ("tined.service", "tined@name.service"):
        said = machine.run("systemd-analyze", "security", "--threshold=15", unit)
        print("       " + said.strip().splitlines()[-1])


def expect_capabilities(machine, unit, wanted):
    for pid in [main_pid(machine, unit), *children(machine, unit)]:
        fields = dict(line.split(":\t", 1) for line in
                      machine.run("cat", f"/proc/{pid}/status").splitlines() if ":\t" in line)
        expect(int(fields["CapEff"], 16) == int(fields["CapBnd"], 16) == wanted, str(fields))
        expect(fields["NoNewPrivs"] == "1" and fields["Seccomp"] == "2", str(fields))
        expect(fields["Uid"].split()[0] != "0", "no process is root's")


def processes_have_no_capability_and_no_users_but_their_own(machine):
    expect_capabilities(machine, "tined.service", 0)
    for pid in [main_pid(machine), *workers(machine)]:
        known = machine.run("cat", f"/proc/{pid}/uid_map").splitlines()
        uid = machine.run("id", "-u", "tined").strip()
        expect([line.split() for line in known] == [["0", "0", "1"], [uid, uid, "1"]], str(known))


def files_of_other_users_are_served_as_their_mode_says(machine):
    for name, owner, mode in (("open", "4711:4711", "644"), ("closed", "4711:4711", "640"),
                              ("shared", "4711:shadow", "640")):
        machine.write(f"/srv/www/{name}", name)
        machine.run("chown", owner, f"/srv/www/{name}")
        machine.run("chmod", mode, f"/srv/www/{name}")
    expect(get(PORT, "/open") == (200, b"open"), "what all may read is served")
    expect(get(PORT, "/closed")[0] == get(PORT, "/shared")[0] == 403, "the rest is not")
    override(machine, "[Service]\nSupplementaryGroups=shadow\n")
    machine.run("systemctl", "restart", "tined")
    expect(get(PORT, "/shared") == (200, b"shared"), "what its group may read is served")
    expect(get(PORT, "/closed")[0] == 403, "and nothing else")
    no_override(machine)
    machine.run("systemctl", "restart", "tined")


def low_port_is_refused_with_what_to_do(machine):
    advice = ("cannot listen on 0.0.0.0:80 (listener `web`): Permission denied; a port below 1024 "
              "needs the capability CAP_NET_BIND_SERVICE (the drop-in low-ports.conf")
    configure(machine, CONFIGURATION.replace(":8080", ":80"))
    began = machine.journal_end()
    machine.fail("systemctl", "reload", "tined")
    expect(advice in machine.journal("-u", "tined", "--after-cursor", began), "the reload says it")
    expect(get(PORT, "/ping") == (200, b"pong\n"), "the service goes on")
    machine.run("systemctl", "stop", "tined")
    override(machine, "[Service]\nRestart=no\n")
    machine.fail("systemctl", "start", "tined")
    expect(machine.show("tined.service", "StatusErrno") == "13", "EACCES")
    expect(advice in machine.show("tined.service", "StatusText"), "the start says it")
    no_override(machine)
    configure(machine)
    machine.run("systemctl", "start", "tined")


def low_ports_are_served_with_the_drop_in(machine):
    let_bind_low_ports(machine)
    configure(machine, CONFIGURATION.replace(":8080", ":80"))
    machine.run("systemctl", "restart", "tined")
    start_instance(machine, port=81)
    for unit, port in (("tined.service", 80), ("tined@blog.service", 81)):
        expect(get(port, "/ping") == (200, b"pong\n"), f"port {port} answers")
        expect_capabilities(machine, unit, 1 << 10)
        print("       " + machine.run("systemd-analyze", "security", unit).strip().splitlines()[-1])
    with Load(80) as load:
        reload(machine)
        load.wait_for(50)
        kill_one(machine)
    stop_instance(machine)
    no_override(machine, "tined@.service")
    no_override(machine)
    configure(machine)
    machine.run("systemctl", "restart", "tined")


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
        kill_one(machine)
        load.wait_for(50)
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
