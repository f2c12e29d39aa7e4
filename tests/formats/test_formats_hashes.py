"""Hashes and base 32 against `nix-hash` of Nix 2.26.3, and its error messages."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lixeval.errors import FormatError
from lixeval.formats import hashes, nix32

# algorithm, data, and what `nix-hash --flat --type` prints with --base16, --base32, --base64 and --sri
RECORDED = [
    (
        "md5",
        b"abc",
        "900150983cd24fb0d6963f7d28e17f72",
        "3jgzhjhz9zjvbb0kyj7jc500ch",
        "kAFQmDzST7DWlj99KOF/cg==",
        "md5-kAFQmDzST7DWlj99KOF/cg==",
    ),
    (
        "sha1",
        b"",
        "da39a3ee5e6b4b0d3255bfef95601890afd80709",
        "143xibwh31h9bvxzalr0sjvbbvpa6ffs",
        "2jmj7l5rSw0yVb/vlWAYkK/YBwk=",
        "sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=",
    ),
    (
        "sha256",
        b"",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "0mdqa9w1p6cmli6976v4wi0sw9r4p5prkj7lzfd1877wk11c9c73",
        "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
        "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
    ),
    (
        "sha256",
        b"abc",
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "1b8m03r63zqhnjf7l5wnldhh7c134ap5vpj0850ymkq1iyzicy5s",
        "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=",
        "sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=",
    ),
    (
        "sha512",
        b"abc",
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
        "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
        "2gs8k559z4rlahfx0y688s49m2vvszylcikrfinm30ly9rak69236nkam5ydvly1ai7xac99vxfc4ii84hawjbk876blyk1jfhkbbyx",
        "3a81oZNherrMQXNJriBBMRLm+k6JqX6iCp7u5ktV05ohkpkqJ0/BqDa6PCOj/uu9RU1EI2Q86A4qmslPpUyknw==",
        "sha512-3a81oZNherrMQXNJriBBMRLm+k6JqX6iCp7u5ktV05ohkpkqJ0/BqDa6PCOj/uu9RU1EI2Q86A4qmslPpUyknw==",
    ),
]


@pytest.mark.parametrize(("algorithm", "data", "base16", "base32", "base64", "sri"), RECORDED)
def test_notations(algorithm: str, data: bytes, base16: str, base32: str, base64: str, sri: str) -> None:
    value = hashes.digest(algorithm, data)
    assert (value.base16, value.nix32, value.base64, value.sri) == (base16, base32, base64, sri)
    assert value.prefixed_base16 == f"{algorithm}:{base16}"
    assert value.prefixed_nix32 == f"{algorithm}:{base32}"
    for text in (base16, base32, base64, base16.upper()):
        assert hashes.parse(text, algorithm) == value
        assert hashes.parse(f"{algorithm}:{text}") == value
        assert hashes.parse_unprefixed(text, algorithm) == value
    assert hashes.parse(sri) == hashes.parse(sri, algorithm) == hashes.parse_sri(sri) == value


SRI = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="


@pytest.mark.parametrize(
    "text",
    [
        SRI.rstrip("="),  # the padding may be missing
        SRI.replace("FU=", "FV="),  # left-over bits do not count
        SRI + "?option",  # SRI's options follow the padding
        SRI.replace("JCeu", "JCeu\n"),
    ],
)
def test_base64_is_read_as_generously_as_nix_reads_it(text: str) -> None:
    assert hashes.parse(text) == hashes.digest("sha256", b"")


@pytest.mark.parametrize(
    ("text", "algorithm", "message"),
    [
        ("abc", None, "hash 'abc' does not include a type, nor is the type otherwise known from context"),
        ("sha256:abc", None, "hash 'abc' has wrong length for hash algorithm 'sha256'"),
        ("md5:eeee", "sha256", "hash 'md5:eeee' should have type 'sha256'"),
        (SRI, "sha1", f"hash '{SRI}' should have type 'sha1'"),
        ("sha256-AAAA", None, "invalid SRI hash 'AAAA'"),
        ("sha256-@@@@", None, "invalid SRI hash '@@@@'"),
        ("e" * 52, "sha256", f"invalid base-32 hash '{'e' * 52}'"),
        ("z" + "0" * 51, "sha256", f"invalid base-32 hash 'z{'0' * 51}'"),
        ("g" + "0" * 63, "sha256", f"invalid base-16 hash 'g{'0' * 63}'"),
        ("@" + "A" * 42 + "=", "sha256", f"invalid base-64 hash '@{'A' * 42}='"),
        ("foo:abc", None, "unknown hash algorithm 'foo', expect 'md5', 'sha1', 'sha256', or 'sha512'"),
        ("SHA256:abc", None, "unknown hash algorithm 'SHA256', expect 'md5', 'sha1', 'sha256', or 'sha512'"),
    ],
)
def test_messages_are_those_of_nix(text: str, algorithm: str | None, message: str) -> None:
    with pytest.raises(FormatError) as error:
        hashes.parse(text, algorithm)
    assert str(error.value) == message


def test_only_sri_is_sri() -> None:
    with pytest.raises(FormatError, match="is not SRI"):
        hashes.parse_sri("sha256:" + "0" * 64)


def test_zero_is_the_hash_assumed_for_an_empty_one() -> None:
    assert hashes.zero("sha256").sri == "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="


def test_compress_folds_by_xor() -> None:
    assert hashes.compress(bytes([1, 2, 3, 4, 5]), 2) == bytes([1 ^ 3 ^ 5, 2 ^ 4])
    assert hashes.compress(bytes(range(20)), 20) == bytes(range(20))


def test_a_hash_is_a_value() -> None:
    one, other = hashes.digest("sha256", b"x"), hashes.digest("sha256", b"x")
    assert one == other and hash(one) == hash(other) and one != hashes.digest("sha256", b"y") and one != "x"
    assert eval(repr(one), {"Hash": hashes.Hash}) == one


@settings(deadline=None)
@given(st.binary(max_size=80))
def test_base32_round_trip(data: bytes) -> None:
    text = nix32.encode(data)
    assert len(text) == nix32.encoded_length(len(data))
    assert nix32.decode(text) == data


@settings(deadline=None)
@given(st.text(alphabet=nix32.ALPHABET + "etou_ \u0660", max_size=60))
def test_base32_that_decodes_is_the_encoding(text: str) -> None:
    try:
        data = nix32.decode(text)
    except FormatError:
        return
    assert nix32.encode(data) == text


@settings(deadline=None)
@given(st.sampled_from(sorted(hashes.SIZES)), st.binary(min_size=64, max_size=64))
def test_every_notation_round_trips(algorithm: str, data: bytes) -> None:
    value = hashes.Hash(algorithm, data[: hashes.SIZES[algorithm]])
    for text in (value.base16, value.nix32, value.base64, value.sri):
        assert hashes.parse(text, algorithm) == value
