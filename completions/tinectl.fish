# fish completion for tinectl(1): commands and options are what `tinectl --help` says, workers what the
# running tined says.
function __tinectl_commands
    tinectl --help 2>/dev/null |
        awk '/^Subcommands:/ { on = 1; next } /^[^ ]/ { on = 0 }
             on && NF { name = $1; $1 = ""; print name "\t" substr($0, 2) }'
end
# The command that has been written and its arguments, options left out.
function __tinectl_words
    set -l skips 0
    for word in (commandline -opc)[2..-1]
        if test $skips = 1
            set skips 0
        else if contains -- $word --socket --timeout
            set skips 1
        else if not string match -q -- '-*' $word
            echo $word
        end
    end
end
function __tinectl_wants_worker
    set -l words (__tinectl_words)
    test "$words" = drain -o "$words" = 'trace on' -o "$words" = 'trace off'
end
function __tinectl_workers
    set -l written (commandline -opc)
    set -l asked (string match -- '--socket=*' $written)
    if set -l at (contains -i -- --socket $written)
        set asked --socket (string replace -r '^~/' "$HOME/" -- $written[(math $at + 1)])
    end
    tinectl $asked --timeout 5 workers 2>/dev/null |
        awk '$4 == "serving" { print $1 "\tgeneration " $2 ", pid " $3 }'
end
function __tinectl_options
    tinectl (__tinectl_words | head -n 1) --help 2>/dev/null |
        string match -rg '^ +(?:-h,)?(--[a-z-]+)'
end
function __tinectl_is
    test "$(__tinectl_words)" = "$argv"
end
complete -c tinectl -f
complete -c tinectl -l socket -r -F -d 'control socket'
complete -c tinectl -n '__tinectl_is ""' -a '(__tinectl_commands)'
complete -c tinectl -n '__tinectl_is trace' -a 'off on'
complete -c tinectl -n __tinectl_wants_worker -a '(__tinectl_workers)'
complete -c tinectl -n '__fish_seen_subcommand_from compare' -l module -r -F -d "the module's file"
complete -c tinectl -n '__fish_seen_subcommand_from compare' -l tined -r -F -d 'the tined to run'
complete -c tinectl -n '__fish_seen_subcommand_from compare' -l run -x -a 'event thread process'
complete -c tinectl -n "string match -q -- '-*' (commandline -ct)" -a '(__tinectl_options)'
