# Variables: compiler, binutils, libc, libcDev (store paths), interpreter (a shell).
mkdir -p "$out/bin" "$out/lib" "$out/nix-support"

for script in "$libcDev"/lib/*.so; do
  if [ -f "$script" ] && grep -q "GNU ld script" "$script"; then
    sed -E -e "s,[^ (]*/([^ /]+\.so[.0-9]*),$libc/lib/\1,g" -e "s,[^ (]*/([^ /]+\.a),$libcDev/lib/\1,g" "$script" \
      > "$out/lib/$(basename "$script")"
  fi
done

loader=
for file in "$libc"/lib/ld-linux*.so.* "$libc"/lib/ld-musl*.so.* "$libc"/lib/ld64.so.*; do
  if [ -e "$file" ]; then loader=$file; fi
done
cxx=
for file in "$compiler"/lib/gcc/*/*/libstdc++.so "$compiler"/lib/libstdc++.so; do
  if [ -e "$file" ]; then cxx=$(dirname "$(realpath "$file")"); fi
done
headers=
for folder in "$libcDev"/include/*-linux-* "$libcDev/include"; do
  if [ -d "$folder" ]; then headers+=" -idirafter $folder"; fi
done

# wrap NAME PROGRAM FLAGS LIBRARY-FOLDER…
wrap() {
  local name=$1 program=$2 more=$3 run= folder
  shift 3
  for folder in "$@"; do run+=" -L$folder -Wl,-rpath,$folder"; done
  cat > "$out/bin/$name" <<END
#!$interpreter
link=()
for flag in \${NIX_LDFLAGS:-}; do
  case \$flag in
    -L* | -l*) link+=("\$flag") ;;
    *) link+=("-Wl,\$flag") ;;
  esac
done
exec $program -B$out/lib/ -B$libcDev/lib/ -B$binutils/bin/ \${NIX_CFLAGS_COMPILE:-} $more "\$@" \\
  "\${link[@]}" $headers -L$out/lib -L$libcDev/lib$run -Wl,-dynamic-linker,$loader
END
  chmod +x "$out/bin/$name"
}

found() {
  local file
  for file in "$compiler"/bin/$1 "$compiler"/bin/$1-[0-9]*; do
    if [ -x "$file" ]; then echo "$file" && return; fi
  done
}
gcc=$(found gcc) plus=$(found g++)
for name in gcc cc; do wrap "$name" "$gcc" "" "$libc/lib"; done
if [ -n "$plus" ]; then for name in g++ c++; do wrap "$name" "$plus" "" "$libc/lib" $cxx; done; fi
wrap cpp "$gcc" -E "$libc/lib"
for file in "$binutils"/bin/*; do
  name=$(basename "$file")
  if [ ! -e "$out/bin/$name" ]; then ln -s "$file" "$out/bin/$name"; fi
done
for name in gcc-ar gcc-nm gcc-ranlib gcov; do
  file=$(found "$name")
  if [ -n "$file" ]; then ln -s "$file" "$out/bin/$name"; fi
done
cat > "$out/nix-support/setup-hook" <<'END'
export CC=gcc LD=ld AR=ar AS=as NM=nm RANLIB=ranlib STRIP=strip OBJCOPY=objcopy OBJDUMP=objdump READELF=readelf
if command -v g++ >/dev/null; then export CXX=g++; fi
END
