"""What has to hold of the installed service, in the order in which it is checked. Each check finds
the service running with CONFIGURATION and leaves it so."""

from continuity import (backlog_outlives_every_process,
                        good_reload_succeeds_and_bad_one_fails_while_the_service_goes_on,
                        killed_supervisor_is_replaced_and_nobody_notices,
                        killed_workers_lose_no_connection, killed_workers_lose_no_request,
                        reloads_under_load_lose_no_request, sighup_reloads_too,
                        upgrade_that_refuses_the_configuration_leaves_the_service_alone,
                        upgraded_package_loses_no_request)
from handlers import (crashed_request_costs_itself_alone, files_are_read_in_every_way,
                      modules_and_programs_answer, reload_that_waits_is_seen_as_one)
from installation import (completions_offer_what_help_says, installs_enabled_and_answering,
                          logs_rotate_without_losing_a_line, manual_names_every_option_and_command,
                          purge_leaves_nothing,
                          remove_stops_and_installing_again_goes_on_with_what_is_kept)
from journal import fields_select_entries, journal_has_the_facts_as_fields
from unit import (exposure_is_low, exposure_is_lower_without_low_ports_and_everything_works,
                  failed_start_says_why, hung_supervisor_is_restarted_by_the_watchdog,
                  instance_is_a_service_of_its_own, key_files_reach_the_service_alone,
                  processes_can_bind_low_ports_and_nothing_else,
                  socket_activation_starts_it_and_keeps_the_port_over_restarts,
                  start_that_fails_again_and_again_ends, stop_lets_open_answers_finish,
                  units_are_as_systemd_wants_them)

ALL = [
    installs_enabled_and_answering,
    units_are_as_systemd_wants_them,
    exposure_is_low,
    exposure_is_lower_without_low_ports_and_everything_works,
    processes_can_bind_low_ports_and_nothing_else,
    good_reload_succeeds_and_bad_one_fails_while_the_service_goes_on,
    sighup_reloads_too,
    modules_and_programs_answer,
    files_are_read_in_every_way,
    reloads_under_load_lose_no_request,
    killed_workers_lose_no_request,
    killed_workers_lose_no_connection,
    crashed_request_costs_itself_alone,
    reload_that_waits_is_seen_as_one,
    journal_has_the_facts_as_fields,
    fields_select_entries,
    logs_rotate_without_losing_a_line,
    killed_supervisor_is_replaced_and_nobody_notices,
    backlog_outlives_every_process,
    hung_supervisor_is_restarted_by_the_watchdog,
    failed_start_says_why,
    start_that_fails_again_and_again_ends,
    socket_activation_starts_it_and_keeps_the_port_over_restarts,
    instance_is_a_service_of_its_own,
    key_files_reach_the_service_alone,
    stop_lets_open_answers_finish,
    completions_offer_what_help_says,
    manual_names_every_option_and_command,
    upgraded_package_loses_no_request,
    upgrade_that_refuses_the_configuration_leaves_the_service_alone,
    remove_stops_and_installing_again_goes_on_with_what_is_kept,
    purge_leaves_nothing,
]
