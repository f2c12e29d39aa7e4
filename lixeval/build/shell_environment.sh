# The builder of the derivation that `lixeval develop` builds in the place of another one: does what that one's builder
# does before its first phase, and writes down which variables and functions there are then.
#
# Each is a record of fields that end with a NUL byte, which no variable can hold:
#
#     TYPE NAME COUNT FIELD...      exported, var: the value; array: the elements; associative: keys and values in turn;
#                                   function: its text; file: the contents of a file of structured attributes
set -e
if [[ -e ${NIX_ATTRS_SH_FILE-} ]]; then . "$NIX_ATTRS_SH_FILE"; fi
export IN_NIX_SHELL=impure dontAddDisableDepTrack=1
if [[ -n ${stdenv-} ]]; then . "$stdenv/setup"; fi
set +eu

if [[ -e ${NIX_ATTRS_SH_FILE-} ]]; then lixevalOutputs=("${outputs[@]}"); else
    lixevalOutputs=()
    for lixevalName in $outputs; do lixevalOutputs+=("${!lixevalName}"); done
fi

lixevalRecord() { printf '%s\0' "$1" "$2" $(($# - 2)) "${@:3}"; }

lixevalVariable() {
    local lixevalDeclared lixevalKey lixevalFields=()
    lixevalDeclared=$(declare -p "$1" 2> /dev/null) || return 0
    lixevalDeclared=${lixevalDeclared#declare }
    case ${lixevalDeclared%% *} in
        -x) lixevalRecord exported "$1" "${!1}" ;;
        --) lixevalRecord var "$1" "${!1}" ;;
        -a)
            eval "lixevalFields=(\"\${$1[@]}\")"
            lixevalRecord array "$1" "${lixevalFields[@]}"
            ;;
        -A)
            eval "for lixevalKey in \"\${!$1[@]}\"; do lixevalFields+=(\"\$lixevalKey\" \"\${$1[\$lixevalKey]}\"); done"
            lixevalRecord associative "$1" "${lixevalFields[@]}"
            ;;
    esac
}

lixevalAll() {
    local lixevalLetter lixevalName lixevalNames=()
    for lixevalLetter in {a..z} {A..Z} _; do
        eval "lixevalNames+=(\"\${!$lixevalLetter@}\")"
    done
    # What is declared and has no value; Nix gives it an empty one.
    while read -r _ _ lixevalName; do
        case $lixevalName in
            *=* | *[!A-Za-z0-9_]*) ;;
            *) if [[ -z ${!lixevalName+x} ]]; then lixevalNames+=("$lixevalName"); fi ;;
        esac
    done <<< "$(declare -p)"
    for lixevalName in "${lixevalNames[@]}"; do
        case $lixevalName in
            lixeval*) ;;
            *) lixevalVariable "$lixevalName" ;;
        esac
    done
    while read -r _ _ lixevalName; do
        case $lixevalName in
            lixeval*) ;;
            *) lixevalRecord function "$lixevalName" "$(declare -f "$lixevalName")" ;;
        esac
    done <<< "$(declare -F)"
    if [[ -e ${NIX_ATTRS_SH_FILE-} ]]; then
        lixevalRecord file .attrs.json "$(< "$NIX_ATTRS_JSON_FILE")"
        lixevalRecord file .attrs.sh "$(< "$NIX_ATTRS_SH_FILE")"
    fi
}

lixevalAll > "${lixevalOutputs[0]}"
for lixevalName in "${lixevalOutputs[@]:1}"; do : > "$lixevalName"; done
exit 0
