"""Every name of a package set gives the same from what is kept as evaluated afresh.

Of lixeval's own set each twelfth by default; `LIXEVAL_PACKAGE_SETS=/path/to/nixpkgs:/another` names others, of which
real ones take an hour, and `LIXEVAL_NAMES=20` takes each twentieth name, 1 all of them.
"""

from __future__ import annotations

import json
import marshal
import os
from typing import TYPE_CHECKING

import pytest

from lixeval.system.directories import EMBEDDED

if TYPE_CHECKING:
    from pathlib import Path

    from lixeval.evaluation.remembered.library import Library
    from tests.remembered.conftest import Run

SETS = [folder for folder in os.environ.get("LIXEVAL_PACKAGE_SETS", "").split(":") if folder]
EACH = int(os.environ.get("LIXEVAL_NAMES", "12"))
TOGETHER = int(os.environ.get("LIXEVAL_NAMES_TOGETHER", "20"))
"""So many names are asked for by one run."""

LOOKED_AT = """
let
  pkgs = import <set> { };
  tried = value: let result = builtins.tryEval value; in if result.success then result.value else "fails";
  about = name: let
    value = pkgs.${name};
    position = builtins.unsafeGetAttrPos name pkgs;
    deep = value: builtins.deepSeq value value;
  in
    if !(builtins.tryEval value).success then { fails = true; inherit position; }
    else { type = builtins.typeOf value; inherit position; }
      // (if builtins.isFunction value then { arguments = builtins.functionArgs value; } else { })
      // (if !builtins.isAttrs value then { } else {
        names = tried (deep (builtins.attrNames value));
        positions = tried (deep (map (name: builtins.unsafeGetAttrPos name value) (builtins.attrNames value)));
        equal = tried (value == value);
        drvPath = tried (if value.type or "" == "derivation" then value.drvPath else "none");
        overridden = tried (
          if value ? overrideAttrs then (value.overrideAttrs (_: { more = "1"; })).drvPath else "none");
        override = tried (let function = value.override or null; in deep (
          if builtins.isFunction function then builtins.functionArgs function else function.__functionArgs or "none"));
        description = tried (value.meta.description or "none");
        written = tried (value.meta.position or "none");
      });
in map (name: { inherit name; about = about name; }) NAMES
"""


class Compared:
    """One package set, of which slices of names are looked at."""

    def __init__(self, folder: Path, run: Run, happened: list[Library], package_set: str) -> None:
        self.package_set = package_set
        self.errors = self.values = self.derivations = 0
        self._main = folder / "project" / "main.nix"
        self._main.parent.mkdir()
        self._run = run
        self._happened = happened

    def answer(self, text: str, *words: str) -> tuple[tuple[int, str, str], bool]:
        """What a run shows, and whether it used a heap; in a process of its own, as a thousand of them leave much."""
        self._main.write_text(text)
        options = ("--eval", "--strict", "--json", "--read-write-mode")
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                self._happened.clear()
                found = self._run(*options, str(self._main), "-I", f"set={self.package_set}", *words).shown
                with open(writer, "wb") as pipe:
                    pipe.write(marshal.dumps((found, any(one.heap is not None for one in self._happened))))
            finally:
                os._exit(0)
        os.close(writer)
        with open(reader, "rb") as pipe:
            shown, used = marshal.loads(pipe.read())
        os.waitpid(child, 0)
        return shown, used

    def compare(self, names: list[str]) -> None:
        """With what is known of other names, then with all that these have given, afresh in the end.

        Where a name fails beyond what tryEval catches, each by itself, as the text of its error counts.
        """
        listed = "[ " + " ".join(json.dumps(name).replace("${", "\\${") for name in names) + " ]"
        text = LOOKED_AT.replace("NAMES", listed)
        first, used = self.answer(text)
        assert used or not self.values
        if first[0] != 0 and len(names) > 1:
            half = len(names) // 2
            self.compare(names[:half])
            self.compare(names[half:])
            return
        (code, stdout, _), _ = afresh = self.answer(text, "--no-eval-cache")
        assert first == afresh[0], names
        again, used = self.answer(f"# again\n{text}")
        assert again == (afresh[0] if code == 0 else self.answer(f"# again\n{text}", "--no-eval-cache")[0]), names
        assert used
        if code:
            self.errors += 1
            return
        self.values += len(names)
        self.derivations += stdout.count('.drv","equal')


@pytest.mark.parametrize("package_set", [EMBEDDED, *SETS])
def test_every_name_gives_the_same(
    tmp_path: Path, run: Run, happened: list[Library], package_set: str, capsys: pytest.CaptureFixture[str]
) -> None:
    compared = Compared(tmp_path, run, happened, package_set)
    (code, stdout, stderr), _ = compared.answer("builtins.attrNames (import <set> { })")
    assert code == 0, stderr
    names = json.loads(stdout)[::EACH]
    for start in range(0, len(names), TOGETHER):
        compared.compare(names[start : start + TOGETHER])
        if package_set in SETS:
            with capsys.disabled():
                told = compared.values, compared.derivations, compared.errors
                print("{}: {} names, {} derivations, {} errors".format(package_set, *told), flush=True)
    assert compared.values + compared.errors == len(names) > 5
