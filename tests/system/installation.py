"""The packages: what installing, upgrading, removing and purging them does, and what comes along."""

import re

from load import answers, get
from machine import eventually
from vocabulary import (BIG, CONFIGURATION, PORT, configure, expect, install, let_bind_low_ports,
                        processes, reload, start_instance, stop_instance)


def installs_enabled_and_answering(machine):
    install(machine)
    expect(machine.is_active(), "the service is active after installation")
    machine.run("systemctl", "is-enabled", "tined.service")
    expect(b"tined works" in get(PORT)[1], "the first page is served")
    machine.run("sh", "/packages/serves")
    expect(machine.show("tined.service", "User") == "tined", "the service has its own user")
    said = machine.show("tined.service", "StatusText")
    expect(re.fullmatch(r"\d+ workers?, generation \d+", said), "its status says more: " + said)
    machine.run("mkdir", "-p", "/srv/www")
    machine.write("/srv/www/index.html", "<p>hello\n" * 100)
    machine.path("/srv/www/big").write_bytes(bytes(range(256)) * (BIG // 256))
    configure(machine)
    reload(machine)


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


def install_later(machine):
    machine.run("apt-get", "install", "-q", "-y", "--no-install-recommends", "/packages/later.deb")


def remove_stops_and_installing_again_goes_on_with_what_is_kept(machine):
    start_instance(machine)
    machine.run("apt-get", "remove", "-q", "-y", "tined")
    expect(not answers(PORT, "/ping") and not answers(8081, "/ping"), "it is stopped")
    expect(processes(machine) == processes(machine, "tined@blog.service") == 0, "nothing runs")
    install_later(machine)
    expect(machine.is_active() and get(PORT, "/ping") == (200, b"pong\n"),
           "it serves with the configuration that it had")
    expect(get(8081, "/ping") == (200, b"pong\n"), "so does the instance, which is enabled yet")
    stop_instance(machine)


def enabled_socket_is_back_after_remove_and_installing_again(machine):
    machine.run("systemctl", "stop", "tined")
    configure(machine, CONFIGURATION.replace("0.0.0.0:8080", "systemd:web"))
    machine.run("systemctl", "enable", "--now", "tined.socket")
    machine.run("systemctl", "start", "tined")
    machine.run("apt-get", "remove", "-q", "-y", "tined")
    expect(not answers(80, "/ping"), "nobody listens")
    began = machine.journal_end()
    install_later(machine)
    expect(machine.is_active("tined.socket"), "systemd listens")
    expect(machine.is_active() and get(80, "/ping") == (200, b"pong\n"), "it serves")
    expect(not machine.journal("-u", "tined", "-p", "err", "--after-cursor", began),
           "it has not tried to start without its socket")
    machine.run("systemctl", "disable", "--now", "tined.socket")
    machine.run("systemctl", "stop", "tined")
    configure(machine)
    machine.run("systemctl", "start", "tined")


def failed_remove_starts_what_it_has_stopped(machine):
    start_instance(machine)
    ends_badly = machine.path("/var/lib/dpkg/info/tined.prerm")
    prerm = ends_badly.read_text()
    ends_badly.write_text(prerm + "exit 1\n")
    machine.fail("dpkg", "--remove", "tined")
    ends_badly.write_text(prerm)
    for unit, port in (("tined.service", PORT), ("tined@blog.service", 8081)):
        expect(machine.is_active(unit) and get(port, "/ping") == (200, b"pong\n"), f"{unit} serves")
    stop_instance(machine)


def purge_leaves_nothing(machine):
    start_instance(machine)
    let_bind_low_ports(machine)
    machine.run("systemctl", "enable", "tined.socket")
    own = "/etc/systemd/system/tined@.service"
    link = "/etc/systemd/system/multi-user.target.wants/tined@own.service"
    machine.write(own, "[Service]\nExecStart=true\n")
    machine.path(link).symlink_to(own)
    machine.run("apt-get", "purge", "-q", "-y", "tined", "tined-dev")
    expect(not answers(PORT, "/ping") and not answers(8081, "/ping"), "it is stopped")
    expect(not machine.path("/etc/tined/tined.yaml").exists(), "its configuration is gone")
    machine.run("rm", "-r", "/etc/tined", own, link)  # What is left was written by hand.
    places = ["/", "/run", "/tmp", "/var/tmp", "/dev/shm"]
    left = machine.run("find", *places, "-xdev", "-name", "*tined*",
                       "-not", "-path", "/packages/*", "-not", "-path", "/var/cache/apt/*",
                       "-not", "-path", "/var/lib/apt/*", "-not", "-path", "/run/systemd/*",
                       "-not", "-path", "/var/log/*.log")
    expect(not left, "left behind:\n" + left)
    machine.fail("getent", "passwd", "tined")
    machine.fail("getent", "group", "tined")
    expect(machine.run("systemctl", "list-units", "--failed", "--no-legend").strip() == "",
           "no unit has failed")
