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
for _variable in depsBuildBuild nativeBuildInputs propagatedNativeBuildInputs buildInputs propagatedBuildInputs; do
  concatTo _inputs "$_variable"
done
if [ -n "${doCheck:-}" ]; then concatTo _inputs nativeCheckInputs checkInputs; fi
if [ -n "${doInstallCheck:-}" ]; then concatTo _inputs nativeInstallCheckInputs; fi
for _input in "${_inputs[@]}"; do _addInput "$_input"; done
for _input in "${pkgsHostTarget[@]}"; do
  for _hook in "${envHostTargetHooks[@]}" "${envBuildHostHooks[@]}"; do _eval "$_hook" "$_input"; done
done
PATH=${_PATH:+$_PATH:}$PATH
HOST_PATH=$PATH
export HOST_PATH
unset _input _inputs _variable _hook _PATH
export NIX_BUILD_CORES=${NIX_BUILD_CORES:-1}
if [ "$NIX_BUILD_CORES" -le 0 ]; then NIX_BUILD_CORES=$(nproc 2>/dev/null || echo 1); fi
export TMP=${TMP:-$NIX_BUILD_TOP} TEMP=${TEMP:-$NIX_BUILD_TOP}

# --- files ----------------------------------------------------------------------------------------

# /nix/store/HASH-name.tar.gz -> name.tar.gz, in the variable strippedName
stripHash() {
  strippedName=$(basename -- "$1")
  if [[ "$strippedName" =~ ^[a-z0-9]{32}- ]]; then strippedName=${strippedName:33}; fi
  printf '%s\n' "$strippedName"
}

isScript() {
  local start
  IFS= read -r -d '' -n 2 start < "$1" 2>/dev/null || true
  [ "$start" = '#!' ]
}

isELF() {
  local start
  LANG=C IFS= read -r -d '' -n 4 start < "$1" 2>/dev/null || true
  [ "$start" = $'\x7fELF' ]
}

# moveToOutput PATTERN OUTPUT: from every output to that one.
moveToOutput() {
  local pattern=$1 destination=${!2} name source file
  for name in $(getAllOutputNames); do
    source=${!name}
    if [ "$source" = "$destination" ] || [ ! -d "$source" ]; then continue; fi
    for file in "$source"/$pattern; do
      if [ -e "$file" ] || [ -L "$file" ]; then
        mkdir -p "$(dirname -- "$destination/${file#"$source"/}")"
        mv -- "$file" "$destination/${file#"$source"/}"
      fi
    done
  done
}

# substituteStream VARIABLE WHERE OPTIONS: the text in VARIABLE, changed.
substituteStream() {
  local variable=$1 where=$2 pattern replacement mode text _name
  shift 2
  while (( $# )); do
    case "$1" in
      --replace | --replace-fail | --replace-warn | --replace-quiet)
        mode=$1 pattern=$2 replacement=$3
        shift 3
        if [[ "${!variable}" != *"$pattern"* ]]; then
          case "$mode" in
            --replace-fail) nixErrorLog "substitute: '$pattern' does not occur in $where"; return 1 ;;
            --replace-quiet) ;;
            *) nixWarnLog "substitute: '$pattern' does not occur in $where" ;;
          esac
          continue
        fi
        text=${!variable}
        printf -v "$variable" '%s' "${text//"$pattern"/"$replacement"}"
        ;;
      --subst-var)
        _name=$2
        shift 2
        if [ -z "${!_name+set}" ]; then nixErrorLog "substitute: the variable '$_name' is not set"; return 1; fi
        text=${!variable}
        printf -v "$variable" '%s' "${text//"@$_name@"/"${!_name}"}"
        ;;
      --subst-var-by)
        pattern=@$2@ replacement=$3
        shift 3
        text=${!variable}
        printf -v "$variable" '%s' "${text//"$pattern"/"$replacement"}"
        ;;
      *) nixErrorLog "substitute: what is '$1'?"; return 1 ;;
    esac
  done
  printf '%s' "${!variable}"
}

consumeEntire() {
  if IFS='' read -r -d '' "$1"; then
    nixErrorLog "the text holds a zero byte"
    return 1
  fi
}

# substitute INPUT OUTPUT OPTIONS
substitute() {
  local input=$1 output=$2 _contents
  shift 2
  if [ ! -f "$input" ]; then nixErrorLog "substitute: there is no file '$input'"; return 1; fi
  consumeEntire _contents < "$input"
  if [ -e "$output" ]; then chmod +w "$output"; fi
  substituteStream _contents "'$input'" "$@" > "$output.substituted"
  cat "$output.substituted" > "$output"
  rm "$output.substituted"
}

