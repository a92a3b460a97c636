# bash completion for tinectl(1): what `tinectl --help` says, so that it is always this version's, and
# what the running tined says of its workers.
_tinectl() {
  local cur prev words cword split word i command= taken=() asked=()
  _init_completion -s || return
  for ((i = 1; i < cword; ++i)); do
    word=${words[i]}
    case $word in
      --socket=*) asked=("${word/#--socket=\~\//--socket=$HOME/}") ;;
      --socket) ((++i)) && asked=(--socket "${words[i]/#\~\//$HOME/}") ;;
      --timeout) ((++i)) ;;
      -*) ;;
      *) if [[ $command ]]; then taken+=("$word"); else command=$word; fi ;;
    esac
  done
  case $prev in
    --socket | --tined) _filedir && return ;;
    --module) _filedir so && return ;;
    --run) mapfile -t COMPREPLY < <(compgen -W 'event thread process' -- "$cur") && return ;;
  esac
  if [[ $cur == -* ]]; then
    word="$(_parse_help "$1") ${command:+$(_parse_help "$1" "$command --help")}"
  elif [[ ! $command ]]; then
    word=$("$1" --help 2>/dev/null |
      awk '/^Subcommands:/ { on = 1; next } /^[^ ]/ { on = 0 } on && NF { print $1 }')
  elif [[ $command == trace && ${#taken[@]} == 0 ]]; then
    word='off on'
  elif [[ $command == drain && ${#taken[@]} == 0 || $command == trace && ${#taken[@]} == 1 ]]; then
    word=$("$1" "${asked[@]}" --timeout 5 workers 2>/dev/null | awk '$4 == "serving" { print $1 }')
  else
    return
  fi
  mapfile -t COMPREPLY < <(compgen -W "$word" -- "$cur")
} &&
  complete -F _tinectl tinectl
