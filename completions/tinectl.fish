# fish completion for tinectl(1): commands are what `tinectl --help` says.
function __tinectl_commands
    tinectl --help 2>/dev/null |
        awk '/^Subcommands:/ { on = 1; next } /^[^ ]/ { on = 0 }
             on && NF { name = $1; $1 = ""; print name "\t" substr($0, 2) }'
end
function __tinectl_options
    tinectl (commandline -opc | string match -r '^[a-z]+$' | tail -n +2 | head -n 1) --help 2>/dev/null |
        string match -rg '^ +(?:-h,)?(--[a-z-]+)'
end
complete -c tinectl -f
complete -c tinectl -l socket -r -F -d 'control socket'
complete -c tinectl -n "not __fish_seen_subcommand_from (__tinectl_commands | string split -f1 \t)" -a '(__tinectl_commands)'
complete -c tinectl -n "string match -q -- '-*' (commandline -ct)" -a '(__tinectl_options)'
