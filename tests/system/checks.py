"""What has to hold of the installed service, in the order in which it is checked. Each check finds
the service running with CONFIGURATION and leaves it so."""

import http.client
import json
import re
import signal
import socket
import time

from load import Load, answers, get
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


def installs_enabled_and_answering(machine):
    package = next(path.name for path in machine.path("/packages").glob("tined_*.deb"))
    machine.run("apt-get", "install", "-q", "-y", "--no-install-recommends",
                f"/packages/{package}")
    expect(machine.is_active(), "the service is active after installation")
    machine.run("systemctl", "is-enabled", "tined.service")
    expect(b"tined works" in get(PORT)[1], "the first page is served")
    machine.run("sh", "/packages/serves")
    expect(machine.show("tined.service", "User") == "tined", "the service has its own user")
    machine.run("mkdir", "-p", "/srv/www")
    machine.write("/srv/www/index.html", "<p>hello\n" * 100)
    machine.path("/srv/www/big").write_bytes(bytes(range(256)) * (BIG // 256))
    configure(machine)
    reload(machine)


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


def good_reload_succeeds_and_bad_one_fails_while_the_service_goes_on(machine):
    pid = main_pid(machine)
    generation = status(machine)["generation"]
    configure(machine, CONFIGURATION.replace("pong", "pang"))
    reload(machine)
    expect(get(PORT, "/ping") == (200, b"pang\n"), "the new configuration is in effect")
    expect(status(machine)["generation"] == generation + 1, "the next generation serves")
    configure(machine, CONFIGURATION + "nonsense: true\n")
    machine.fail("systemctl", "reload", "tined")
    expect(machine.is_active() and main_pid(machine) == pid, "the service goes on")
    expect(get(PORT, "/ping") == (200, b"pang\n"), "the old configuration stays in effect")
    said = machine.journal("-u", "tined", "-p", "err")
    expect(re.search(r"/etc/tined/tined\.yaml:\d+:\d+: .*nonsense", said), said)
    configure(machine)
    reload(machine)
    expect(machine.show("tined.service", "NRestarts") == "0", "it was never restarted")


def sighup_reloads_too(machine):
    configure(machine, CONFIGURATION.replace("pong", "pung"))
    machine.run("systemctl", "kill", "--kill-who=main", "--signal=HUP", "tined.service")
    eventually(lambda: get(PORT, "/ping")[1] == b"pung\n", "the new configuration is in effect")
    eventually(lambda: machine.is_active(), "the unit is active again")
    configure(machine)
    reload(machine)


def reloads_under_load_lose_no_request(machine):
    with Load(PORT) as load:
        for _ in range(5):
            reload(machine)
            load.wait_for(50)


def killed_workers_lose_no_request(machine):
    with Load(PORT) as load:
        for _ in range(6):
            old = workers(machine)
            machine.kill(old[0], signal.SIGKILL)
            eventually(lambda: old[0] not in workers(machine) and len(workers(machine)) == len(old),
                       "the killed worker is replaced")
            load.wait_for(50)


def journal_has_the_facts_as_fields(machine):
    entries = [json.loads(line) for line in
               machine.journal("-u", "tined", "-o", "json").splitlines()]
    ours = [entry for entry in entries if entry.get("SYSLOG_IDENTIFIER") == "tined"]
    started = [entry for entry in ours if entry["MESSAGE"].startswith("worker started")]
    expect(started, "workers' starts are logged")
    for entry in started:
        expect({"WORKER", "GENERATION", "PID"} <= set(entry), str(entry))
        expect(entry["PRIORITY"] == "6", "information has priority 6")
        expect(entry["_SYSTEMD_UNIT"] == "tined.service", "entries belong to the unit")
    refused = [entry for entry in ours if entry["MESSAGE"].startswith("reload failed")]
    expect(refused and all(entry["PRIORITY"] == "3" for entry in refused), "errors have priority 3")
    expect("REASON" in refused[0], "a refused reload has its reason as a field")


def logs_rotate_without_losing_a_line(machine):
    def lines():
        return sum(text.count("/rotated?") for text in
                   (path.read_text() for path in machine.path("/var/log/tined").glob("access.log*")))

    for number in range(20):
        if number == 10:
            machine.run("logrotate", "--force", "/etc/logrotate.d/tined")
        get(PORT, f"/rotated?{number}")
    eventually(lambda: lines() == 20, "every request is in the old or the new log")
    get(PORT, "/ping?after")
    new = machine.path("/var/log/tined/access.log")
    eventually(lambda: "/ping?after" in new.read_text(), "the new log is written to")
    expect(machine.run("stat", "-c", "%U %a", "/var/log/tined/access.log") == "tined 640\n",
           "the log is not for everybody")


def killed_supervisor_is_restarted(machine):
    old = main_pid(machine)
    machine.kill(old, signal.SIGKILL)
    restarted(machine, old)
    expect(machine.show("tined.service", "NRestarts") == "1", "by systemd, once")
    # What the dead one's workers still held they have finished, or do so within drain_timeout.
    expect(status(machine)["state"] == "serving", "it can be asked")


def hung_supervisor_is_restarted_by_the_watchdog(machine):
    override(machine, "[Service]\nWatchdogSec=2\nTimeoutAbortSec=2\n")
    machine.run("systemctl", "restart", "tined")
    old = main_pid(machine)
    expect(machine.show("tined.service", "WatchdogUSec") == "2s", "the watchdog is on")
    time.sleep(5)  # Longer than the watchdog waits: the answers to it are what is checked.
    expect(main_pid(machine) == old, "a healthy service is left alone")
    machine.kill(old, signal.SIGSTOP)
    restarted(machine, old)
    expect("watchdog" in machine.journal("-u", "tined", "-n", "50").lower(), "the log says why")
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


def socket_activation_starts_it_and_keeps_the_port_over_restarts(machine):
    machine.run("systemctl", "stop", "tined")
    configure(machine, CONFIGURATION.replace("0.0.0.0:8080", "systemd:web"))
    machine.run("systemctl", "start", "tined.socket")
    expect(not machine.is_active(), "the service waits for the first connection")
    expect(get(80, "/ping") == (200, b"pong\n"), "the first connection is answered")
    expect(machine.is_active(), "the service runs")
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
    machine.write("/etc/tined/blog/tined.yaml",
                  CONFIGURATION.replace("8080", "8081").replace("/tined/access", "/tined/blog/access"))
    machine.run("systemctl", "start", "tined@blog")
    expect(get(8081, "/ping") == (200, b"pong\n"), "the instance answers")
    control = ("--socket", "/run/tined-blog/control.sock")
    expect(status(machine, *control)["pid"] == main_pid(machine, "tined@blog.service"),
           "tinectl reaches the instance")
    machine.run("systemctl", "restart", "tined")
    expect(get(8081, "/ping") == (200, b"pong\n"), "the instance does not depend on tined.service")
    machine.run("systemctl", "reload", "tined@blog")
    machine.run("systemctl", "stop", "tined@blog")
    expect(not machine.path("/run/tined-blog").exists(), "nothing is left in /run")
    machine.run("rm", "-r", "/etc/tined/blog")


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


def stop_lets_open_answers_finish(machine):
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=60)
    connection.request("GET", "/big")
    answer = connection.getresponse()
    got = len(answer.read(65536))
    stop = machine.start("systemctl", "stop", "tined")
    eventually(lambda: not answers(PORT, "/ping"), "no new connection is taken")
    expect(stop.poll() is None, "the stop waits for the open answer")
    while chunk := answer.read(1 << 16):
        got += len(chunk)
    expect(got == BIG, f"the whole answer arrives: {got} bytes of {BIG}")
    connection.close()
    stop.wait(60)
    expect(machine.show("tined.service", "Result") == "success", "the stop is a clean one")
    expect(machine.show("tined.service", "ActiveState") == "inactive", "it is stopped")
    expect(not machine.path("/run/tined").exists(), "nothing is left in /run")
    machine.run("systemctl", "start", "tined")


def completions_offer_what_help_says(machine):
    bash = machine.run("bash", "-c", """
        . /usr/share/bash-completion/bash_completion
        . /usr/share/bash-completion/completions/tinectl
        COMP_WORDS=(tinectl re) COMP_CWORD=1 COMP_LINE='tinectl re' COMP_POINT=10
        _tinectl tinectl; echo "${COMPREPLY[@]}"
        COMP_WORDS=(tinectl stop --n) COMP_CWORD=2 COMP_LINE='tinectl stop --n' COMP_POINT=16
        _tinectl tinectl; echo "${COMPREPLY[@]}"
        . /usr/share/bash-completion/completions/tined
        COMP_WORDS=(tined --print) COMP_CWORD=1 COMP_LINE='tined --print' COMP_POINT=13
        _tined tined; echo "${COMPREPLY[@]}" """)
    expect(bash.split() == ["reload", "--no-wait", "--print-config"], bash)
    fish = machine.run("fish", "-c", "complete -C 'tinectl re'; complete -C 'tined --print'")
    expect([line.split("\t")[0] for line in fish.splitlines()] == ["reload", "--print-config"], fish)
    machine.write("/root/complete.zsh", """
        autoload -U compinit; compinit -u
        _describe() { print -l -- ${(P)2} }
        words=(tinectl re) CURRENT=2; . /usr/share/zsh/vendor-completions/_tinectl
        words=(tinectl stop --) CURRENT=3; . /usr/share/zsh/vendor-completions/_tinectl
    """)
    zsh = machine.run("zsh", "-f", "/root/complete.zsh")
    expect("reload:" in zsh and "--no-wait" in zsh, zsh)


def manual_names_every_option_and_command(machine):
    for program, page in (("tined", "man8/tined.8"), ("tinectl", "man1/tinectl.1")):
        said = machine.run(program, "--help")
        names = re.findall(r"^ +(?:-\w,)?(--[a-z-]+)", said, re.MULTILINE)
        if program == "tinectl":
            names += re.findall(r"^  ([a-z]+) ", said.split("Subcommands:")[1], re.MULTILINE)
        manual = machine.run("zcat", f"/usr/share/man/{page}.gz").replace("\\-", "-")
        missing = [name for name in names if f"fB{name}" not in manual]
        expect(names and not missing, f"{page} does not name {missing}")


def package_upgrade_keeps_the_service_and_the_configuration(machine):
    old = machine.run("readlink", f"/proc/{main_pid(machine)}/exe")
    machine.run("apt-get", "install", "-q", "-y", "/packages/later.deb")
    expect(machine.run("dpkg-query", "-W", "-f", "${Version}", "tined").startswith("99:"),
           "the later version is installed")
    expect(machine.is_active() and get(PORT, "/ping") == (200, b"pong\n"), "it serves")
    for pid in [main_pid(machine), *workers(machine)]:
        expect(machine.run("readlink", f"/proc/{pid}/exe") == old, "all run the new program")
    expect(machine.path("/etc/tined/tined.yaml").read_text() == CONFIGURATION,
           "the changed configuration is kept")


def remove_stops_and_purge_leaves_nothing(machine):
    machine.run("apt-get", "remove", "-q", "-y", "tined")
    expect(not answers(PORT, "/ping"), "it is stopped")
    expect(machine.path("/etc/tined/tined.yaml").exists(), "the configuration is kept")
    machine.run("apt-get", "purge", "-q", "-y", "tined")
    left = machine.run("find", "/", "-xdev", "-name", "*tined*", "-not", "-path", "/proc/*",
                       "-not", "-path", "/packages/*", "-not", "-path", "/var/cache/apt/*",
                       "-not", "-path", "/var/lib/apt/*", "-not", "-path", "/run/systemd/*",
                       "-not", "-path", "/var/log/*.log")
    expect(not left, "left behind:\n" + left)
    machine.fail("getent", "passwd", "tined")
    machine.fail("getent", "group", "tined")
    expect(machine.run("systemctl", "list-units", "--failed", "--no-legend").strip() == "",
           "no unit has failed")


ALL = [
    installs_enabled_and_answering,
    units_are_as_systemd_wants_them,
    exposure_is_low,
    exposure_is_lower_without_low_ports_and_everything_works,
    processes_can_bind_low_ports_and_nothing_else,
    good_reload_succeeds_and_bad_one_fails_while_the_service_goes_on,
    sighup_reloads_too,
    reloads_under_load_lose_no_request,
    killed_workers_lose_no_request,
    journal_has_the_facts_as_fields,
    logs_rotate_without_losing_a_line,
    killed_supervisor_is_restarted,
    hung_supervisor_is_restarted_by_the_watchdog,
    failed_start_says_why,
    socket_activation_starts_it_and_keeps_the_port_over_restarts,
    instance_is_a_service_of_its_own,
    key_files_reach_the_service_alone,
    stop_lets_open_answers_finish,
    completions_offer_what_help_says,
    manual_names_every_option_and_command,
    package_upgrade_keeps_the_service_and_the_configuration,
    remove_stops_and_purge_leaves_nothing,
]
