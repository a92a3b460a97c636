# fish completion for tined(8).
complete -c tined -f -a '(__fish_complete_directories)' -d 'what to serve'
complete -c tined -s c -l config -r -F -d 'configuration file'
for line in (tined --help 2>/dev/null | string match -r '^ +(?:-h,)?--[a-z-]+ .*')
    set -l parts (string match -r -- '--([a-z-]+) +(.*)' $line)
    complete -c tined -l $parts[2] -d $parts[3]
end
