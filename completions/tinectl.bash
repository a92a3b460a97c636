# bash completion for tinectl(1): what `tinectl --help` says, so that it is always this version's.
_tinectl() {
  local cur prev words cword word command=
  _init_completion || return
  [[ $prev == --socket ]] && { _filedir && return; }
  for word in "${words[@]:1:cword-1}"; do
    [[ $word == [a-z]* ]] && command=$word && break
  done
  if [[ $cur == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$(_parse_help "$1") ${command:+$(_parse_help "$1" "$command --help")}" -- "$cur")
  elif [[ -z $command ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$("$1" --help 2>/dev/null |
      awk '/^Subcommands:/ { on = 1; next } /^[^ ]/ { on = 0 } on && NF { print $1 }')" -- "$cur")
  fi
} &&
  complete -F _tinectl tinectl
