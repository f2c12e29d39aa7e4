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
    if [ -d "$directory" ] && [ -z "${dontStrip:-}" ] && [ -n "${STRIP:-}" ]; then _stripDebug "$directory"; fi
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

# Debug information names the sources and headers, which would all be references.
_stripDebug() {
  local file
  find "$1" -type f \( -perm -0100 -o -name '*.so*' -o -name '*.a' -o -name '*.o' \) -print0 > "$NIX_BUILD_TOP/.elf"
  while IFS= read -r -d $'\0' file; do
    if isELF "$file" || [[ "$file" == *.a ]]; then "$STRIP" -S -p -- "$file" || true; fi
  done < "$NIX_BUILD_TOP/.elf"
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
