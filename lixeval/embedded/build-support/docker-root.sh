# The root of an image, made by the commands of dockerTools: contents are put together, commands run in there, and what
# the store does not keep of files is written down: modes, and owners as chown would have set them.  Commands of root are
# watched (fake-root.py), or find programs of ours in place of chown where that cannot be (docker-owners.sh).
#
#   contents        store paths whose files are copied to the root
#   extraCommands   run in the root, as whoever builds
#   fakeRootCommands   the same, and chown has its effect; with enableFakechroot the root is /
#   runAsRoot       as fakeRootCommands with enableFakechroot
#
#   $out            the files          $attributes      a listing (file_attributes.py)
layer=$PWD/layer
mkdir "$layer"
for item in $contents; do
  if [ ! -d "$item" ]; then
    echo "'$item' is not a folder, and only a folder can be copied to the root of an image" >&2
    exit 1
  fi
  if command -v tar >/dev/null; then
    # cp wants /proc to set the mode of a folder, and not every sandbox has it.
    tar -C "$item/" --mode=u+w -cf - . | tar -C "$layer" --no-same-permissions -xf -
  else
    cp -R --no-dereference --preserve=mode --remove-destination "$item/." "$layer/"
  fi
  chmod -R u+w "$layer"
done

export LIXEVAL_OWNERS=$PWD/owners LIXEVAL_LAYER=$layer LIXEVAL_TOOLS=$tools
: >"$LIXEVAL_OWNERS"
mkdir "$PWD/bin"
for program in chown chgrp install; do
  { echo "#!$interpreter" && cat "$owners"; } >"$PWD/bin/$program"
  chmod +x "$PWD/bin/$program"
done

owners_bin=$PWD/bin
records=$PWD/records

in_layer() { (cd "$layer" && eval "$(cat "$1")"); }

# Whether calls can be watched here; if not, programs of these names are found before the real ones, and no others.
watched=
: >"$records"
if [ -n "$python" ] && "$python" "$fakeRoot" run "$records" "$tools/true"; then watched=1; fi
if [ -z "$watched" ] && [ -s "$fakeRootCommandsPath" -o -s "$runAsRootPath" ]; then
  echo "system calls cannot be watched here (seccomp's user notification, /proc, Python): of what changes owners only" >&2
  echo "chown, chgrp and install have an effect, and only when they are called by these names; devices cannot be made" >&2
fi

as_root() {
  if [ -z "$watched" ]; then
    (cd "$layer" && PATH=$owners_bin:$PATH && eval "$(cat "$1")")
  else
    (cd "$layer" && LIXEVAL_WATCHED=1 exec "$python" "$fakeRoot" run "$records" "$interpreter" -e -c '
      commands=$2 owners=$1 here=$PWD
      source "$stdenv/setup"
      PATH=$owners:$PATH
      cd "$here"
      eval "$(cat "$commands")"' - "$owners_bin" "$1")
  fi
}

# The same with the layer as /, in namespaces of its own.  What must be there for that is taken away again.
in_chroot() {
  local made=() folder watcher=()
  if ! unshare --user --map-root-user --mount --fork "$interpreter" -c 'mount --rbind /nix /nix'; then
    echo "commands that need the image's root as / (runAsRoot, enableFakechroot) cannot be run in this sandbox:" >&2
    echo "for them /nix, /dev and /proc are mounted there, in user namespaces, which a container has with" >&2
    echo "--security-opt seccomp=unconfined.  fakeRootCommands without enableFakechroot need nothing." >&2
    exit 1
  fi
  for folder in nix dev proc .lixeval; do
    if [ ! -e "$layer/$folder" ]; then mkdir "$layer/$folder" && made+=("$folder"); fi
  done
  cp "$owners_bin"/* "$layer/.lixeval/"
  cp "$LIXEVAL_OWNERS" "$layer/.lixeval/owners"
  cp "$records" "$layer/.lixeval/records"
  cat "$1" >"$layer/.lixeval/commands"
  if [ -n "$watched" ]; then watcher=("$python" "$fakeRoot" run /.lixeval/records); fi
  local status=0
  LIXEVAL_WATCHED=$watched LIXEVAL_OWNERS=/.lixeval/owners LIXEVAL_LAYER=/ TMPDIR=/.lixeval PATH=/.lixeval:$PATH \
    unshare --user --map-root-user --mount --fork "$interpreter" -euc '
      mount --rbind /nix "$1/nix" && mount --rbind /dev "$1/dev" && mount --rbind /proc "$1/proc" || exit 125
      root=$1
      shift
      exec chroot "$root" "$@" -eu /.lixeval/commands' - "$layer" "${watcher[@]}" "$interpreter" || status=$?
  cp "$layer/.lixeval/owners" "$LIXEVAL_OWNERS"
  cp "$layer/.lixeval/records" "$records"
  rm -r "$layer/.lixeval"
  for folder in "${made[@]}"; do
    [ "$folder" = .lixeval ] || rmdir --ignore-fail-on-non-empty "$layer/$folder"
  done
  return "$status"
}

in_layer "$extraCommandsPath"
if [ -n "$enableFakechroot" ]; then
  in_chroot "$fakeRootCommandsPath"
elif [ -s "$fakeRootCommandsPath" ]; then
  as_root "$fakeRootCommandsPath"
fi
if [ -s "$runAsRootPath" ]; then in_chroot "$runAsRootPath"; fi

if [ -n "$watched" ]; then
  "$python" "$fakeRoot" list "$layer" "$records" "$attributes"
else
  declare -A uids gids
  while IFS=' ' read -r -d '' uid gid place; do
    [ "$uid" = - ] || uids[/$place]=$uid
    [ "$gid" = - ] || gids[/$place]=$gid
  done <"$LIXEVAL_OWNERS"
  find "$layer" -printf '%m %P\0' >"$records"
  while IFS=' ' read -r -d '' mode place; do
    printf '%s %s %s %s\0' "$mode" "${uids[/$place]:--}" "${gids[/$place]:--}" "/$place"
  done <"$records" >"$attributes"
fi
mv "$layer" "$out"
