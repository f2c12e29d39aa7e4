# makeWrapper PROGRAM WRAPPER OPTIONS      a script WRAPPER that runs PROGRAM
# wrapProgram PROGRAM OPTIONS              the same in PROGRAM's own place
#
#   --argv0 NAME  --inherit-argv0  --resolve-argv0
#   --set VAR VALUE  --set-default VAR VALUE  --unset VAR  --chdir DIRECTORY  --run COMMAND
#   --add-flag FLAG  --append-flag FLAG  --add-flags FLAGS  --append-flags FLAGS
#   --prefix VAR SEPARATOR VALUE  --suffix VAR SEPARATOR VALUE
#   --prefix-each VAR SEPARATOR VALUES  --suffix-each VAR SEPARATOR VALUES
#   --prefix-contents VAR SEPARATOR FILES  --suffix-contents VAR SEPARATOR FILES

assertExecutable() {
  if [ ! -f "$1" ] || [ ! -x "$1" ]; then die "makeWrapper: '$1' is no executable file"; fi
}

_wrapperPrefix() {
  printf 'export %s=%q"${%s:+%q$%s}"\n' "$1" "$3" "$1" "$2" "$1"
}

_wrapperSuffix() {
  printf 'export %s="${%s:+$%s%q}"%q\n' "$1" "$1" "$1" "$2" "$3"
}

makeShellWrapper() {
  local program=$1 wrapper=$2 name='"$0"' before= after= item
  shift 2
  assertExecutable "$program"
  mkdir -p "$(dirname -- "$wrapper")"
  {
    printf '#!%s -e\n' "@shell@"
    while (( $# )); do
      case "$1" in
        --argv0) printf -v name '%q' "$2"; shift 2 ;;
        --inherit-argv0) name='"$0"'; shift ;;
        --resolve-argv0) name="$(printf '%q' "$wrapper")"; shift ;;
        --set) printf 'export %s=%q\n' "$2" "$3"; shift 3 ;;
        --set-default) printf 'export %s=${%s-%q}\n' "$2" "$2" "$3"; shift 3 ;;
        --unset) printf 'unset %s\n' "$2"; shift 2 ;;
        --chdir) printf 'cd %q\n' "$2"; shift 2 ;;
        --run) printf '%s\n' "$2"; shift 2 ;;
        --add-flag) before+=" $(printf '%q' "$2")"; shift 2 ;;
        --append-flag) after+=" $(printf '%q' "$2")"; shift 2 ;;
        --add-flags) before+=" $2"; shift 2 ;;
        --append-flags) after+=" $2"; shift 2 ;;
        --prefix) _wrapperPrefix "$2" "$3" "$4"; shift 4 ;;
        --suffix) _wrapperSuffix "$2" "$3" "$4"; shift 4 ;;
        --prefix-each) for item in $4; do _wrapperPrefix "$2" "$3" "$item"; done; shift 4 ;;
        --suffix-each) for item in $4; do _wrapperSuffix "$2" "$3" "$item"; done; shift 4 ;;
        --prefix-contents) for item in $4; do _wrapperPrefix "$2" "$3" "$(cat "$item")"; done; shift 4 ;;
        --suffix-contents) for item in $4; do _wrapperSuffix "$2" "$3" "$(cat "$item")"; done; shift 4 ;;
        *) die "makeWrapper: what is '$1'?" ;;
      esac
    done
    printf 'exec -a %s %q%s "$@"%s\n' "$name" "$program" "$before" "$after"
  } > "$wrapper"
  chmod +x "$wrapper"
}
makeWrapper() { makeShellWrapper "$@"; }
makeBinaryWrapper() { makeShellWrapper "$@"; }

wrapProgramShell() {
  local program=$1 hidden
  shift
  assertExecutable "$program"
  hidden="$(dirname -- "$program")/.$(basename -- "$program")-wrapped"
  while [ -e "$hidden" ]; do hidden+=_; done
  mv -- "$program" "$hidden"
  makeShellWrapper "$hidden" "$program" --inherit-argv0 "$@"
}
wrapProgram() { wrapProgramShell "$@"; }
wrapProgramBinary() { wrapProgramShell "$@"; }
