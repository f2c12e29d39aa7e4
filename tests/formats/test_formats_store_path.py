"""Store paths against Nix 2.26.3: paths that it printed and messages that it gave."""

from __future__ import annotations

from pathlib import Path

import pytest

from lixeval.errors import FormatError
from lixeval.formats import hashes, nar, store_path
from lixeval.formats.store_path import RealPath, StorePath
from lixeval.store.local import LocalStore
from lixeval.store.locks import PathLocks

FIXED_SHA1 = hashes.parse("00000000000000000000000000000000000000aa", "sha1")


@pytest.mark.parametrize(
    ("method", "content", "path"),
    [  # nix-store --print-fixed-path [--recursive] ALGORITHM HASH fx
        ("flat", FIXED_SHA1, "/nix/store/2zy6lrhckwxkp40qnzijzz6nvfbliphl-fx"),
        ("recursive", FIXED_SHA1, "/nix/store/qkwf99h87qgx7mwwkqzrx25r146acbaf-fx"),
        ("recursive", hashes.zero("sha256"), "/nix/store/212zs9kycybyds6sng1pycxpnpv114qn-fx"),
        ("flat", hashes.zero("sha256"), "/nix/store/djwil4wirxzmkg8sl37ywy85x52wsla2-fx"),
        ("recursive", hashes.zero("sha512"), "/nix/store/q028q9nw608dbxs29mhpncccwib510lr-fx"),
    ],
)
def test_fixed_output_paths(method: str, content: hashes.Hash, path: str) -> None:
    assert store_path.fixed_output_path("fx", method, content) == path


def test_source_paths() -> None:
    file_nar = hashes.digest("sha256", nar.encode_file(b"hello\n"))
    assert store_path.fixed_output_path("x", "recursive", file_nar) == (
        "/nix/store/m5zd3qj7c4bs4g5d8hqvs5pc5xicclfg-x"  # builtins.path { path = ./hello.txt; name = "x"; }
    )
    flat = hashes.digest("sha256", b"hello\n")
    assert store_path.fixed_output_path("x", "flat", flat) == (
        "/nix/store/974pyy65p8annw3kp4ibcknbhz1pndwm-x"  # the same with recursive = false
    )


def test_text_paths() -> None:
    text = hashes.digest("sha256", b"text")
    assert store_path.text_path("n", text) == "/nix/store/br60zpgm1d6r4gpamyp0x6yansv0pip2-n"
    dep = store_path.text_path("dep", hashes.digest("sha256", b"y"))
    seeing = hashes.digest("sha256", f"see {dep}".encode())
    # builtins.toFile "n" "see ${builtins.toFile "dep" "y"}"
    assert store_path.text_path("n", seeing, [dep, dep]) == "/nix/store/413sgip5cy85cc67jhfrn61h1gnqbcb8-n"
    assert store_path.fixed_output_path("n", "text", seeing, [dep]).startswith("/nix/store/413sgip5")
    with pytest.raises(FormatError, match="sha256, not sha1"):
        store_path.text_path("n", FIXED_SHA1)


def test_only_some_content_may_have_references() -> None:
    with pytest.raises(FormatError, match="is not allowed to refer to other store paths"):
        store_path.fixed_output_path("x", "flat", hashes.zero("sha256"), [StorePath("/nix/store/" + "0" * 32 + "-y")])
    with pytest.raises(FormatError, match="must use SHA-1"):
        store_path.fixed_output_path("x", "git", hashes.zero("sha256"))