# substituteInPlace FILE… OPTIONS
substituteInPlace() {
  local files=() file
  while (( $# )) && [[ "$1" != --* ]]; do files+=("$1"); shift; done
  if (( ${#files[@]} == 0 )); then nixErrorLog "substituteInPlace: which file?"; return 1; fi
  for file in "${files[@]}"; do substitute "$file" "$file" "$@"; done
}

_allFlags() {
  local name
  for name in $(compgen -e); do
    if [[ "$name" =~ ^[a-z][A-Za-z0-9_]*$ ]]; then printf '%s\n' --subst-var "$name"; fi
  done
}

# Every exported variable that begins with a small letter.
substituteAll() {
  local flags
  mapfile -t flags < <(_allFlags)
  substitute "$1" "$2" "${flags[@]}"
}
substituteAllInPlace() { substituteAll "$1" "$1"; }

# patchShebangs [--build|--host|--update] FILE-OR-DIRECTORY…
patchShebangs() {
  local file line program rest found
  while [[ "${1:-}" == --* ]]; do shift; done
  while IFS= read -r -d $'\0' file; do
    isScript "$file" || continue
    IFS= read -r line < "$file" || [ -n "$line" ] || continue
    line=${line#'#!'}
    read -r program rest <<< "$line"
    case "$program" in "$NIX_STORE"/* | "") continue ;; esac
    if [ "$(basename -- "$program")" = env ]; then
      if [[ "$rest" == -S* ]]; then rest=${rest#-S}; fi
      read -r program rest <<< "$rest"
      if [[ "$program" == -* || "$program" == *=* ]]; then
        nixErrorLog "patchShebangs: cannot translate the interpreter line of $file"
        return 1
      fi
    fi
    found=$(PATH=$HOST_PATH command -v -- "$(basename -- "$program")" || true)
    case "$found" in "$NIX_STORE"/*) ;; *) continue ;; esac
    nixLog "$file: interpreter $found"
    line="#!$found${rest:+ $rest}"
    { printf '%s\n' "$line"; tail -n +2 -- "$file"; } > "$NIX_BUILD_TOP/.shebang"
    if [ ! -w "$file" ]; then chmod u+w "$file"; fi
    cat "$NIX_BUILD_TOP/.shebang" > "$file"
    rm "$NIX_BUILD_TOP/.shebang"
  done < <(find "$@" -type f -perm -0100 -print0)
}

# --- phases ---------------------------------------------------------------------------------------

unpackCmdHooks+=(_defaultUnpack)
_defaultUnpack() {
  local file=$1
  if [ -d "$file" ]; then
    stripHash "$file" >/dev/null
    cp -r --preserve=timestamps --reflink=auto -- "$file" "$strippedName"
    return
  fi
  case "$file" in
    *.tar | *.tar.* | *.tgz | *.tbz2 | *.tbz | *.txz) tar xf "$file" --mode=+w --warning=no-timestamp ;;
    *.zip) unzip -qq "$file" ;;
    *) return 1 ;;
  esac
}

unpackFile() {
  curSrc=$1
  nixLog "unpacking $1"
  if ! runOneHook unpackCmd "$1"; then die "there is no way to unpack '$1'"; fi
}

unpackPhase() {
  runHook preUnpack
  local before=() after entry known list=()
  concatTo list srcs
  if (( ${#list[@]} == 0 )); then
    if [ -z "${src:-}" ]; then die "neither src nor srcs is set, and unpackPhase is not turned off (dontUnpack)"; fi
    list=("$src")
  fi
  for entry in *; do if [ -d "$entry" ]; then before+=("$entry"); fi; done
  for entry in "${list[@]}"; do unpackFile "$entry"; done
  if [ -n "${setSourceRoot:-}" ]; then
    runOneHook setSourceRoot
  elif [ -z "${sourceRoot:-}" ]; then
    sourceRoot=
    for entry in *; do
      if [ ! -d "$entry" ]; then continue; fi
      known=
      for after in "${before[@]}"; do if [ "$after" = "$entry" ]; then known=1; fi; done
      if [ -n "$known" ]; then continue; fi
      if [ -n "$sourceRoot" ]; then die "the sources unpack to several directories; set sourceRoot to one"; fi
      sourceRoot=$entry
    done
  fi
  if [ -z "${sourceRoot:-}" ]; then die "the sources unpack to no directory; set sourceRoot"; fi
  if [ -z "${dontMakeSourcesWritable:-}" ]; then chmod -R u+w -- "$sourceRoot"; fi
  runHook postUnpack
}

patchPhase() {
  runHook prePatch
  local list=() flags=() file
  concatTo list patches
  concatTo flags patchFlags=-p1
  for file in "${list[@]}"; do
    nixLog "applying the patch $file"
    case "$file" in
      *.gz) gzip -d < "$file" ;;
      *.bz2) bzip2 -d < "$file" ;;
      *.xz) xz -d < "$file" ;;
      *) cat "$file" ;;
    esac | patch "${flags[@]}"
  done
  runHook postPatch
}

configurePhase() {
  runHook preConfigure
  local flags=()
  : "${configureScript=}"
  if [ -z "$configureScript" ] && [ -x ./configure ]; then configureScript=./configure; fi
  if [ -n "$configureScript" ]; then
    if [ -z "${dontAddPrefix:-}" ]; then flags+=("${prefixKey:---prefix=}${prefix:-$out}"); fi
    concatTo flags configureFlags configureFlagsArray
    $configureScript "${flags[@]}"
  fi
  runHook postConfigure
}

_make() {
  local flags=()
  if [ -n "${enableParallelBuilding:-}" ]; then flags+=("-j$NIX_BUILD_CORES"); fi
  if [ -n "${makefile:-}" ]; then flags+=(-f "$makefile"); fi
  flags+=("SHELL=$SHELL")
  concatTo flags makeFlags makeFlagsArray "$@"
  make "${flags[@]}"
}

_hasMakefile() { [ -n "${makefile:-}" ] || [ -e Makefile ] || [ -e makefile ] || [ -e GNUmakefile ]; }

buildPhase() {
  runHook preBuild
  if _hasMakefile; then _make buildFlags buildFlagsArray; else nixInfoLog "no Makefile: nothing to build"; fi
  runHook postBuild
}

checkPhase() {
  runHook preCheck
  if _hasMakefile; then
    if [ -z "${checkTarget:-}" ]; then
      if make -n check >/dev/null 2>&1; then checkTarget=check; elif make -n test >/dev/null 2>&1; then checkTarget=test; fi
    fi
    if [ -n "${checkTarget:-}" ]; then _make checkFlags checkFlagsArray checkTarget; fi
  fi
  runHook postCheck
}

installPhase() {
  runHook preInstall
  if _hasMakefile; then
    mkdir -p "${prefix:-$out}"
    _make installFlags installFlagsArray installTargets=install
  fi
  runHook postInstall
}

fixupPhase() {
  local name directory
  for name in $(getAllOutputNames); do
    if [ -e "${!name}" ] && [ ! -L "${!name}" ]; then chmod -R u+w,u-s,g-s -- "${!name}"; fi
  done
  runHook preFixup
  for name in $(getAllOutputNames); do
    directory=${!name}
    if [ -d "$directory" ] && [ -z "${dontPatchShebangs:-}" ]; then patchShebangs "$directory"; fi
  done
  _writePropagated propagated-build-inputs propagatedBuildInputs
  _writePropagated propagated-native-build-inputs propagatedNativeBuildInputs
  if [ -n "${setupHook:-}" ]; then
    mkdir -p "${dev:-$out}/nix-support"
    substituteAll "$setupHook" "${dev:-$out}/nix-support/setup-hook"
  fi
  runHook fixupOutput
  runHook postFixup
}

_writePropagated() {
  local list=()
  concatTo list "$2"
  if (( ${#list[@]} )); then
    mkdir -p "${dev:-$out}/nix-support"
    printf '%s ' "${list[@]}" > "${dev:-$out}/nix-support/$1"
  fi
}

installCheckPhase() {
  runHook preInstallCheck
  runHook postInstallCheck
}

distPhase() {
  runHook preDist
  runHook postDist
}

showPhaseHeader() {
  case "$1" in
    unpackPhase) nixLog "unpacking" ;;
    *) nixLog "running phase: $1" ;;
  esac
}

# A phase is a function, or the text of a variable of its name, which goes first.
runPhase() {
  local phase=$1
  case "$phase" in
    unpackPhase) if [ -n "${dontUnpack:-}" ]; then return; fi ;;
    patchPhase) if [ -n "${dontPatch:-}" ]; then return; fi ;;
    configurePhase) if [ -n "${dontConfigure:-}" ]; then return; fi ;;
    buildPhase) if [ -n "${dontBuild:-}" ]; then return; fi ;;
    checkPhase) if [ -z "${doCheck:-}" ]; then return; fi ;;
    installPhase) if [ -n "${dontInstall:-}" ]; then return; fi ;;
    fixupPhase) if [ -n "${dontFixup:-}" ]; then return; fi ;;
    installCheckPhase) if [ -z "${doInstallCheck:-}" ]; then return; fi ;;
    distPhase) if [ -z "${doDist:-}" ]; then return; fi ;;
  esac
  showPhaseHeader "$phase"
  if [ -n "${!phase:-}" ]; then eval "${!phase}"; else "$phase"; fi
  if [ "$phase" = unpackPhase ] && [ -n "${sourceRoot:-}" ]; then cd -- "$sourceRoot"; fi
}

definePhases() {
  if [ -z "${phases[*]:-}" ]; then
    phases="${prePhases[*]:-} unpackPhase patchPhase ${preConfigurePhases[*]:-} configurePhase \
      ${preBuildPhases[*]:-} buildPhase checkPhase ${preInstallPhases[*]:-} installPhase \
      ${preFixupPhases[*]:-} fixupPhase installCheckPhase ${preDistPhases[*]:-} distPhase ${postPhases[*]:-}"
  fi
}

genericBuild() {
  local phase
  if [ -n "${buildCommandPath:-}" ]; then
    source "$buildCommandPath"
    return
  fi
  if [ -n "${buildCommand:-}" ]; then
    eval "$buildCommand"
    return
  fi
  definePhases
  for phase in ${phases[*]}; do runPhase "$phase"; done
}

trap '_status=$?; if [ "$_status" != 0 ]; then runHook failureHook || true; else runHook exitHook; fi' EXIT

runHook preHook
runHook postHook
runHook userHook
