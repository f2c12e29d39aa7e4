"""Command lines that real Nix has as well: ours, Nix's, and the files that they are about.

`record.py` writes down what Nix 2.26.3 prints; `test_cli_recorded.py` wants the same of lixeval, to the byte.
A case is (our words, Nix's words); {tree}, {c} and the like are store paths that `record.py` and the test find alike.
"""

from __future__ import annotations

import os
import tarfile
from pathlib import Path

NIX = ("nix", "--extra-experimental-features", "nix-command")

EVAL_FILE = """\
{ a = 1; b = { c = "x"; d = [ 1 2 { z = null; } ]; }; s = "q\\"uo\\nte"; fl = 1.5; t = true;
  drv = derivation { name = "n"; system = "s"; builder = "b"; args = [ "a b" "c'd" ]; x = "q\\nr$z"; }; }
"""
UNBUILT = 'derivation { name = "n"; system = "s"; builder = "b"; }'
GRAPH_FILE = """\
let
  make = name: deps: derivation { inherit name deps; system = "s"; builder = "b"; };
  a = make "aa-1.0" [ ];
  b = make "bb-2" [ a ];
  long = builtins.concatStringsSep "" (builtins.genList (n: "0123456789abcdef") 2000);
in
{
  one = make "cc" [ a b (builtins.toFile "t-3.1" "xy") ];
  two = make "cc-5" [ (make "bb-3" [ (builtins.toFile "t-4" long) ]) a ];
}
"""


def write_files(folder: Path) -> None:
    """tree/ (a file, a program, a link, an empty folder), an archive of it, eval.nix, graph.nix."""
    (folder / "tree/sub").mkdir(parents=True)
    (folder / "tree/empty").mkdir()
    (folder / "tree/a").write_text("hi\n")
    (folder / "tree/sub/b").write_text("exe\n")
    (folder / "tree/sub/b").chmod(0o755)
    os.symlink("a", folder / "tree/l")
    with tarfile.open(folder / "tree.tar", "w") as archive:
        archive.add(folder / "tree", "tree")
    (folder / "eval.nix").write_text(EVAL_FILE)
    (folder / "graph.nix").write_text(GRAPH_FILE)


def both(ours: str, nix: str) -> tuple[list[str], list[str]]:
    """A case whose arguments are words without spaces."""
    return ours.split(), nix.split()


def _new(words: list[str]) -> tuple[list[str], list[str]]:
    """A case that has the same words in `nix`."""
    return words, [*NIX, *words]


TREE = "/nix/store/amrmbxqhanam5y74sj8fm0j6gkf03ixx-tree"
HEX = "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03"
NIX32 = "00xyyr3fi8l6hb839bv3f7yb86yjv7xi1cgh1xnhipym4asvb4aq"
SRI = "sha256-WJG1tSLV3whtD/CxEPvZ0hu0/HFjrzTQgoai6Eb2vgM="

ADDING = [
    _new(["store", "add-path", "tree"]),
    _new(["store", "add-file", "tree/a"]),
    _new(["store", "add", "tree/a"]),
    _new(["store", "add-path", "tree/a", "--name", "other"]),
    _new(["store", "add-path", "tree", "--dry-run"]),
    both("store add-fixed sha256 tree/a", "nix-store --add-fixed sha256 tree/a"),
    both("store add-fixed --recursive sha1 tree", "nix-store --add-fixed --recursive sha1 tree"),
    both("store add-fixed sha256 tree", "nix-store --add-fixed sha256 tree"),
    both("--instantiate eval.nix -A drv", "nix-instantiate eval.nix -A drv"),
    both("--instantiate graph.nix -A one", "nix-instantiate graph.nix -A one"),
    both("--instantiate graph.nix -A two", "nix-instantiate graph.nix -A two"),
]
"""What fills the store; first, and in this order."""

LISTING = [
    _new(["store", "ls", *flags.split(), TREE + below])
    for flags in ("", "-l", "-R", "-lR", "-d", "-ld", "--json", "--json -R")
    for below in ("", "/sub", "/a", "/l", "/nope", "/a/b")
] + [_new(["store", "cat", TREE + below]) for below in ("/a", "/sub/b", "/l", "/sub", "/nope")]

GRAPHS = [
    both("store print-env {drv}", "nix-store --print-env {drv}"),
    both("store export {tree}", "nix-store --export {tree}"),
    both("store export {drv} {tree}", "nix-store --export {drv} {tree}"),
    both("store export --closure {two}", "nix-store --export {closure-of-two}"),
    _new(["store", "diff-closures", "{tree}", "{tree}"]),
    _new(["store", "diff-closures", "{drv}", "{tree}"]),
    _new(["store", "diff-closures", "{one}", "{two}"]),
    _new(["store", "diff-closures", "{two}", "{one}"]),
]

