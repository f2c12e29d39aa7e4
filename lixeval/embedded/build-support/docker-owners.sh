# chown, chgrp and install for builds that are nobody special: what they would give to others is written down, and the
# image has it.  LIXEVAL_LAYER is the folder that becomes the image's root, LIXEVAL_OWNERS the file that is written to,
# LIXEVAL_TOOLS the folder of the real programs.
#
# Where calls are watched (fake-root.py, LIXEVAL_WATCHED) these only turn names of users into the numbers that they have
# in the image, and the real programs do the rest.
#
#   record = UID SP GID SP PLACE NUL          "-" for what stays as it is; PLACE is relative to LIXEVAL_LAYER
set -euo pipefail
shopt -s inherit_errexit
program=${0##*/}

failed() {
  echo "$program: $*" >&2
  exit 1
}

# The number of a name in passwd or group of the image; root is 0 without any file.
number_of() {
  local name=$1 file=$LIXEVAL_LAYER/etc/$2 entry number
  if [[ $name =~ ^[0-9]+$ ]]; then
    echo "$name"
    return
  fi
  if [[ -f $file ]]; then
    while IFS=: read -r entry _ number _ || [[ -n $entry ]]; do
      if [[ $entry == "$name" ]]; then
        echo "$number"
        return
      fi
    done <"$file"
  fi
  [[ $name == root ]] || failed "'$name' is not in /etc/$2 of the image: give its number"
  echo 0
}

login_group() {
  local name=$1 entry uid gid
  while IFS=: read -r entry _ uid gid _ || [[ -n $entry ]]; do
    if [[ $entry == "$name" || $uid == "$name" ]]; then
      echo "$gid"
      return
    fi
  done <"$LIXEVAL_LAYER/etc/passwd"
  failed "'$name' is not in /etc/passwd of the image, so it has no group"
}

uid=- gid=-
# USER, USER:GROUP, USER:, :GROUP
parse_owner() {
  local user=${1%%:*} group=
  [[ $1 == *:* ]] && group=${1#*:}
  [[ -n $user ]] && uid=$(number_of "$user" passwd)
  if [[ -n $group ]]; then
    gid=$(number_of "$group" group)
  elif [[ $1 == *: ]]; then
    gid=$(login_group "$user")
  fi
}

# The place of a file in the image; "" for its root.
place_of() {
  local place
  [[ -e $1 || -L $1 ]] || failed "cannot access '$1': No such file or directory"
  place=$("$LIXEVAL_TOOLS/realpath" -s --relative-to="$LIXEVAL_LAYER" -- "$1")
  [[ $place != .. && $place != ../* ]] || failed "'$1' is not in the image: names are relative to its root (./etc)"
  [[ $place == . ]] || echo "$place"
}

# Whose a file is by what was recorded last; root's if nothing was.
owner_like() {
  local like user group place
  like=$(place_of "$("$LIXEVAL_TOOLS/realpath" -e -- "$1")")
  uid=0 gid=0
  while read -r -d '' user group place; do
    [[ $place == "$like" ]] || continue
    [[ $user == - ]] || uid=$user
    [[ $group == - ]] || gid=$group
  done <"$LIXEVAL_OWNERS"
  [[ $program != chgrp ]] || uid=-
}

record() {
  local place
  place=$(place_of "$1")
  printf '%s %s %s\0' "$uid" "$gid" "$place" >>"$LIXEVAL_OWNERS"
}

record_all() {
  local path
  shopt -s dotglob nullglob
  record "$1"
  if [[ -d $1 && ! -L $1 ]]; then
    for path in "${1%/}"/*; do record_all "$path"; done
  fi
}

# Run the real program, with numbers for names.
with_numbers() {
  local words=() word seen=
  while (($#)); do
    word=$1
    shift
    case $program:$word in
    install:-o | install:--owner | install:-g | install:--group)
      words+=("$word" "$(numbers "$word" "$1")")
      shift
      ;;
    install:--owner=* | install:--group=*) words+=("${word%%=*}=$(numbers "${word%%=*}" "${word#*=}")") ;;
    install:-o?* | install:-g?*) words+=("${word:0:2}" "$(numbers "${word:0:2}" "${word:2}")") ;;
    chown:--reference | chgrp:--reference | chown:--from)
      words+=("$word" "$1") && shift
      [[ $word == --from ]] || seen=1
      ;;
    install:* | *:--reference=*)
      words+=("$word")
      [[ $program == install ]] || seen=1
      ;;
    *:-*) words+=("$word") ;;
    *)
      if [[ -z $seen ]]; then word=$(numbers "$program" "$word"); fi
      seen=1
      words+=("$word")
      ;;
    esac
  done
  exec "$LIXEVAL_TOOLS/$program" "${words[@]}"
}

# numbers WHAT TEXT
numbers() {
  uid=- gid=-
  case $1 in
  chgrp | -g | --group)
    parse_owner ":$2"
    echo "$gid"
    ;;
  -o | --owner)
    parse_owner "$2"
    echo "$uid"
    ;;
  *)
    parse_owner "$2"
    if [[ $gid == - ]]; then echo "$uid"; else echo "${uid#-}:$gid"; fi
    ;;
  esac
}

change_owner() {
  local recursive= follow=1 reference= operands=() word
  while (($#)); do
    word=$1
    shift
    case $word in
    --) operands+=("$@") && break ;;
    --recursive) recursive=1 ;;
    --no-dereference) follow= ;;
    --reference=*) reference=1 && owner_like "${word#*=}" ;;
    --reference) reference=1 && owner_like "$1" && shift ;;
    --from | --from=*) failed "--from is not supported here" ;;
    --*) ;;
    -?*)
      [[ $word == *R* ]] && recursive=1
      [[ $word == *h* ]] && follow=
      ;;
    *) operands+=("$word") ;;
    esac
  done
  if [[ -z $reference ]]; then
    ((${#operands[@]})) || failed "missing operand"
    if [[ $program == chgrp ]]; then parse_owner ":${operands[0]}"; else parse_owner "${operands[0]}"; fi
    operands=("${operands[@]:1}")
  fi
  ((${#operands[@]})) || failed "missing operand"
  for word in "${operands[@]}"; do
    if [[ -n $recursive ]]; then
      record_all "$word"
    elif [[ -n $follow && -L $word ]]; then
      record "$("$LIXEVAL_TOOLS/realpath" -- "$word")"
    else
      record "$word"
    fi
  done
}

install_files() {
  local rest=() operands=() folders= target= word
  while (($#)); do
    word=$1
    shift
    case $word in
    -o | --owner) parse_owner "$1" && shift ;;
    -g | --group) parse_owner ":$1" && shift ;;
    --owner=*) parse_owner "${word#*=}" ;;
    --group=*) parse_owner ":${word#*=}" ;;
    -m | -S | -t) rest+=("$word" "$1") && { [[ $word == -t ]] && target=$1 || true; } && shift ;;
    -o?*) parse_owner "${word#-o}" ;;
    -g?*) parse_owner ":${word#-g}" ;;
    --target-directory=*) target=${word#*=} && rest+=("$word") ;;
    -*)
      [[ $word == --directory || ($word != --* && $word == *d*) ]] && folders=1
      rest+=("$word")
      # -dm 0755: the mode is the next word.
      if [[ $word != --* && $word == *m ]]; then rest+=("$1") && shift; fi
      ;;
    *) operands+=("$word") && rest+=("$word") ;;
    esac
  done
  "$LIXEVAL_TOOLS/install" "${rest[@]}"
  [[ $uid$gid != -- ]] || return 0
  if [[ -n $folders ]]; then
    for word in "${operands[@]}"; do record "$word"; done
  elif [[ -n $target || -d ${operands[-1]} ]]; then
    [[ -n $target ]] || { target=${operands[-1]} && unset 'operands[-1]'; }
    for word in "${operands[@]}"; do record "$target/${word##*/}"; done
  else
    record "${operands[-1]}"
  fi
}

if [[ -n ${LIXEVAL_WATCHED:-} ]]; then with_numbers "$@"; fi
if [[ $program == install ]]; then install_files "$@"; else change_owner "$@"; fi
