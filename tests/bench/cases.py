"""What is measured: programs of our own, and what a checkout of nixpkgs gives."""

from __future__ import annotations

import os
from dataclasses import dataclass

from lixeval.system.directories import EMBEDDED

PROGRAMS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "programs")


IMAGE = os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(PROGRAMS))), "fixtures", "image.nix")
IMAGE_ARGUMENTS = (
    *("-I", f"nixpkgs={EMBEDDED}"),
    *("--arg", "nix2container", "(import <nixpkgs> { }).nix2container"),
    *("--arg", "tag", '"v1"'),
)
"""What makes the image's derivation the same for all: lixeval's own package set and functions."""


@dataclass(frozen=True, slots=True)
class Case:
    """One thing to evaluate.

    `file` and `attribute` say what; `makes` is "value" (printed in full, as JSON) or "derivation" (instantiated, its
    path printed).  `arguments` are words for lixeval and nix-instantiate alike.  `counts` marks what the headline mean
    is taken over.
    """

    name: str
    file: str
    makes: str = "value"
    attribute: str = ""
    arguments: tuple[str, ...] = ()
    search_path: tuple[str, ...] = ()
    counts: bool = False
    expressions: tuple[str, ...] = ()
    """Texts instead of a file: each is a run of its own, and the times are added up."""


HEADLINE = ("startup", "fibonacci", "fold", "attributes", "strings", "sorting", "modules")
"""The programs whose geometric mean is the headline."""

MORE = ("overlays", "records", "church", "json", "versions", "queens")
SMALL = tuple(f"(import {EMBEDDED}/lib).lists.range {number} {number + 9}" for number in range(12))
"""As test suites of shell scripts have them: hundreds of runs, each of which asks for little."""

GROWING = ("gathering", "folding-sets", "comparing", "joining")
"""Of any size: `growth` measures how their time grows with it."""

DEEP = ("deep-calls", "deep-list", "deep-thunks", "deep-concat")
"""Deeper than Nix's max-call-depth of 10,000: there it is Nix that fails."""


def cases(checkouts: dict[str, str]) -> list[Case]:
    """All cases that can be run; `checkouts` names folders: "lib" (a nixpkgs' lib folder), "stdenv" (a modern nixpkgs),
    "hello" (an old one), "nixpkgs" (what <nixpkgs> is in the next two files); "system" is a file with something large
    to instantiate, "image" one to instantiate instead of the project's own."""
    found: list[Case] = []
    library = checkouts.get("lib")
    search_path = (f"nixpkgs-lib={library}",) if library else ()
    for name in (*HEADLINE, *MORE):
        if name != "modules" or library:
            found.append(Case(name, program(name), search_path=search_path, counts=name in HEADLINE))
    found += [Case(name, program(name), arguments=("--arg", "n", "20000")) for name in (*GROWING, *DEEP)]
    if library:
        found.append(Case("lib tests", os.path.join(library, "tests", "misc.nix")))
    found.append(Case("small runs", "", expressions=SMALL))
    if "stdenv" in checkouts:
        found.append(Case("stdenv", checkouts["stdenv"], "derivation", "stdenv"))
    if "hello" in checkouts:
        found.append(Case("hello", checkouts["hello"], "derivation", "hello"))
    if "system" in checkouts:
        nixpkgs = (f"nixpkgs={checkouts['nixpkgs']}",) if "nixpkgs" in checkouts else ()
        found.append(Case("system", checkouts["system"], "derivation", search_path=nixpkgs))
    found.append(Case("image", checkouts.get("image", IMAGE), "derivation", arguments=IMAGE_ARGUMENTS))
    return found


def program(name: str) -> str:
    """The file of one of our own programs."""
    return os.path.join(PROGRAMS, f"{name}.nix")
