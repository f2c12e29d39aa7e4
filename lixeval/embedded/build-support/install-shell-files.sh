# installManPage FILE…            into share/man/manN, by the file's ending
# installBin FILE…                into bin
# installShellCompletion [--cmd NAME] [--bash|--zsh|--fish FILE]…

installManPage() {
  local page section
  for page in "$@"; do
    section=${page%.gz}
    section=${section##*.}
    install -D -m 644 -- "$page" "${man:-$out}/share/man/man$section/$(basename -- "$page")"
  done
}

installBin() {
  local file
  for file in "$@"; do install -D -m 755 -- "$file" "${bin:-$out}/bin/$(stripHash "$file")"; done
}

installShellCompletion() {
  local command= shell= name= target
  while (( $# )); do
    case "$1" in
      --cmd) command=$2; shift 2; continue ;;
      --name) name=$2; shift 2; continue ;;
      --bash | --zsh | --fish) shell=${1#--}; shift; continue ;;
    esac
    target=${name:-${command:-$(stripHash "$1")}}
    case "${shell:-${1##*.}}" in
      bash) install -D -m 644 -- "$1" "$out/share/bash-completion/completions/${target%.bash}.bash" ;;
      zsh) install -D -m 644 -- "$1" "$out/share/zsh/site-functions/_${target#_}" ;;
      fish) install -D -m 644 -- "$1" "$out/share/fish/vendor_completions.d/${target%.fish}.fish" ;;
      *) die "installShellCompletion: for which shell is '$1'?" ;;
    esac
    name=
    shift
  done
}
