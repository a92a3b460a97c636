"""The promise: connections outlive reloads, workers, the supervisor and the program itself."""

import re
import signal

from load import Held, Load, get
from machine import PATIENCE, eventually
from vocabulary import (BIG, CONFIGURATION, PORT, children, configure, entries, expect, install,
                        main_pid, processes, reload, restarted, start_instance, status, stop_instance,
                        with_message, workers)


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


def kill_one(machine):
    """Waits until the killed worker is replaced."""
    old = workers(machine)
    machine.kill(old[0], signal.SIGKILL)
    eventually(lambda: old[0] not in workers(machine) and len(workers(machine)) == len(old),
               "the killed worker is replaced")


def killed_workers_lose_no_request(machine):
    with Load(PORT) as load:
        for _ in range(6):
            kill_one(machine)
            load.wait_for(50)


def killed_workers_lose_no_connection(machine):
    before = status(machine)["rescued"]
    idle = [Held(PORT) for _ in range(8)]
    for connection in idle:
        expect(connection.get("/ping") == (200, b"pong\n"), "answered before")
    busy = [Held(PORT) for _ in range(4)]
    for connection in busy:
        connection.ask("/big")
    for pid in workers(machine):
        machine.kill(pid, signal.SIGKILL)
    for connection in busy:
        expect(connection.answer() == (200, bytes(range(256)) * (BIG // 256)),
               "an answer that was on its way arrives to the byte")
    for connection in idle:
        expect(connection.get("/ping") == (200, b"pong\n"), "answered after, on the same connection")
    after = status(machine)["rescued"]
    expect(after["taken"] >= before["taken"] + len(idle) and after["lost"] == before["lost"],
           f"the status counts them: {before}, then {after}")


def killed_supervisor_is_replaced_and_nobody_notices(machine):
    restarts = int(machine.show("tined.service", "NRestarts"))
    old = main_pid(machine)
    connection = Held(PORT)
    expect(connection.get("/ping") == (200, b"pong\n"), "answered before")
    with Load(PORT) as load:
        machine.kill(old, signal.SIGKILL)
        restarted(machine, old)
        load.wait_for(50)
        eventually(lambda: processes(machine) == 3, "the old workers have handed over and ended")
        load.wait_for(50)
    expect(connection.get("/ping") == (200, b"pong\n"), "answered after, on the same connection")
    expect(int(machine.show("tined.service", "NRestarts")) == restarts + 1, "restarted once")
    expect(status(machine)["state"] == "serving", "it can be asked")


def backlog_outlives_every_process(machine):
    old = main_pid(machine)
    everyone = [*workers(machine), old]
    for pid in reversed(everyone):
        machine.kill(pid, signal.SIGSTOP)
    # The kernel takes them; nobody is there who could accept them.
    waiting = [Held(PORT) for _ in range(20)]
    for connection in waiting:
        connection.ask("/ping")
    machine.run("kill", "-KILL", *map(str, everyone))
    for connection in waiting:
        expect(connection.answer() == (200, b"pong\n"), "who waited is answered by the next one")
    restarted(machine, old)
    expect(not set(everyone) & {main_pid(machine), *workers(machine)}, "all processes are new ones")


def upgraded_package_loses_no_request(machine):
    install(machine)  # No later version than that, if it was upgraded before.
    start_instance(machine)
    units = {"tined.service": PORT, "tined@blog.service": 8081}
    pids = {unit: main_pid(machine, unit) for unit in units}
    began = machine.journal_end()
    held = [Held(port) for port in units.values()]
    for connection in held:
        expect(connection.get("/ping") == (200, b"pong\n"), "answered before")
    with Load(PORT) as load, Load(8081) as other:
        upgrade = machine.start("apt-get", "install", "-q", "-y", "/packages/later.deb")
        machine.kill(workers(machine)[0], signal.SIGKILL)
        expect(upgrade.wait(4 * PATIENCE) == 0, "the upgrade of the package succeeds")
        for unit in units:
            is_replaced(machine, unit, pids[unit])
        load.wait_for(50)
        other.wait_for(50)
        kill_one(machine)
        reload(machine)
        load.wait_for(50)
    for connection in held:
        expect(connection.get("/ping") == (200, b"pong\n"), "answered after, on the same connection")
    for unit in units:
        upgrades = with_message(entries(machine, began, unit), "upgraded")
        expect(len(upgrades) == 1, f"{unit} was upgraded once")
    expect(machine.path("/etc/tined/tined.yaml").read_text() == CONFIGURATION,
           "the changed configuration is kept")
    stop_instance(machine)


def is_replaced(machine, unit, pid):
    """All the unit's processes run the program that is installed, and the first is still `pid`."""
    expect(main_pid(machine, unit) == pid, f"{unit}: the same process goes on")
    installed = machine.run("stat", "-L", "-c", "%d:%i", "/usr/sbin/tined")

    def are_new():
        found = [machine.try_run("stat", "-L", "-c", "%d:%i", f"/proc/{each}/exe").stdout
                 for each in (pid, *children(machine, unit))]
        return all(each == installed for each in found)

    eventually(are_new, f"{unit}: all processes run the new program")


def upgrade_that_refuses_the_configuration_leaves_the_service_alone(machine):
    everyone = [main_pid(machine), *workers(machine)]
    configure(machine, CONFIGURATION + "nonsense: true\n")
    said = machine.run("apt-get", "install", "-q", "-y", "--reinstall", "/packages/later.deb")
    expect("refuses its configuration" in said and "unknown key `nonsense`" in said, said)
    expect([main_pid(machine), *workers(machine)] == everyone, "the same processes go on")
    expect(get(PORT, "/ping") == (200, b"pong\n"), "it serves")
    configure(machine)
