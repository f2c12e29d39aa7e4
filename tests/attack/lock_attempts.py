"""What a `flake.lock`, and a registry of flakes, may say to whoever evaluates the flake: the attempts.

Each is a document; a flake with an input `a` at `./dep` is evaluated by it, and by nothing outside of its folder.  What
the lock file says of an input counts only while `flake.nix` asks for the same, so that most of it is passed over.
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple


class Attempt(NamedTuple):
    """One document; `must` is a part of the error, or None where a value must come of it, and nothing from outside."""

    name: str
    text: str
    must: str | None


HERE = {"type": "path", "path": "./dep"}
ROOT = {"inputs": {"a": "a"}}
SHA = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
REVISION = "0" * 40
BROKEN = "is broken"


def document(nodes: dict[str, Any], **more: Any) -> str:
    return json.dumps({"nodes": nodes, "root": "root", "version": 7, **more})


def locked(**attributes: Any) -> str:
    """A lock file whose input is locked to this."""
    return document({"root": ROOT, "a": {"locked": attributes, "original": HERE}})


def inputs(**given: Any) -> str:
    return document({"root": {"inputs": given}, "a": {"locked": HERE, "original": HERE}})


def chain(length: int) -> str:
    """Inputs each of which has the next one under the same name, so that their ways are long and their keys collide."""
    below = ({"n": str(number + 1)} if number < length else {} for number in range(length + 1))
    nodes = {str(number): {"locked": HERE, "original": HERE, "inputs": given} for number, given in enumerate(below)}
    return document({"root": {"inputs": {"a": "0"}}, **nodes})


FOLLOWING = {f"a{number}": [f"a{number - 1}" if number else "a"] for number in range(9_000)}

ATTEMPTS = (
    Attempt("a path that leads up", locked(type="path", path="../../../../etc"), None),
    Attempt("another folder than was asked for", locked(type="path", path="/etc", narHash=SHA), None),
    Attempt("a folder without a hash", locked(type="path", path="/etc"), "is not locked"),
    Attempt("a file of the user's", locked(type="file", url="file:///etc/shadow"), "is not locked"),
    Attempt("a tarball without a hash", locked(type="tarball", url="file:///etc/passwd"), "is not locked"),
    Attempt("a program as git's transport", locked(type="git", url="ext::sh -c id", rev=REVISION), None),
    Attempt("a URL that is an option of git", locked(type="git", url="--upload-pack=x", rev=REVISION), None),
    Attempt("a reference that is one", locked(type="git", url="file:///x", ref="--upload-pack=x", rev=REVISION), None),
    Attempt("an owner that leads up", locked(type="github", owner="../..", repo="x?y", rev=REVISION), None),
    Attempt("a folder inside that leads up", locked(type="path", path="./dep", dir="../../../../etc"), None),
    Attempt("a hash that is a path", locked(type="path", path="./dep", narHash="sha256-../../x"), BROKEN),
    Attempt("half of a pair of surrogates", locked(type="path", path="./dep").replace("dep", "\\ud800"), BROKEN),
    Attempt("a NUL", locked(type="path", path="./\0"), BROKEN),
    Attempt("orders to the terminal as a type", locked(type="\x1b]0;x\x07", path="x"), "unsupported input"),
    Attempt("a time before all times", locked(type="path", path="./dep", lastModified=-(2**70)), BROKEN),
    Attempt("a set as a path", locked(type="path", path={"a": 1}), BROKEN),
    Attempt("no type", locked(type=None), BROKEN),
    Attempt("an input that is a number", inputs(a=5), BROKEN),
    Attempt("an input that follows itself", inputs(a=["a"]), None),
    Attempt("inputs that follow one another", inputs(a=["b"], b=["a"]), None),
    Attempt("an input of 100,000 steps", inputs(a=["a"] * 100_000), None),
    Attempt("an input that is the root", inputs(a="root"), "cycle to root"),
    Attempt("an input that is not there", inputs(a="b"), "missing node"),
    Attempt("a name that is Nix", inputs(**{'a"${throw x}': "a"}), None),
    Attempt("20,000 inputs", inputs(**{f"a{number}": "a" for number in range(20_000)}), None),
    Attempt("9,000 inputs, each of which follows the one before", inputs(a="a", **FOLLOWING), None),
    Attempt("a chain of 8,000 inputs of one name", chain(8_000), None),
    Attempt("a chain of 20,000 inputs", chain(20_000), "more than 10000 inputs"),
    Attempt("a root that is a list", document({"root": ROOT}, root=["root"]), BROKEN),
    Attempt("a version without end", document({"root": ROOT}, version=10**400), BROKEN),
    Attempt("no JSON", "", BROKEN),
    Attempt("a list", "[]", BROKEN),
    Attempt("100,000 lists", "[" * 100_000, BROKEN),
    Attempt("100,000 lists, ended", "[" * 100_000 + "]" * 100_000, BROKEN),
    Attempt("no number", '{"version": NaN}', BROKEN),
    Attempt("a number of 100,000 digits", '{"version": ' + "9" * 100_000 + "}", BROKEN),
)


def registry(target: Any, others: Any = None, version: int = 2) -> str:
    """A registry in which `x` stands for something, and others for what they name."""
    entries = [
        {"from": {"type": "indirect", "id": name}, "to": to} for name, to in {"x": target, **(others or {})}.items()
    ]
    return json.dumps({"version": version, "flakes": entries})


def indirect(name: str) -> dict[str, str]:
    return {"type": "indirect", "id": name}


class Template(NamedTuple):
    """What a flake gives as its template: `value` in Nix; beside flake.nix lie folders with what they are called after,
    and HOME is the user's own folder.  `must` is a part of the error, or None where it may be used.
    """

    name: str
    value: str
    must: str | None


OUTSIDE = "is not in the Nix store"
TEMPLATES = (
    Template("a folder", "{ path = ./plain; }", None),
    Template("a folder of the user's", '{ path = "HOME"; }', OUTSIDE),
    Template("a folder above the store", '{ path = "${./plain}/../../../..HOME"; }', OUTSIDE),
    Template("a link to a folder of the user's", "{ path = ./linked; }", OUTSIDE),
    Template("what lies below such a link", "{ path = ./linked/below; }", OUTSIDE),
    Template("a repository, whose hooks git would run", "{ path = ./repository; }", "a folder of git's"),
    Template("a repository on a Mac", "{ path = ./mac; }", "a folder of git's"),
    Template("a repository on Windows", "{ path = ./windows; }", "a folder of git's"),
    Template("a repository within", "{ path = ./within; }", "a folder of git's"),
    Template("orders to the terminal", '{ path = ./plain; welcomeText = "\x1b]0;x\x07"; }', None),
    Template("a file", "{ path = ./flake.nix; }", "is no folder"),
    Template("nothing", "{ path = ./nothing; }", "error:"),
    Template("a number", "{ path = 5; }", "error:"),
    Template("no path", "{ }", "lacks attribute 'path'"),
)

FLAKES = (
    ("a relative path", "..", "is not an absolute path"),
    ("nothing", "", "is not an absolute path"),
    ("an authority", "path://host/etc", "should not have an authority"),
    ("a folder above the tree", "path:FLAKE?dir=../other", "does not exist"),
    ("the same, further up", "path:FLAKE?dir=a/../../../../..OTHER", "does not exist"),
    ("the same, encoded", "path:FLAKE?dir=%2e%2e/other", "does not exist"),
    ("a folder of the machine", "path:FLAKE?dir=/etc", "does not exist"),
    ("a NUL in the folder", "path:FLAKE?dir=%00", "does not exist"),
    ("a NUL in the path", "path:FLAKE%00", "does not exist"),
    ("a time of 5,000 digits", "path:FLAKE?lastModified=" + "9" * 5000, "invalid parameter"),
    ("a time in other digits", "path:FLAKE?lastModified=%D9%A3", "invalid parameter"),
    ("a time after all times", "path:FLAKE?lastModified=" + "9" * 18, "which is no time"),
    ("a hash that is a path", "path:FLAKE?narHash=sha256-../../x", "invalid SRI hash"),
    ("a revision that is a path", "path:FLAKE?rev=../..", "wrong length"),
    ("a device as flake.nix", "path:DEVICE", "syntax error"),
    ("a pipe as flake.nix", "path:PIPE", "unsupported type"),
    ("a link to itself as flake.nix", "path:LOOP", "infinite symlink recursion"),
    ("git, and an authority", "git+file://host/etc", "unexpected authority"),
    ("git, and an option as the revision", "git+file:///etc?rev=--upload-pack=x", "unknown hash"),
    ("git, no host and an option as the revision", "git+file:/etc?rev=--upload-pack=x", "unknown hash"),
    ("git, no host and no repository", "git+file:/etc", "is not a Git repository"),
    ("an archive from the current directory", "tarball+file:README.md", "bad/illegal format"),
    ("a device that is downloaded, without a host", "file+file:/dev/zero", "is no regular file"),
    ("git, and an option as the host", "git+ssh://-oProxyCommand=x/y", "strange host"),
    ("git, and a program", "git+ext::sh -c id", "is not an absolute path"),
    ("a host of somebody else's for GitHub", "github:a/b?host=evil.example/x", "is not an absolute path"),
    ("a file that is no archive", "tarball+file:///etc/passwd", "Failed to open archive"),
    ("a device that is downloaded", "file+file:///dev/zero", "is no regular file"),
    ("a host that is none", "https://[::1", "Failed to parse"),
    ("a password", "https://user:secret@127.0.0.1:1/x.tar.gz", r"user:\*\*\*@127.0.0.1"),
    ("a password, to git", "git+http://user:secret@127.0.0.1:1/x", "git fetch failed"),
    ("a name of 100,000 letters", "x" * 100_000, "cannot find flake"),
)
"""URLs that `builtins.getFlake` is given: FLAKE is a folder with a flake, OTHER one beside it.  (name, URL, error)"""

NONE = "cannot parse flake registry"
REGISTRIES = (
    Attempt("no JSON", "{", NONE),
    Attempt("a list", "[]", NONE),
    Attempt("another version", registry(HERE, version=3), "unsupported version"),
    Attempt("100,000 lists", "[" * 100_000, NONE),
    Attempt("an entry that is none", '{"version": 2, "flakes": [5]}', NONE),
    Attempt("an entry that leads to a text", registry(""), NONE),
    Attempt("half of a pair of surrogates", registry({"type": "path", "path": "\ud800"}), NONE),
    Attempt("a flake that leads to itself", registry(indirect("x")), "cycle detected"),
    Attempt("flakes that lead to one another", registry(indirect("y"), {"y": indirect("x")}), "cycle detected"),
    Attempt(
        "a way of 150 steps",
        registry(indirect("x1"), {f"x{n}": indirect(f"x{n + 1}") for n in range(1, 150)}),
        "cycle detected",
    ),
    Attempt("a target of odd kinds", registry({"type": ["path"], "path": 5}), "error:"),
    Attempt("a path that is a number", registry({"type": "path", "path": 5}), "error:"),
    Attempt("a program as git's transport", registry({"type": "git", "url": "ext::sh -c id"}), "error:"),
    Attempt("a file of the user's", registry({"type": "file", "url": "file:///etc/passwd"}), "error:"),
    Attempt("an archive of the user's", registry({"type": "tarball", "url": "file:///etc/passwd"}), "open archive"),
    Attempt("a folder above", registry({"type": "path", "path": "/etc", "dir": "../.."}), "error:"),
    Attempt("a NUL in a folder", registry({"type": "path", "path": "/etc", "dir": "\0"}), "error:"),
    Attempt("orders to the terminal", registry({"type": "\x1b]0;x\x07"}), "error:"),
)
