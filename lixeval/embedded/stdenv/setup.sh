# The shell side of stdenv: what every build script can rely on.  Sourced, never run.
#
#   genericBuild          the whole build: buildCommand, or the phases in order
#   runPhase runHook      one phase; a hook's functions and its variable
#   substitute …          replacing text in files
#   patchShebangs         interpreter lines that point into the store
#
# Variables of the derivation are the settings; `preX`, `postX` run around phase X.

set -e
if (( "${NIX_DEBUG:-0}" >= 6 )); then set -x; fi
shopt -s inherit_errexit 2>/dev/null || true

SHELL=$shell
CONFIG_SHELL=$shell
export SHELL CONFIG_SHELL
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-315532800}
export TZ=UTC
if [ "${HOME:-/homeless-shelter}" = / ]; then export HOME=/homeless-shelter; fi

# With __structuredAttrs outputs are an associative array; either way $out and friends exist.
if [[ "$(declare -p outputs 2>/dev/null)" == "declare -A"* ]]; then
  for _name in "${!outputs[@]}"; do export "$_name=${outputs[$_name]}"; done
  _outputNames=("${!outputs[@]}")
  unset _name
else
  read -r -a _outputNames <<< "${outputs:=out}"
fi

# What is in `env` is for the programs that run here; without __structuredAttrs Nix has exported it.
if [[ "$(declare -p env 2>/dev/null)" == "declare -A"* ]]; then
  for _name in "${!env[@]}"; do export "$_name=${env[$_name]}"; done
  unset _name
fi

# --- talking --------------------------------------------------------------------------------------

nixLog() { printf '%s\n' "$*" >&"${NIX_LOG_FD:-2}"; }
nixErrorLog() { nixLog "error: $*"; }
nixWarnLog() { nixLog "warning: $*"; }
nixInfoLog() { if (( "${NIX_DEBUG:-0}" >= 2 )); then nixLog "$*"; fi; }

die() { nixErrorLog "$*"; exit 1; }

getAllOutputNames() { echo "${_outputNames[*]}"; }

# --- hooks ----------------------------------------------------------------------------------------

# runHook NAME: the function or variable NAME, then what was registered in NAMEHooks.
runHook() {
  local name=$1 hooks="${1%Hook}Hooks[@]" hook
  shift
  for hook in "_callImplicitHook 0 $name" ${!hooks+"${!hooks}"}; do
    _eval "$hook" "$@"
  done
}

# The first of the hooks that succeeds.
runOneHook() {
  local hooks="${1%Hook}Hooks[@]" name=$1 hook
  shift
  for hook in ${!hooks+"${!hooks}"}; do
    if _eval "$hook" "$@"; then return 0; fi
  done
  _callImplicitHook 1 "$name" "$@"
}

_callImplicitHook() {
  local otherwise=$1 name=$2
  shift 2
  if declare -F "$name" >/dev/null; then
    "$name" "$@"
  elif [ -n "${!name:-}" ]; then
    eval "${!name}"
  else
    return "$otherwise"
  fi
}

_eval() {
  if declare -F "$1" >/dev/null; then "$@"; else eval "$1"; fi
}

# --- variables that are lists ---------------------------------------------------------------------

# Works for arrays and for strings of words.
appendToVar() {
  local -n _list=$1
  shift
  if [[ "$(declare -p "${!_list}" 2>/dev/null)" == "declare -a"* ]]; then
    _list+=("$@")
  else
    _list="${_list:-}${_list:+ }$*"
  fi
}

prependToVar() {
  local -n _list=$1
  shift
  if [[ "$(declare -p "${!_list}" 2>/dev/null)" == "declare -a"* ]]; then
    _list=("$@" "${_list[@]}")
  else
    _list="$*${_list:+ }${_list:-}"
  fi
}

