"""Handlers of every kind, under the unit's restrictions. Modules are built from the examples that
tined-dev installs (sdk.py)."""

from load import Load, get
from machine import eventually
from vocabulary import (BIG, CONFIGURATION, PORT, children, configure, entries, expect,
                        reload, status, with_message, workers)

PROGRAM = """#!/bin/sh
printf 'Content-Type: text/plain\\n\\n%s %s\\n' "$(id -un)" "$QUERY_STRING"
"""


def module(name, facts=""):
    return f"module: {{file: /packages/modules/{name}.so{facts}}}"


def with_routes(*routes):
    return CONFIGURATION + "".join(f"      - {{path: {route}}}\n" for route in routes)


def modules_and_programs_answer(machine):
    machine.write("/srv/cgi/who", PROGRAM)
    machine.path("/srv/cgi/who").chmod(0o755)
    stream = module("fibonacci", ", run: process")
    configure(machine, with_routes(
        *(f"/{run}/, {module('fibonacci', f', run: {run}')}"
          for run in ("event", "thread", "process")),
        f"/c/, {module('hello-c')}",
        "/cgi/, program: {root: /srv/cgi}") +
        f'  - {{name: fib, address: "127.0.0.1:2999", stream: {{{stream}}}}}\n')
    reload(machine)
    for run in ("event", "thread", "process"):
        expect(get(PORT, f"/{run}/30") == (200, b"1346269"), f"a module answers, run: {run}")
    expect(get(PORT, "/c/")[0] == 200, "a module in C answers")
    expect(get(PORT, "/cgi/who?you") == (200, b"tined you\n"), "a program answers, as tined")
    said = machine.run("bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/2999; printf 30 >&3; cat <&3")
    expect(said.strip() == "1346269", "a stream's module answers: " + said)
    configure(machine)
    reload(machine)


def files_are_read_in_every_way(machine):
    began = machine.journal_end()
    ways = ("blocking", "nonblocking", "async", "sendfile")
    configure(machine, with_routes(
        *(f"/{io}/, static: {{root: /srv/www, io: {io}}}" for io in ways)))
    reload(machine)
    for io in ways:
        code, body = get(PORT, f"/{io}/big")
        expect(code == 200 and body == bytes(range(256)) * (BIG // 256), f"a file, io: {io}")
    warnings = [entry["MESSAGE"] for entry in entries(machine, began) if entry["PRIORITY"] < "5"]
    expect(not warnings, "nothing is done another way: " + str(warnings))
    configure(machine)
    reload(machine)


def crashed_request_costs_itself_alone(machine):
    began = machine.journal_end()
    configure(machine, with_routes(f"/chaos/, {module('chaos', ', run: event')}",
                                   f"/safe/, {module('chaos', ', run: process')}"))
    reload(machine)
    with Load(PORT) as load:
        expect(get(PORT, "/chaos/segv")[0] == 500, "the culprit gets a 500")
        expect(get(PORT, "/safe/segv")[0] == 500, "so it does in a process of its own")
        load.wait_for(50)
        expect(get(PORT, "/chaos/segv")[0] == 500, "and again")
        expect(get(PORT, "/chaos/segv")[0] == 503, "but not for ever")
        load.wait_for(50)
    written = entries(machine, began)
    crash, *_ = with_message(written, "a request ended its worker")
    wanted = {"ROUTE": "/chaos/", "SIGNAL": "SIGSEGV", "LISTENER": "web", "PRIORITY": "3",
              "REQUEST": "GET /chaos/segv HTTP/1.1"}
    expect(wanted.items() <= crash.items(), str(crash))
    expect({"WORKER", "GENERATION", "PID", "ADDRESS", "STACK"} <= set(crash), str(crash))
    quarantine, = with_message(written, "a request that ends workers is not run for a while")
    expect(quarantine["PRIORITY"] == "4", "warnings have priority 4")
    configure(machine)
    reload(machine)


def reload_that_waits_is_seen_as_one(machine):
    began = machine.journal_end()
    serving = workers(machine)
    generation = str(status(machine)["generation"] + 1)
    configure(machine, with_routes(f"/chaos/, {module('chaos', ', settings: {at_start: hang}')}"))
    machine.run("systemctl", "kill", "--kill-who=main", "--signal=HUP", "tined.service")
    # Of the log: among the children there are passing ones, in which modules are tried.
    canary, = eventually(lambda: [entry["PID"] for entry in
                                  with_message(entries(machine, began), "worker started")
                                  if entry["GENERATION"] == generation],
                         "the first new worker is there")
    eventually(lambda: machine.show("tined.service", "ActiveState") == "reloading",
               "systemd knows of the reload")
    expect(machine.show("tined.service", "StatusText") == "reloading", "and so does its status")
    expect(get(PORT, "/ping") == (200, b"pong\n"), "the service goes on meanwhile")
    machine.run("kill", "-KILL", canary)
    eventually(machine.is_active, "the reload has ended")
    expect(workers(machine) == serving, "nothing has changed")
    expect(canary not in children(machine), "the new worker is gone")
    expect(with_message(entries(machine, began), "reload failed"), "the log has the failure")
    configure(machine)
    reload(machine)
