"""narinfo files and signatures, as Nix 2.26.3 wrote them (`nix copy --to file://…?secret-key=…`)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lixeval.errors import FormatError
from lixeval.formats import hashes, narinfo
from lixeval.formats.keys import PublicKey, SecretKey
from lixeval.formats.narinfo import NarInfo
from lixeval.formats.store_path import StorePath

# A key made for this file and used for nothing else.
SECRET = "test-1:zXKdXNbIhuGEgTXIPugPHJGTa6fV/aVeC0k8CMgng0XeEiSUrnPYsG+LdP8iK78wvEAXZT8cipvsBlptOqRr6w=="
PUBLIC = "test-1:3hIklK5z2LBvi3T/Iiu/MLxAF2U/HIqb7AZabTqka+s="
HELLO = """\
StorePath: /nix/store/zx291p0sqy3864fpvp453s2vgzd6ggi0-hello
URL: nar/0zb47vki3l8p4b6x04vj7sbk3gy7wln6vnqral12dbxwrswd27bk.nar.xz
Compression: xz
FileHash: sha256:0zb47vki3l8p4b6x04vj7sbk3gy7wln6vnqral12dbxwrswd27bk
FileSize: 172
NarHash: sha256:0g5rrg4m44kswfbf2q5vbscqxsc3qgpz79fdpwxkcaa76zcnvd8y
NarSize: 168
References: 3ywg3kwzqz5fxvc4l4xwbfwgk8a020zd-dep
Sig: test-1:rJQ57RBW8ho6mUQMflV9C0C6btpYOCXQyqQt+eAYdT5tDVCsneqYkrvdmNYsyTRINvOjD283RK+YviPKvFWwAg==
CA: text:sha256:1kglmhgvik6jh6nn8mqai5jj5s58cljcdyrar9sdxq0dqsp7d7rz
"""
DEP = """\
StorePath: /nix/store/3ywg3kwzqz5fxvc4l4xwbfwgk8a020zd-dep
URL: nar/1zakyaify1j3hwl6d8k4sz9nax6jdr1sm1m9rj24hm78iwgzd3fc.nar.xz
Compression: xz
FileHash: sha256:1zakyaify1j3hwl6d8k4sz9nax6jdr1sm1m9rj24hm78iwgzd3fc
FileSize: 124
NarHash: sha256:1d712nw4dcndx9pwb9xh5y6rh0map5kmw88hp5fqagzln4c92a4g
NarSize: 120
References:\x20
Sig: test-1:FJSaB39bZg1lCKj9yERxTYqfMnFGWYLDyH2/lWMXcduo2Gd41mHrk1YnUPTxTt8kKqRemb/Dmyf5XVa9wZt7BQ==
CA: text:sha256:1ymh908v3l1pkgvqqaj1j0inihh0srspi3jbzy68izsl70vf9z51
"""


@pytest.mark.parametrize("text", [HELLO, DEP])
def test_files_round_trip_and_are_signed(text: str) -> None:
    info = narinfo.parse(text)
    assert narinfo.unparse(info) == text
    assert info.verify([PublicKey.parse(PUBLIC)])
    signed_again = replace(info, signatures=()).sign(SecretKey.parse(SECRET))
    assert signed_again == info == info.sign(SecretKey.parse(SECRET))


def test_fields() -> None:
    info = narinfo.parse(HELLO)
    assert info.path == "/nix/store/zx291p0sqy3864fpvp453s2vgzd6ggi0-hello"
    assert info.references == ("/nix/store/3ywg3kwzqz5fxvc4l4xwbfwgk8a020zd-dep",)
    assert (info.file_size, info.nar_size, info.compression, info.deriver) == (172, 168, "xz", None)
    assert info.fingerprint == (
        "1;/nix/store/zx291p0sqy3864fpvp453s2vgzd6ggi0-hello;"
        "sha256:0g5rrg4m44kswfbf2q5vbscqxsc3qgpz79fdpwxkcaa76zcnvd8y;168;"
        "/nix/store/3ywg3kwzqz5fxvc4l4xwbfwgk8a020zd-dep"
    )


def test_what_is_signed_cannot_be_changed() -> None:
    info, key = narinfo.parse(HELLO), PublicKey.parse(PUBLIC)
    assert not replace(info, nar_size=169).verify([key])
    assert not replace(info, references=()).verify([key])
    assert not replace(info, path=StorePath(info.path + "x")).verify([key])
    assert replace(info, url="elsewhere", compression="none", file_size=1).verify([key])
    assert not info.verify([]) and not info.verify([replace(key, name="test-2")])
    assert not replace(info, signatures=("test-1:AAAA", "junk")).verify([key])


def test_keys() -> None:
    secret = SecretKey.parse(SECRET + "\n")
    assert secret.reveal() == SECRET and str(secret.public_key()) == PUBLIC
    assert SECRET.partition(":")[2][:10] not in repr(secret)
    fresh = SecretKey.generate("fresh-1")
    assert SecretKey.parse(fresh.reveal()) == fresh
    assert fresh.public_key().verify(b"message", fresh.sign(b"message"))
    assert not secret.public_key().verify(b"message", fresh.sign(b"message"))


@pytest.mark.parametrize(
    "text", ["", "name", "name:", ":AAAA", "name:AAAA", "name:@@@@", "name:é", PUBLIC, SECRET.replace("zXKd", "aXKd")]
)
def test_bad_secret_keys_are_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(FormatError) as error:
        SecretKey.parse(text)
    assert not text.partition(":")[2] or text.partition(":")[2] not in str(error.value)


def test_a_file_that_was_cut_off_is_none() -> None:
    """It may have lost references, or half of one."""
    with pytest.raises(FormatError, match="has no end"):
        narinfo.parse(HELLO[:-1])


def test_an_empty_content_address_is_none() -> None:
    assert narinfo.parse(HELLO.partition("CA: ")[0] + "CA: \n").ca is None


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("StorePath: ", "Path: ", "there is no 'StorePath'"),
        ("NarHash: ", "Narhash: ", "there is no 'NarHash'"),
        ("URL: nar/", "URL:nar/", "line 2 is not 'key: value'"),
        ("Compression: xz", "URL: again", "line 3 gives 'URL' again"),
        ("NarSize: 168", "NarSize: -1", "'-1' is no size"),
        ("NarSize: 168", "NarSize: ١", "is no size"),
        ("NarSize: 168", "NarSize: 99999999999999999999", "is no size"),
        ("sha256:0g5", "sha256:eg5", "invalid base-32 hash"),
        ("References: 3y", "References: /3y", "illegal base-32 character '/'"),
        ("/nix/store/zx", "/gnu/store/zx", "is not in the Nix store"),
        ("FileSize: 172\n", "\n", "line 5 is not"),
    ],
)
def test_corrupt_files(old: str, new: str, message: str) -> None:
    with pytest.raises(FormatError) as error:
        narinfo.parse(HELLO.replace(old, new, 1))
    assert str(error.value).startswith("NAR info file is corrupt: ") and message in str(error.value)


def test_an_empty_value_may_have_lost_its_blank() -> None:
    assert narinfo.parse(DEP.replace("References: \n", "References:\n")) == narinfo.parse(DEP)


def test_missing_lines_have_their_defaults() -> None:
    lines = [line for line in DEP.splitlines() if line.split(":")[0] in ("StorePath", "URL", "NarHash", "NarSize")]
    info = narinfo.parse("\n".join([*lines, "Deriver: unknown-deriver", "Whatever: else", ""]))
    assert (info.compression, info.file_hash, info.deriver, info.references) == ("bzip2", None, None, ())


paths = st.text("0123456789abcdfghijklmnpqrsvwxyz", min_size=32, max_size=32).map(lambda h: f"/nix/store/{h}-n")


@settings(deadline=None)
@given(
    st.builds(
        NarInfo,
        path=paths,
        url=st.just("nar/x.nar"),
        compression=st.sampled_from(["none", "xz", "zstd"]),
        file_hash=st.none() | st.binary().map(lambda data: hashes.digest("sha256", data)),
        file_size=st.none() | st.integers(0, 2**62),
        nar_hash=st.binary().map(lambda data: hashes.digest("sha256", data)),
        nar_size=st.integers(0, 2**62),
        references=st.sets(paths, max_size=3).map(lambda some: tuple(sorted(some))),
        deriver=st.none() | paths.map(lambda path: path + ".drv"),
        signatures=st.lists(st.just("key-1:AAAA"), max_size=2).map(tuple),
        ca=st.none() | st.just("fixed:r:sha256:0"),
    )
)
def test_round_trip(info: NarInfo) -> None:
    assert narinfo.parse(narinfo.unparse(info)) == info
