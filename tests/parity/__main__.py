"""Random pages with real Nix and with lixeval.

    python -m tests.parity SEED NUMBER [strict|json|lazy] [--keep]

LIXEVAL_TEST_NIX names the command that runs Nix.  Of each page that differs it is told in what, and what is left of it
when made small (`--keep`: as it is, which takes no time).
"""

from __future__ import annotations

import os
import sys
import tempfile
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from itertools import islice
from pathlib import Path

from lixeval.parity.shrinking import shrink
from tests.parity.page_runs import MODES, Seen, differences, of_lixeval, of_nix
from tests.parity.pages import pages

AT_ONCE = 50


def judged(texts: list[str], mode: str, folder: Path) -> list[tuple[Seen, Seen, list[str]]]:
    """What real Nix and lixeval make of texts, and in what that differs."""
    files = [folder / f"p{number}.nix" for number in range(len(texts))]
    for file, text in zip(files, texts, strict=True):
        file.write_text(text)
    pairs = zip(of_nix(files, mode), of_lixeval(files, mode), strict=True)
    return [(nix, own, differences(nix, own)) for nix, own in pairs]


def small(text: str, kind: str, mode: str, folder: Path) -> str:
    """The smallest program found that still differs in this."""
    return shrink(text, lambda texts: [kind in found for _, _, found in judged(texts, mode, folder)])


def run(seed: int, number: int, modes: list[str], folder: Path, *, keep: bool) -> int:
    """Tells of each difference; how many pages differ."""
    texts = list(islice(pages(seed), number))
    differing = 0
    for start in range(0, number, AT_ONCE):
        mode = modes[start // AT_ONCE % len(modes)]
        some = texts[start : start + AT_ONCE]
        for text, (nix, own, found) in zip(some, judged(some, mode, folder), strict=True):
            if not found:
                continue
            differing += 1
            shown = text if keep else small(text, found[0], mode, folder)
            if not keep:
                ((nix, own, found),) = judged([shown], mode, folder)
            print(f"--- seed {seed}, page {texts.index(text)}, {mode}: {', '.join(found)}\n{shown.rstrip()}")
            for name, seen in (("Nix", nix), ("lixeval", own)):
                print(f"{name}: {seen.status} {seen.text[:600]} {' '.join(seen.places[:4])}")
                print("  " + " ".join(seen.traces[-20:]), flush=True)
    return differing


def main(words: list[str]) -> int:
    parser = ArgumentParser(description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument("seed", type=int)
    parser.add_argument("number", type=int)
    parser.add_argument("mode", nargs="?", choices=MODES)
    parser.add_argument("--keep", action="store_true")
    asked = parser.parse_args(words)
    modes = [asked.mode] if asked.mode else list(MODES)
    with tempfile.TemporaryDirectory(prefix="pages-") as name:
        os.environ["LIXEVAL_STORE"] = f"{name}/store"
        os.environ["XDG_CACHE_HOME"] = f"{name}/cache"
        differing = run(asked.seed, asked.number, modes, Path(name), keep=asked.keep)
    print(f"{asked.number} pages of seed {asked.seed}: {differing} differ")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