@pytest.mark.parametrize(
    ("output", "text"),
    [
        ("out", "/1rz4g4znpzjwh1xymhjpm42vipw92pr73vdgl6xs1hycac8kf2n9"),
        ("dev", "/02qcpld1y6xhs5gz9bchpxaw0xdhmsp5dv88lh25r2ss44kh8dxz"),
        ("a b", "/1izdzsvidrzm38sdf385bijjqdkh15yc39hilydh6n0s6999lwfq"),
        ("é", "/0421qbfzgrzvracnbd0fraq55j1xnmhailynkyvbs6fb9wi3mxf3"),
    ],
)
def test_placeholders(output: str, text: str) -> None:
    assert store_path.placeholder(output) == text


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("", "name must not be empty"),
        (".", "name '.' is not valid"),
        ("..", "name '..' is not valid"),
        (".-x", "name '.-x' is not valid: first dash-separated component must not be '.'"),
        ("..-x", "name '..-x' is not valid: first dash-separated component must not be '..'"),
        (".-", "name '.-' is not valid: first dash-separated component must not be '.'"),
        ("a b", "name 'a b' contains illegal character ' '"),
        ("a/b", "name 'a/b' contains illegal character '/'"),
        ("é", "name 'é' contains illegal character '\udcc3'"),
        ("a" * 212, f"name '{'a' * 212}' must be no longer than 211 characters"),
    ],
)
def test_invalid_names(name: str, message: str) -> None:
    with pytest.raises(FormatError) as error:
        store_path.check_name(name)
    assert str(error.value) == message
    with pytest.raises(FormatError) as error:
        store_path.text_path(name, hashes.zero("sha256"))
    assert str(error.value).endswith(f"-{name}' is not a valid store path: {message}")


@pytest.mark.parametrize("name", [".x", "...", "-", "a" * 211, "1.2+3-x_y?z=A"])
def test_valid_names(name: str) -> None:
    store_path.check_name(name)
    path = store_path.text_path(name, hashes.zero("sha256"))
    assert store_path.parse(path).name == name
    assert store_path.parse(path).base_name == path.removeprefix("/nix/store/")
    assert store_path.checked(path) == path
    assert store_path.split(path + "/bin/x") == (path, "/bin/x")
    assert store_path.split(path) == (path, "")
    assert store_path.is_store_path(path) and not store_path.is_store_path(path + "/")


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/nix/store/abc", "'abc' is too short to be a valid store path"),
        ("/foo/x", "path '/foo/x' is not in the Nix store"),
        ("/nix/store", "path '/nix/store' is not in the Nix store"),
        ("/nix/store/", "path '/nix/store/' is not in the Nix store"),
        (f"/nix/store/e{'0' * 31}-x", f"store path 'e{'0' * 31}-x' contains illegal base-32 character 'e'"),
        (f"/nix/store/A{'0' * 31}-x", f"store path 'A{'0' * 31}-x' contains illegal base-32 character 'A'"),
        (f"/nix/store/{'0' * 32}-", f"path '{'0' * 32}-' is not a valid store path: name must not be empty"),
        (f"/nix/store/{'0' * 32}", f"'{'0' * 32}' is too short to be a valid store path"),
    ],
)
def test_invalid_paths(path: str, message: str) -> None:
    with pytest.raises(FormatError) as error:
        store_path.parse(path)
    assert str(error.value) == message


def test_a_digest_is_followed_by_a_dash() -> None:
    with pytest.raises(FormatError, match="not followed by a dash"):
        store_path.parse(f"/nix/store/{'0' * 32}_x")


def test_names_places_and_texts_are_told_apart_by_types() -> None:
    """mypy refuses each of the marked lines: should it take one, the mark would be the error."""

    def ask(path: StorePath) -> str:
        return path

    def open_file(place: RealPath) -> str:
        return place

    path, place, text = StorePath(f"/nix/store/{'0' * 32}-x"), RealPath("/srv/store/x"), "anything"
    assert ask(path) == path and open_file(place) == place
    assert ask(place) == place  # type: ignore[arg-type]
    assert ask(text) == text  # type: ignore[arg-type]
    assert open_file(path) == path  # type: ignore[arg-type]
    assert open_file(text) == text  # type: ignore[arg-type]
    if store_path.is_store_path(text):
        ask(text)
    ask(store_path.split(path + "/bin")[0])


def test_a_store_asks_for_names_and_gives_places(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    path = store.add_text("x", "text")
    assert store.is_valid(path) and not store.is_valid(store.real(path))  # type: ignore[arg-type]
    PathLocks([path])  # type: ignore[list-item]
    PathLocks([store.real(path)])
