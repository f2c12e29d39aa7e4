"""Derivations: .drv files that Nix 2.26.3 wrote for drv/make.nix, read, written and computed anew."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lixeval.errors import FormatError
from lixeval.formats import derivation as derivations
from lixeval.formats.derivation import UNKNOWN, Derivation, ModuloHash, Output
from lixeval.formats.store_path import StorePath

FOLDER = Path(__file__).parent / "drv"
FILES = sorted(FOLDER.glob("*.drv"))
BY_PATH = {f"/nix/store/{file.name}": file.read_bytes() for file in FILES}


def name_of(drv_path: str) -> str:
    return drv_path[len("/nix/store/") + 33 : -len(".drv")]


def modulo_of(drv_path: str) -> ModuloHash:
    return derivations.hash_modulo(derivations.parse(BY_PATH[drv_path]), modulo_of)


def named(name: str) -> Iterator[Derivation]:
    return (derivations.parse(data) for path, data in BY_PATH.items() if name_of(path) == name)


def test_there_are_files() -> None:
    assert len(FILES) == 16


@pytest.mark.parametrize("drv_path", BY_PATH)
def test_bytes_round_trip_and_name_themselves(drv_path: str) -> None:
    parsed = derivations.parse(BY_PATH[drv_path])
    assert derivations.unparse(parsed) == BY_PATH[drv_path]
    assert derivations.drv_path(name_of(drv_path), parsed, BY_PATH[drv_path]) == drv_path


@pytest.mark.parametrize("drv_path", BY_PATH)
def test_everything_follows_from_a_derivation_without_paths(drv_path: str) -> None:
    parsed = derivations.parse(BY_PATH[drv_path])
    completed = derivations.complete(
        name_of(drv_path), parsed.with_outputs(dict.fromkeys(parsed.outputs, StorePath(""))), modulo_of
    )
    assert completed.derivation == parsed
    assert completed.contents == BY_PATH[drv_path]
    assert completed.drv_path == drv_path
    assert completed.modulo.hash == modulo_of(drv_path).hash
    assert not completed.modulo.deferred
    derivations.check_output_paths(name_of(drv_path), parsed, modulo_of)


def test_json_is_that_of_nix_derivation_show() -> None:
    recorded = json.loads((FOLDER / "show.json").read_text())
    assert len(recorded) == len(FILES) - 1  # Nix cannot show the one that is not UTF-8
    for drv_path, shown in recorded.items():
        assert derivations.to_json(name_of(drv_path), derivations.parse(BY_PATH[drv_path])) == shown


def test_how_a_source_is_fetched_does_not_matter() -> None:
    one, other = named("uses")
    assert one.input_derivations != other.input_derivations
    assert one.outputs == other.outputs
    (both,) = named("uses-both")
    assert len(both.input_derivations) == 2


def test_bytes_that_are_not_utf8_survive() -> None:
    (latin1,) = named("latin1")
    assert latin1.environment["text"].encode("utf-8", "surrogateescape") == (FOLDER / "latin1.txt").read_bytes()


def test_variables_are_sorted_by_byte() -> None:
    in_order = [b"z", b"\x80", b"\xef\xbf\xbf", "🙂".encode(), b"\xff"]
    names = [name.decode("utf-8", "surrogateescape") for name in in_order]
    assert sorted(names) != names
    written = derivations.unparse(Derivation({}, {}, (), "", "", (), dict.fromkeys(sorted(names), "")))
    assert written == b'Derive([],[],[],"","",[],[' + b",".join(b'("%s","")' % name for name in in_order) + b"])"


def test_fixed_outputs_are_recognised() -> None:
    (recursive,) = named("recursive")
    fixed = recursive.fixed_output
    assert fixed is not None and fixed.method == "recursive"
    assert fixed.content_hash.base16 == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    (plain,) = named("plain-1.0")
    assert plain.fixed_output is None


def test_an_output_that_is_not_there_cannot_be_used() -> None:
    drv_path = next(StorePath(path) for path in BY_PATH if name_of(path) == "plain-1.0")
    user = Derivation({"out": Output(UNKNOWN)}, {drv_path: ("doc",)}, (), "x", "b", (), {})
    with pytest.raises(FormatError, match="does not have an output named 'doc'"):
        derivations.complete("user", user, modulo_of)


def test_wrong_output_paths_are_found() -> None:
    (plain,) = named("plain-1.0")
    wrong = plain.with_outputs({"out": StorePath("/nix/store/" + "0" * 32 + "-plain-1.0")})
    with pytest.raises(FormatError, match="has incorrect output '/nix/store/0000"):
        derivations.check_output_paths("plain-1.0", wrong, modulo_of)


ZEROS = "0" * 32
PATH = f"/nix/store/{ZEROS}-x"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "expected string 'Derive(' at byte 0"),
        (b"Derive([],[],[],x", "expected string '\"' at byte 16"),
        (b'Derive([],[],[],"x', "unterminated string at byte 16"),
        (b'Derive([],[],[],"x\\"', "unterminated string at byte"),
        (b'Derive([],[],[],"x","b",[],[])x', "unexpected text after the end at byte 30"),
        (b'Derive([],[],[],"\xc3\xa9\xff"x', "expected string ',' at byte 21"),
        (b'Derive([],[],[],"x","b",["a" ,"b"],[])', "expected string ',' at byte 28"),
        (b'Derive([],[],[],"x","b",[],[("a","1"),("a","2")])', "a name is given twice"),
        (b'Derive([("out","/tmp/x","","")],[],[],"","",[],[])', "path '/tmp/x' is not in the Nix store"),
        (f'Derive([("out","{PATH}","sha256","abc")],[],[],"","",[],[])'.encode(), "has wrong length"),
        (f'Derive([("out","{PATH}","x:sha256","{"0" * 64}")],[],[],"","",[],[])'.encode(), "no method known"),
        (f'Derive([("out","{PATH}","crc","{"0" * 64}")],[],[],"","",[],[])'.encode(), "unknown hash algorithm 'crc'"),
        (f'Derive([("dev","{PATH}","sha256","{"0" * 64}")],[],[],"","",[],[])'.encode(), "named 'out'"),
        (f'Derive([("out","","sha256","{"0" * 64}")],[],[],"","",[],[])'.encode(), "a fixed output has no path"),
        (f'Derive([],[("{PATH}",["out"])],[],"","",[],[])'.encode(), "not the store path of a derivation at byte 11"),
        (b'Derive([],[],["/etc/passwd"],"","",[],[])', "path '/etc/passwd' is not in the Nix store"),
        (b'DrvWithVersion("xp-dyn-drv",[],[],[],"","",[],[])', "dynamic derivations"),
    ],
)
def test_bad_derivations(data: bytes, message: str) -> None:
    with pytest.raises(FormatError) as error:
        derivations.parse(data)
    assert message in str(error.value)


anything = st.binary(max_size=20).map(lambda data: data.decode("utf-8", "surrogateescape"))
digests = st.text("0123456789abcdfghijklmnpqrsvwxyz", min_size=32, max_size=32)
store_paths = digests.map(lambda digest: StorePath(f"/nix/store/{digest}-x"))
names = st.sets(st.sampled_from(["out", "dev", "lib", "man"]), min_size=1).map(lambda some: tuple(sorted(some)))


derivation_values = st.builds(
    Derivation,
    st.dictionaries(st.sampled_from(["out", "dev", "lib"]), store_paths.map(Output)),
    st.dictionaries(store_paths.map(lambda path: StorePath(path + ".drv")), names, max_size=3),
    st.sets(store_paths, max_size=3).map(lambda paths: tuple(sorted(paths))),
    # C++ Nix escapes nothing in the platform: one with quotes makes a file that it cannot read either.
    anything.filter(lambda platform: '"' not in platform and "\\" not in platform),
    anything,
    st.lists(anything, max_size=4).map(tuple),
    st.dictionaries(anything, anything, max_size=5),
)


@settings(deadline=None)
@given(derivation_values)
def test_any_derivation_round_trips(derivation: Derivation) -> None:
    assert derivations.parse(derivations.unparse(derivation)) == derivation


@settings(deadline=None)
@given(st.sampled_from(FILES), st.data())
def test_damaged_files_are_refused_or_different(file: Path, data: st.DataObject) -> None:
    original = file.read_bytes()
    position = data.draw(st.integers(0, len(original) - 1))
    damaged = original[:position] + data.draw(st.binary(max_size=2)) + original[position + 1 :]
    try:
        parsed = derivations.parse(damaged)
    except FormatError:
        return
    assert (parsed == derivations.parse(original)) <= (derivations.unparse(parsed) == original)


def test_outputs_that_are_named_by_their_content() -> None:
    """The .drv of `__contentAddressed` and of `__impure`, as Nix 2.26.3 writes and shows them."""
    tail = ',[],[],"y","z",[],[("builder","z"),("name","x"),("out",""),("system","y")])'
    for fields, shown in (
        ('"r:sha256",""', {"hashAlgo": "sha256", "method": "nar"}),
        ('"sha512",""', {"hashAlgo": "sha512", "method": "flat"}),
        ('"r:sha256","impure"', {"hashAlgo": "sha256", "impure": True, "method": "nar"}),
        ('"",""', {}),
    ):
        data = f'Derive([("out","",{fields})]{tail}'.encode()
        drv = derivations.parse(data)
        assert derivations.unparse(drv) == data
        assert drv.fixed_output is None
        assert derivations.to_json("x", drv)["outputs"] == {"out": shown}
        assert derivations.hash_modulo(drv, pytest.fail).deferred