EVALUATING = [
    _new(["eval", *words])
    for words in (
        ["-f", "eval.nix", "b"],
        ["-f", "eval.nix"],
        ["-f", "eval.nix", "b", "--json"],
        ["-f", "eval.nix", "b", "c"],
        ["-f", "eval.nix", "."],
        ["--expr", "[ (builtins.attrNames [ [ 1 ] (1 + 1) ]) (1 + 1) ]"],
        ["-f", "eval.nix", "b.c", "--raw"],
        ["-f", "eval.nix", "drv"],
        ["-f", "eval.nix", "drv", "--json"],
        ["-f", "eval.nix", "drv", "--raw"],
        ["-f", "eval.nix", "nope"],
        ["-f", "eval.nix", "b", "--apply", "x: x.c"],
        ["-f", "eval.nix", "--apply", "builtins.attrNames"],
        ["--expr", "{ x = { y = 2; }; }", "x.y"],
        ["--expr", '{ x = throw "no"; }'],
        ["--expr", '{ x = throw "no"; }', "--json"],
        ["--expr", "1 + 1", "--raw"],
        ["--expr", '"a"', "--raw"],
        ["--expr", "1", "--raw", "--json"],
        ["--expr", '[ 1 "a" ]'],
        ["--expr", "x: 1", "--apply", "f: f 1"],
        ["--expr", "{ a, b ? 2 }: a + b", "--arg", "a", "1"],
        ["--expr", "builtins.currentSystem"],
        ["--expr", "builtins ? currentSystem", "--impure"],
        ["--expr", "let x = { inherit x; a = 1; }; in x"],
        # A list is the same only in the same cell.
        ["--expr", f"let d = {UNBUILT}; in {{ a = d; b = d; c = d.out; e = [ (d // {{ }}) d ]; }}"],
        ["--expr", 'derivation { name = throw "no"; system = "s"; builder = "b"; }'],
        ["--expr", '{ type = throw "no"; }'],
        ["--expr", '{ type = "derivation"; drvPath = [ ]; }'],
        ["--expr", '{ a = { type = "derivation"; drvPath = "/nix/store/x"; }; b = { type = "derivation"; }; }'],
        ["--expr", f'{{ type = "derivation"; drvPath = {{ outPath = ({UNBUILT}).drvPath; }}; }}'],
        ["--expr", 'let s = { type = throw "no"; }; in [ s s ]'],
        ["--expr", "let x = [ 1 2 x ]; in x"],
        ["--expr", "rec { x = [ 1 2 x ]; }", "x"],
        ["--expr", "let x = [ 1 2 3 ]; y = x; s = { inherit x; b = x; }; in [ x y s.b s ]"],
        ["--expr", "let x = [ 1 2 ]; f = x: x; in [ x (f x) (builtins.head [ x ]) x ]"],
        ["--expr", "let x = [ 1 2 3 ]; in builtins.genList (_: x) 2 ++ map (x: x) [ x x ] ++ [ x x ]"],
        ["--expr", "let x = [ 1 2 3 ]; in builtins.attrValues { a = x; b = x; c = { a = x; }.a; }"],
        ["--expr", "null", "--json"],
        ["--expr", '{ type = "derivation"; name = "x"; }'],
        ["--expr", '{ outPath = "/x"; }', "--raw"],
        ["--expr", "[ 1 ]", "--raw"],
        ["--expr", "[ builtins.map (builtins.map (x: x)) ]"],
        ["--expr", '{ "a b" = 1; "if" = 2; c.d.e = [ [ ] { } ]; }'],
        ["--expr", '[ (throw "x") (1 + "a") ]'],
        ["--expr", "1.0e10", "--json"],
        ["--expr", '"${"'],
    )
]

HASHING = [
    _new(["hash", *words.split()])
    for words in (
        "file eval.nix",
        "path tree",
        "path tree/l",
        "file --type md5 eval.nix",
        "file --base32 eval.nix",
        "file --base16 eval.nix graph.nix",
        "file --base64 eval.nix",
        "file --sri eval.nix",
        "path --type sha1 --base16 tree",
        "path --algo sha512 --format nix32 tree",
        f"convert --hash-algo sha256 --to nix32 {HEX}",
        f"convert sha256:{HEX}",
        f"convert --from base16 --to base64 sha256:{HEX}",
        f"convert --from base16 --to base64 --hash-algo sha256 {HEX}",
        f"convert --from base64 --to base64 --hash-algo sha256 {HEX}",
        f"convert --to base64 {HEX}",
        f"convert --hash-algo sha256 --from nix32 {NIX32}",
        f"convert --hash-algo sha256 --from base32 {NIX32}",
        f"convert --from sri --to base16 {SRI}",
        "convert --hash-algo nope x",
        f"convert --hash-algo sha1 {SRI}",
        f"to-base16 {SRI}",
        f"to-base16 --type sha256 {SRI} sha512-xxx",
        f"to-sri --type sha256 {HEX}",
        f"to-base32 --type sha256 {HEX}",
        "to-base64 md5:b1946ac92492d2347c6235b4d2611184",
        "file nope",
        "file tree",
    )
]

PREFETCHING = [
    both(f"prefetch-url {words}", f"nix-prefetch-url {words}")
    for words in (
        "file://{here}/eval.nix",
        "--unpack file://{here}/tree.tar --print-path",
        "--type sha512 --print-path file://{here}/eval.nix",
        "--type md5 file://{here}/eval.nix",
        "--name foo file://{here}/eval.nix --print-path",
        "file://{here}/nope",
        f"file://{{here}}/eval.nix {NIX32}",
    )
]

SETTINGS = [
    _new(["config", "show", *words])
    for words in (
        ["max-call-depth"],
        ["tarball-ttl"],
        ["cores", "--cores", "3"],
        ["cores", "--cores", "3K"],
        ["cores", "--cores", "x"],
        ["max-jobs", "-j", "x"],
        ["nope"],
        ["cores", "timeout"],
        ["system", "--system", "foo"],
        ["allowed-uris", "--allowed-uris", "x y"],
        ["allowed-uris", "--allowed-uris", "x y", "--extra-allowed-uris", "z"],
        ["pure-eval", "--no-pure-eval"],
        ["access-tokens", "--option", "access-tokens", "a=b c=d"],
        ["system-features", "--system-features", "z a z"],
        ["sandbox", "--no-sandbox"],
        ["sandbox", "--relaxed-sandbox"],
        ["timeout", "--option", "build-timeout", "3"],
    )
]

CASES = [*ADDING, *LISTING, *GRAPHS, *EVALUATING, *HASHING, *PREFETCHING, *SETTINGS]
"""In the order in which they are run."""
