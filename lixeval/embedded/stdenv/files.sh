# --- files: names, kinds, replacing text, interpreter lines ------------------------------------------

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
  local flags all
  # No <( ): it needs /proc, which builds in a container may lack.
  all=$(_allFlags)
  if [ -n "$all" ]; then mapfile -t flags <<< "$all"; fi
  substitute "$1" "$2" "${flags[@]}"
}
substituteAllInPlace() { substituteAll "$1" "$1"; }

# patchShebangs [--build|--host|--update] FILE-OR-DIRECTORY…
patchShebangs() {
  local file line program rest found
  while [[ "${1:-}" == --* ]]; do shift; done
  find "$@" -type f -perm -0100 -print0 > "$NIX_BUILD_TOP/.scripts"
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
  done < "$NIX_BUILD_TOP/.scripts"
  rm "$NIX_BUILD_TOP/.scripts"
}
