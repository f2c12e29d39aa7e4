"""The store that the golden cases were recorded on: `make(root)` writes root/nix/store, always the same.

Needs no root.  Files of store paths are 0444 or as said, folders 0555; every name, size, mode and link matters, since
the digests in the golden files depend on them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

ALPHABET = "0123456789abcdfghijklmnpqrsvwxyz"
NAMES = {
    "libc": "1-libc-2.40-66",
    "idn": "2-idn2-2.3.7",
    "bash": "3-bash-5.2p37",
    "core": "4-core-9.5",
    "app": "5-app-1.0",
    "weird": "6-weird-names",
    "root_a": "7-root-a",
    "root_b": "8-root-b",
    "text": "9-config.json",
    "link": "a-a-link",
    "plus": "b-libstdc+13",
    "clash": "c-clash",
    "modes": "d-modes",
    "plus_plus": "f-libstdc++-13",
    "root_c": "g-root-c",
}
PATHS = {key: "/nix/store/" + name[0] * 32 + name[1:] for key, name in NAMES.items()}
PREFIX = len(PATHS["weird"]) + 1  # of a name inside a path, as long as all tests of name lengths need it


class _Store:
    def __init__(self, root: str) -> None:
        self.root = root
        self.folder_modes: dict[bytes, int] = {}

    def place(self, key: str, name: str | bytes = "") -> bytes:
        base = os.fsencode(self.root + PATHS[key])
        place = os.path.join(base, os.fsencode(name)) if name else base
        os.makedirs(os.path.dirname(place), exist_ok=True)
        return place

    def file(self, key: str, name: str | bytes, data: bytes, mode: int = 0o444) -> None:
        place = self.place(key, name)
        with open(place, "wb") as stream:
            stream.write(data)
        os.chmod(place, mode)

    def link(self, key: str, name: str | bytes, target: str | bytes) -> None:
        os.symlink(os.fsencode(target), self.place(key, name))

    def folder(self, key: str, name: str, mode: int = 0o555) -> None:
        place = self.place(key, name)
        os.makedirs(place, exist_ok=True)
        self.folder_modes[place] = mode

    def seal(self) -> None:
        top = os.fsencode(self.root + "/nix/store")
        for place, _, _ in os.walk(top, topdown=False):
            if place != top:
                os.chmod(place, self.folder_modes.get(place, 0o555))


def _programs(store: _Store) -> None:
    libc, bash, core = (os.fsencode(PATHS[key]) for key in ("libc", "bash", "core"))
    for size in (0, 1, 511, 512, 513, 1024, 10000):
        store.file("libc", f"lib/size{size}", bytes((i * 7 + size) & 255 for i in range(size)))
    store.file("libc", "lib/ld.so", b"\x7fELF fake\n", 0o555)
    store.link("libc", "lib64", "lib")
    store.file("idn", "lib/libidn2.so.0", b"idn " + libc, 0o555)
    store.file("bash", "bin/bash", b"bash " + libc, 0o555)
    store.link("bash", "bin/sh", "bash")
    store.file("core", "bin/coreutils", b"core " + libc + os.fsencode(PATHS["idn"]), 0o555)
    for name in ("ls", "cat", "env"):
        store.link("core", f"bin/{name}", "coreutils")
    store.file("app", "bin/app", b"#!" + bash + b"/bin/bash\nexec " + core + b"/bin/ls\n", 0o555)
    store.folder("app", "empty")
    store.link("app", "etc/conf", PATHS["text"])
    store.file("text", "", b'{"cmd":["/bin/sh"]}')
    store.link("link", "", PATHS["app"])
    store.file("plus", "lib/x", b"x")
    store.file("plus_plus", "lib/x", b"x")


def _of_length(total: int, character: str, folder: str = "") -> str:
    """A name of so many characters that it has `total` bytes in a tar."""
    folder = folder and folder + "/"
    return folder + character * (total - PREFIX - len(folder))


def _odd_names(store: _Store) -> None:
    plain = ["a", "a-b", "a.b", "a0", "A", "~", "#", "été", "日本語", "back\\slash"]
    for name in [*plain, "a b", "nl\nname", "tab\tx", "\x7fdel", "\x01ctl"]:
        store.file("weird", f"sort/{name}", name.encode())
    for name, data in (("a+dir/in", b"in"), ("d/z", b"z"), ("d.x", b"dx"), ("d-x", b"d-x")):
        store.file("weird", f"sort/{name}", data)
    store.file("weird", b"sort/bad\xff\xfeutf8", b"invalid utf-8")


def _long_names(store: _Store) -> None:
    for total in (99, 100, 101, 102):
        store.file("weird", _of_length(total, "n"), b"%d" % total)
    store.file("weird", "c" * 255, b"component of 255")
    store.file("weird", "L/" + "c" * 101, b"component 101")
    store.file("weird", "L/" + "d" * 100, b"component 100")
    store.file("weird", "L/" + "é" * 60, b"120 bytes non ascii")
    for total in (254, 255, 256, 257, 258, 300):
        store.file("weird", _of_length(total, "q", "D/" + "/".join(["p" * 40] * 4)), b"%d" % total)
    for prefix in (153, 154, 155, 156, 157):
        store.file("weird", "E" * (prefix - PREFIX) + "/" + "t" * 50, b"plen %d" % prefix)
    store.file("weird", "E" * (155 - PREFIX) + "/" + "u" * 100, b"155/100")
    store.folder("weird", "dirname-" + "x" * 120)
    for total, letters in ((99, "dir99"), (100, "dir100"), (101, "dir101")):
        store.folder("weird", letters.ljust(total - PREFIX, "y"))


def _links(store: _Store) -> None:
    targets: list[tuple[str, str | bytes]] = [
        ("short", "t"),
        ("100", "t" * 100),
        ("101", "t" * 101),
        ("nonascii", "é"),
        ("abs", "/etc/passwd"),
        ("n" * 150, "u" * 150),
        ("éè", "t" * 120),
        ("slash", "a" * 99 + "/b"),
        ("dangling", "../../nowhere/"),
        ("badutf8", b"bad\xff"),
    ]
    for name, target in targets:
        store.link("weird", f"ln/{name}", target)


def _modes(store: _Store) -> None:
    modes = {"plain": 0o444, "w": 0o644, "x": 0o755, "none": 0o000}
    modes |= {"suid": 0o4755, "sgid": 0o2755, "sticky": 0o1644, "all": 0o7777}
    letters = {"sgid": b"g", "sticky": b"t", "all": b"7"}
    for name, mode in modes.items():
        store.file("modes", name, letters.get(name, name[:1].encode()), mode)
    store.folder("modes", "tmp", 0o1777)
    store.folder("modes", "sg", 0o2775)
    store.file("modes", "h1", b"hard link body")
    os.link(store.place("modes", "h1"), store.place("modes", "h2"))


def _roots(store: _Store) -> None:
    store.file("root_a", "etc/passwd", b"root:x:0:0::/root:/bin/sh\n")
    store.link("root_a", "bin", PATHS["bash"] + "/bin")
    store.file("root_a", "tmp/keep", b"k")
    for name in ("var/tmp", "nix/var/nix/gcroots"):
        store.folder("root_a", name)
    store.file("root_b", "etc/group", b"root:x:0:\n")
    store.folder("root_b", "root")
    store.file("root_b", "etc/same", b"same")
    store.file("root_c", "etc/passwd", b"ROOT:x:0:0::/root:/bin/sh\n")
    store.file("root_c", "etc/same", b"SAME")
    store.folder("root_c", "nix/var/nix/profiles")
    store.file("clash", "etc/passwd", b"short\n")


def ladder() -> Iterator[tuple[str, bytes]]:
    """Two files a rung; each refers to both of the rung below, so the number of ways doubles 70 times."""
    for rung in range(70):
        for side in "ab":
            hash_part = ALPHABET[rung // 32] * 16 + ALPHABET[rung % 32] * 16
            yield f"/nix/store/{hash_part}-ladder{rung:02}{side}", b"%d" % rung


def make(root: str) -> None:
    """Write the store below `root`, which must not have one."""
    store = _Store(root)
    for part in (_programs, _odd_names, _long_names, _links, _modes, _roots):
        part(store)
    for path, data in ladder():
        with open(root + path, "wb") as stream:
            stream.write(data)
        os.chmod(root + path, 0o444)
    store.seal()
