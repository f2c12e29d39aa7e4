"""Laws that builtins keep for any input: TOML documents, versions, hashes in other forms."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from hypothesis import given
from hypothesis import strategies as st

from lixeval.environment.settings import Settings
from lixeval.evaluation.evaluator import Evaluator
from lixeval.formats import hashes
from lixeval.runtime.call import call1, call2
from lixeval.runtime.printing import printed
from lixeval.runtime.thunks import force
from lixeval.runtime.values import Value
from lixeval.store.local import LocalStore


@cache
def evaluator() -> Evaluator:
    return Evaluator(Settings("x86_64-linux", write_store=False), LocalStore(mkdtemp()))


def builtin(name: str) -> Value:
    return evaluator().table.resolve(name)


# TOML

PLAIN = st.one_of(
    st.integers(-(2**63), 2**63 - 1),
    st.booleans(),
    st.text(
        st.characters(min_codepoint=32, max_codepoint=0xFFFF, exclude_categories=["Cs"], exclude_characters="\x7f")
    ),
    st.floats(allow_nan=False, allow_infinity=False),
)
DOCUMENTS = st.dictionaries(
    st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1),
    st.recursive(PLAIN, lambda inner: st.lists(inner, max_size=4), max_leaves=8),
    max_size=5,
)


def toml(value: object) -> str:
    """A value of TOML; its strings, numbers and arrays are written as in JSON."""
    if isinstance(value, list):
        return f"[{', '.join(map(toml, value))}]"
    if isinstance(value, float):
        text = repr(value)
        return text if any(sign in text for sign in ".e") else text + ".0"
    return json.dumps(value, ensure_ascii=False)


def nix(value: object) -> object:
    """What `fromTOML` makes of a value."""
    if isinstance(value, list):
        return tuple(map(nix, value))
    return value


@given(DOCUMENTS)
def test_toml_is_read_as_it_was_written(document: dict[str, object]) -> None:
    text = "".join(f"{name} = {toml(value)}\n" for name, value in document.items())
    found = call1(builtin("fromTOML"), text)
    assert {name: forced(value) for name, value in found.items()} == {k: nix(v) for k, v in document.items()}


def forced(value: object) -> object:
    whole = force(value)
    return tuple(map(forced, whole)) if whole.__class__ is tuple else whole


# Versions

VERSIONS = st.text("0129.-pre abZ", max_size=12)


@given(VERSIONS, VERSIONS)
def test_comparing_versions_the_other_way_round(left: str, right: str) -> None:
    compare = builtin("compareVersions")
    assert call2(compare, left, right) == -call2(compare, right, left)
    assert call2(compare, left, left) == 0


@given(VERSIONS)
def test_a_version_split_has_all_of_it_but_dots_and_dashes(version: str) -> None:
    parts = call1(builtin("splitVersion"), version)
    assert "".join(parts) == version.replace(".", "").replace("-", "")
    assert all(part.isdigit() == part[0].isdigit() for part in parts)


@given(VERSIONS, st.sampled_from([".", "-"]))
def test_a_longer_version_is_newer(version: str, separator: str) -> None:
    assert call2(builtin("compareVersions"), f"{version}{separator}1", version) == 1
    assert call2(builtin("compareVersions"), f"{version}{separator}pre", version) == -1


@given(st.text("ab1-", min_size=1, max_size=12))
def test_a_name_and_its_version_are_what_they_were(text: str) -> None:
    found = call1(builtin("parseDrvName"), text)
    name, version = force(found["name"]), force(found["version"])
    assert text == (f"{name}-{version}" if version else name)
    assert not version or not version[0].isalpha()


# Hashes

FORMS = ("base16", "nix32", "base64", "sri")


@given(st.binary(max_size=20), st.sampled_from(("md5", "sha1", "sha256", "sha512")), st.sampled_from(FORMS))
def test_a_hash_goes_through_every_form(data: bytes, algorithm: str, form: str) -> None:
    wanted = hashes.digest(algorithm, data)
    other = call1(builtin("convertHash"), {"hash": wanted.prefixed_base16, "toHashFormat": form})
    given_ = other if form == "sri" else f"{algorithm}:{other}"
    assert call1(builtin("convertHash"), {"hash": given_, "toHashFormat": "base16"}) == wanted.base16


def test_the_evaluator_is_an_ordinary_one(tmp_path: Path) -> None:
    assert printed(evaluator().text("1 + 1", str(tmp_path)), force) == "2"
