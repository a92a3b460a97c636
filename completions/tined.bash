# bash completion for tined(8): what `tined --help` says, so that it is always this version's.
_tined() {
  local cur prev words cword
  _init_completion || return
  case $prev in
    -c | --config) _filedir '@(yaml|yml)' && return ;;
  esac
  if [[ $cur == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$(_parse_help "$1")" -- "$cur")
  else
    _filedir -d
  fi
} &&
  complete -F _tined tined
