"""The journal: what the service writes there, as fields."""

import json

from vocabulary import expect, main_pid, with_message


def journal_has_the_facts_as_fields(machine):
    written = [json.loads(line) for line in
               machine.journal("-u", "tined", "-o", "json").splitlines()]
    ours = [entry for entry in written if entry.get("SYSLOG_IDENTIFIER") == "tined"]
    started = with_message(ours, "worker started")
    expect(started, "workers' starts are logged")
    for entry in started:
        expect({"WORKER", "GENERATION", "PID"} <= set(entry), str(entry))
        expect(entry["PRIORITY"] == "6", "information has priority 6")
        expect(entry["_SYSTEMD_UNIT"] == "tined.service", "entries belong to the unit")
    died = with_message(ours, "worker died")
    expect(any(entry.get("SIGNAL") == "SIGKILL" for entry in died), "a death has its signal")
    refused = with_message(ours, "reload failed")
    expect(refused and all(entry["PRIORITY"] == "3" for entry in refused), "errors have priority 3")
    expect("REASON" in refused[0], "a refused reload has its reason as a field")


def fields_select_entries(machine):
    said = machine.journal("-u", "tined", "WORKER=0", "-o", "json").splitlines()
    expect(said and all(json.loads(line)["WORKER"] == "0" for line in said), "by worker")
    expect(machine.journal("-u", "tined", "SIGNAL=SIGKILL"), "by signal")
    expect(machine.journal(f"_PID={main_pid(machine)}", "GENERATION=1"), "by generation")