# concatTo ARRAY VARIABLE…: the words of each variable; VARIABLE=DEFAULT gives what an unset one holds.
concatTo() {
  local -n _target=$1
  local _argument _variable _words
  shift
  for _argument in "$@"; do
    _variable=${_argument%%=*}
    if [[ "$(declare -p "$_variable" 2>/dev/null)" == "declare -a"* ]]; then
      local -n _source=$_variable
      _target+=("${_source[@]}")
      unset -n _source
    else
      _words=${!_variable:-}
      if [ -z "$_words" ] && [[ "$_argument" == *=* ]]; then _words=${_argument#*=}; fi
      # shellcheck disable=SC2206
      _target+=($_words)
    fi
  done
}

# concatStringsSep SEPARATOR VARIABLE
concatStringsSep() {
  local separator=$1 words=() result
  concatTo words "$2"
  result=$(printf "%s$separator" "${words[@]}")
  printf '%s' "${result%"$separator"}"
}

# addToSearchPath VARIABLE DIRECTORY: only a directory that exists.
addToSearchPathWithCustomDelimiter() {
  local delimiter=$1 variable=$2 directory=$3
  if [ -d "$directory" ]; then
    export "$variable=${!variable:+${!variable}$delimiter}$directory"
  fi
}
addToSearchPath() { addToSearchPathWithCustomDelimiter ":" "$@"; }

# --- inputs ---------------------------------------------------------------------------------------

PATH=
_seenInputs=" "
pkgsHostTarget=()
envHostTargetHooks=()
envBuildHostHooks=()

addEnvHooks() { envHostTargetHooks+=("$2"); }

# Puts one input and what it propagates on PATH; its setup hook is sourced.
_addInput() {
  local input=$1 propagated file
  case "$_seenInputs" in *" $input "*) return ;; esac
  _seenInputs+="$input "
  if [ ! -e "$input" ]; then die "the build input '$input' does not exist"; fi
  pkgsHostTarget+=("$input")
  addToSearchPath _PATH "$input/bin"
  addToSearchPath XDG_DATA_DIRS "$input/share"
  addToSearchPath PKG_CONFIG_PATH "$input/lib/pkgconfig"
  if [ -d "$input/include" ]; then export NIX_CFLAGS_COMPILE="${NIX_CFLAGS_COMPILE:-} -isystem $input/include"; fi
  if [ -n "$_forHost" ] && [ -d "$input/lib" ]; then
    export NIX_LDFLAGS="${NIX_LDFLAGS:-} -L$input/lib"
    # Where the libraries are that a distribution's development packages link to.
    for file in "$input"/lib/*.so "$input/lib/."; do
      if [ -e "$file" ]; then file=$(dirname -- "$(realpath -- "$file")"); fi
      case " $NIX_LDFLAGS " in *" -rpath=$file "*) ;; *) if [ -d "$file" ]; then NIX_LDFLAGS+=" -rpath=$file"; fi ;; esac
    done
  fi
  for file in propagated-native-build-inputs propagated-build-inputs; do
    if [ -f "$input/nix-support/$file" ]; then
      read -r -d '' propagated < "$input/nix-support/$file" || true
      for propagated in $propagated; do _addInput "$propagated"; done
    fi
  done
  if [ -f "$input/nix-support/setup-hook" ]; then
    source "$input/nix-support/setup-hook"
  elif [ -f "$input" ]; then
    source "$input"
  fi
}

_PATH=
for _input in $initialPath; do
  PATH=${PATH:+$PATH:}$_input/bin
done
export PATH
_inputs=()
for _variable in defaultNativeBuildInputs depsBuildBuild nativeBuildInputs propagatedNativeBuildInputs; do
  concatTo _inputs "$_variable"
done
# Programs are linked with these.
_libraries=()
for _variable in buildInputs propagatedBuildInputs; do concatTo _libraries "$_variable"; done
if [ -n "${doCheck:-}" ]; then concatTo _inputs nativeCheckInputs checkInputs; fi
if [ -n "${doInstallCheck:-}" ]; then concatTo _inputs nativeInstallCheckInputs; fi
_forHost=1
for _input in "${_libraries[@]}"; do _addInput "$_input"; done
_forHost=
for _input in "${_inputs[@]}"; do _addInput "$_input"; done
for _input in "${pkgsHostTarget[@]}"; do
  for _hook in "${envHostTargetHooks[@]}" "${envBuildHostHooks[@]}"; do _eval "$_hook" "$_input"; done
done
PATH=${_PATH:+$_PATH:}$PATH
HOST_PATH=$PATH
export HOST_PATH
unset _input _inputs _libraries _variable _hook _PATH
export NIX_BUILD_CORES=${NIX_BUILD_CORES:-1}
if [ "$NIX_BUILD_CORES" -le 0 ]; then NIX_BUILD_CORES=$(nproc 2>/dev/null || echo 1); fi
export TMP=${TMP:-$NIX_BUILD_TOP} TEMP=${TEMP:-$NIX_BUILD_TOP}
