"""Names, arguments, variables and output are bytes: no setting of the machine's changes an answer or an image.

Expected values are those of Nix 2.26.3, which knows of no locale.  Four settings are tried on images; all 24 are where
LIXEVAL_TEST_LOCALES is "all".
"""

from __future__ import annotations

import itertools
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

LOCALES = {
    "UTF-8": {"LC_ALL": "C.utf8"},
    "C": {"LC_ALL": "C"},
    "none": {},
    "ASCII": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    "ISO-8859-1": {"LC_ALL": "de_DE.ISO-8859-1"},
    "Turkish": {"LC_ALL": "tr_TR.UTF-8", "PYTHONIOENCODING": "latin-1"},
}
CHARMAPS = {"de_DE.ISO-8859-1": ("de_DE", "ISO-8859-1"), "tr_TR.UTF-8": ("tr_TR", "UTF-8")}

EVALUATIONS = (
    ("builtins.readDir ./.", '{ "dir-ä" = "directory"; ä = "regular"; "€" = "regular"; "\\xe4" = "regular"; }'),
    ('builtins.stringLength "ä€"', "5"),
    ('builtins.readFile (./. + "/ä")', '"content-ä"'),
    ('builtins.pathExists (./. + "/€")', "true"),
    ("map builtins.stringLength (builtins.attrNames (builtins.readDir ./.))", "[ 6 2 3 1 ]"),
    ('builtins.getEnv "VARIABLE"', '"ä€"'),
    ('builtins.readDir (./. + "/dir-ä")', '{ "ö" = "regular"; }'),
    ('builtins.hashString "md5" "ä"', '"8419b71c87a225a2c70b50486fbee545"'),
    ('import (./. + "/none-ä")', "error: path '@DIRECTORY@/none-ä' does not exist"),
)


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A folder with the locales that few machines have."""
    folder = tmp_path_factory.mktemp("locales")
    if shutil.which("localedef"):
        for name, (source, charmap) in CHARMAPS.items():
            command = ["localedef", "-i", source, "-f", charmap, str(folder / name)]
            subprocess.run(command, capture_output=True, check=False)
    return str(folder)


def environment(locale: str, compiled: str) -> dict[str, str]:
    given = LOCALES[locale]
    if given.get("LC_ALL") in CHARMAPS and not os.path.isdir(f"{compiled}/{given['LC_ALL']}"):
        pytest.skip(f"the locale {given['LC_ALL']} cannot be made: no localedef or no sources of locales")
    left = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "LANG", "PYTHON"))}
    return {**left, **given, "LOCPATH": compiled, "VARIABLE": "ä€"}


def command(words: list[str | bytes], variables: dict[str, str], folder: Path) -> subprocess.CompletedProcess[bytes]:
    encoded = {name.encode(): value.encode() for name, value in variables.items()}
    return subprocess.run(
        [sys.executable, "-m", "lixeval", *words], capture_output=True, env=encoded, cwd=folder, check=False
    )


@pytest.mark.parametrize("locale", LOCALES)
def test_answers_are_nix_s_in_every_locale(locale: str, compiled: str, tmp_path: Path) -> None:
    folder = Path(os.path.realpath(tmp_path)) / "ü"
    os.makedirs(os.fsencode(folder) + "/dir-ä".encode())
    for name in ("ä".encode(), "€".encode(), b"\xe4", "dir-ä/ö".encode()):
        (Path(os.fsdecode(os.fsencode(folder) + b"/" + name))).write_bytes(b"content-" + name)
    variables = environment(locale, compiled) | {"LIXEVAL_STORE": str(tmp_path / "store")}
    for expression, expected in EVALUATIONS:
        done = command(["--eval", "--strict", "-E", expression], variables, folder)
        told = done.stdout.strip() if done.returncode == 0 else done.stderr.split(b"\n")[0].partition(b"  [")[0]
        wanted = expected.replace("@DIRECTORY@", str(folder)).encode().replace(b"\\xe4", b"\xe4")
        assert _unordered(told) == _unordered(wanted), expression
    for option in ("--arg", "--argstr"):
        value = '"ä€"' if option == "--arg" else "ä€"
        done = command(
            ["--eval", "-E", "{ x }: builtins.stringLength x", option, "x", value.encode()], variables, folder
        )
        assert done.stdout == b"5\n", done.stderr


def _unordered(printed: bytes) -> list[bytes]:
    """Quotes around names and their order are another matter."""
    return sorted(printed.replace(b'"', b"").split())


IMAGE = """
{ nix2container, pkgs ? import <nixpkgs> { }, who }:
nix2container.buildImage {
  name = "small";
  tag = "one";
  copyToRoot = [
    (pkgs.runCommand "root" { inherit who; src = ./src; } ''
      mkdir -p "$out/ä"
      echo "$who" > "$out/ä/ö€"
      cp -r "$src" "$out/src"
      touch "$out/$(printf '\\344')"
    '')
  ];
  config = { Env = [ "WHO=${who}" ]; Labels."lä" = who; };
}
"""
UMASKS = (0o022, 0o077)
ZONES = ({"TZ": "UTC", "PYTHONHASHSEED": "1"}, {"TZ": "Pacific/Kiritimati", "PYTHONHASHSEED": "2"})
SETTINGS = list(itertools.product(LOCALES, UMASKS, ZONES))
FOUR = [SETTINGS[0], SETTINGS[7], SETTINGS[15], SETTINGS[18]]


def test_an_image_is_the_same_in_every_setting(compiled: str, tmp_path: Path) -> None:
    folder = Path(os.path.realpath(tmp_path))
    (folder / "src/ä").mkdir(parents=True)
    (folder / "src/ä/ö").write_text("x")
    (folder / "src/run").write_text("x")
    (folder / "src/run").chmod(0o755)
    (folder / "image.nix").write_text(IMAGE, encoding="utf-8")
    digests: dict[str, str] = {}
    for number, (locale, mask, zone) in enumerate(
        SETTINGS if os.environ.get("LIXEVAL_TEST_LOCALES") == "all" else FOUR
    ):
        variables = environment(locale, compiled) | zone | {"LIXEVAL_STORE": str(tmp_path / f"store{number}")}
        before = os.umask(mask)
        try:
            words: list[str | bytes] = ["image.nix", "--argstr", "who", "ä€".encode(), "--to", f"oci:{number}"]
            done = command(words, variables, folder)
        finally:
            os.umask(before)
        assert done.returncode == 0, done.stderr.decode("utf-8", "replace")
        index = json.loads((folder / str(number) / "index.json").read_text())
        digests[f"{locale} {mask:o} {zone['TZ']}"] = index["manifests"][0]["digest"]
    assert len(set(digests.values())) == 1, digests


LIBRARY = """
import os, sys, lixeval
os.chdir(sys.argv[1])
for expression in ('builtins.readFile (./. + "/\\u00e4")', 'builtins.attrNames (builtins.readDir ./.)', '"${./.}"',
                   'builtins.getEnv "VARIABLE"', 'builtins.readFile (./. + "/l")'):
    sys.stdout.buffer.write(repr(lixeval.evaluate(expression)).encode("utf-8", "surrogateescape"))
"""


def test_the_library_reads_the_same_names_in_every_locale(compiled: str, tmp_path: Path) -> None:
    folder = Path(os.path.realpath(tmp_path)) / "files"
    folder.mkdir()
    (folder / "ä").write_text("x")
    (folder / "l").symlink_to("ä")
    told = set()
    for locale in LOCALES:
        try:
            variables = environment(locale, compiled) | {"LIXEVAL_STORE": str(tmp_path / "store")}
        except pytest.skip.Exception:
            continue
        encoded = {name.encode(): value.encode() for name, value in variables.items()}
        done = subprocess.run([sys.executable, "-c", LIBRARY, folder], capture_output=True, env=encoded, check=True)
        told.add(done.stdout)
    assert len(told) == 1
