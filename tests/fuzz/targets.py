"""What reads formats that come from outside, as one function of bytes each, with a few good inputs to begin with.

A target may raise what `declared` says: errors of lixeval's own, or the one that its format has among its callers.
Whatever else comes out of it is a fault, and so are a run of more than some seconds and one that takes all memory.
"""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
import subprocess
import tempfile
import unittest.mock
from collections.abc import Callable
from io import BytesIO
from types import SimpleNamespace
from typing import Any, NamedTuple
from xml.etree import ElementTree

from lixeval.builtins.json import from_json
from lixeval.builtins.regex import Regex
from lixeval.builtins.toml import parse_toml
from lixeval.builtins.xml import to_xml
from lixeval.containers import go_regexp, image_json, layers_json
from lixeval.daemon import messages, protocol, values, wire
from lixeval.debugger import messages as debug_messages
from lixeval.environment import nix_conf
from lixeval.environment.machine import Machine
from lixeval.errors import LixevalError
from lixeval.fetchers import flake_registries
from lixeval.fetchers.flake_locks import parse_lock
from lixeval.fetchers.flake_references import reference_attributes
from lixeval.fetchers.git_objects import Objects
from lixeval.fetchers.git_repository import Repository
from lixeval.fetchers.git_working_tree import WorkingTree
from lixeval.fetchers.input_urls import NotAUrl, Url, attributes_of
from lixeval.formats import derivation, hashes, keys, nar_events, narinfo, store_path
from lixeval.formats.json_reading import parse_json
from lixeval.formats.posix_regex import InvalidRegex, RegexTooLarge
from lixeval.formats.store_path import StorePath
from lixeval.oci import docker_config, go_json, go_time, manifest, reference
from lixeval.oci.reading import tar_reader
from lixeval.oci.registry import certificates, challenge, credentials, location
from lixeval.runtime.thunks import force
from lixeval.source import Source
from lixeval.syntax.parser import parse
from lixeval.syntax.unparse import unparse
from lixeval.teach.lessons import exercise

Run = Callable[[bytes], object]


class Target(NamedTuple):
    """`seeds` are inputs that are good, or nearly."""

    run: Run
    seeds: tuple[bytes, ...]
    declared: tuple[type[Exception], ...] = (LixevalError,)


def text_of(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def on_text(function: Callable[[str], object]) -> Run:
    return lambda data: function(text_of(data))


def _in_file(data: bytes, use: Callable[[str], object]) -> object:
    with tempfile.TemporaryDirectory(prefix="lixeval-fuzz-") as folder:
        path = os.path.join(folder, "file")
        with open(path, "wb") as file:
            file.write(data)
        return use(path)


def _nix(data: bytes) -> None:
    unparse(parse(Source(text_of(data), "fuzz")))


def _nar(data: bytes) -> None:
    for event in nar_events.decode(BytesIO(data).read):
        for _ in getattr(event, "chunks", ()):
            pass


def _tar(data: bytes) -> None:
    def use(path: str) -> None:
        from lixeval.oci.reading.stream import of_file

        stream = of_file(path)
        try:
            reader = tar_reader.TarReader(stream, "the tar")
            for _ in reader:
                for _ in reader.blocks():
                    pass
            reader.finish()
        finally:
            stream.close()

    _in_file(data, use)


def _tarball(data: bytes) -> None:
    from lixeval.fetchers.tarballs import unpack

    _in_file(data, lambda path: unpack(path, path + ".tree"))


def _daemon_says(data: bytes) -> None:
    """What a daemon says, and every kind of answer after it."""
    from lixeval.daemon import messages, values, wire

    path = StorePath("/nix/store/" + "0" * 32 + "-x")
    for read in (
        lambda reader: values.read_path_info(reader, path),
        lambda reader: values.read_build_result(reader, (1, 38)),
        values.read_basic_derivation,
        lambda reader: reader.items(lambda: values.read_path(reader)),
        lambda reader: wire.FrameReader(reader).drain(),
    ):
        reader = wire.Reader(BytesIO(data).read)
        with contextlib.suppress(LixevalError):
            while messages.hear(reader, messages.Hearer()):
                pass
        read(reader)


def _regex(data: bytes) -> None:
    pattern, _, subject = text_of(data).partition("\n")
    compiled = Regex(pattern)
    compiled.groups_of_match(subject[:200])
    compiled.pieces(subject[:200])


def _go_regex(data: bytes) -> None:
    pattern, _, subject = data.decode("utf-8", "replace").partition("\n")
    go_regexp.replace_all(pattern, "${1}x", subject[:200])


def _git_tree(data: bytes) -> None:
    repository: Any = SimpleNamespace(_refused=Objects._refused.__get__(SimpleNamespace(_shown="x", shown="x")))
    Objects._entries(repository, "0" * 40, data)


def _packed_references(data: bytes) -> None:
    with tempfile.TemporaryDirectory(prefix="lixeval-fuzz-") as folder:
        for name in ("packed-refs", "HEAD"):
            with open(f"{folder}/{name}", "wb") as file:
                file.write(data)
        repository: Any = SimpleNamespace(
            _packed=None, git_directory=folder, common_directory=folder, machine=Machine()
        )
        repository._packed_references = lambda: Repository._packed_references(repository)
        repository._reference = lambda name, links=0: Repository._reference(repository, name, links)
        repository.read = lambda path, most: Repository.read(repository, path, most)
        repository._reference("refs/heads/main")
        repository._reference("HEAD")


@functools.cache
def _repository() -> tuple[str, tempfile.TemporaryDirectory[str]]:
    """A repository with a file that is tracked; its folder stays for as long as the process."""
    folder = tempfile.TemporaryDirectory(prefix="lixeval-fuzz-")
    git = ["git", "-C", folder.name]
    subprocess.run([*git, "init", "-q"], check=True)
    for name in ("a", "b"):
        with open(f"{folder.name}/{name}", "w", encoding="ascii") as file:
            file.write(name)
    subprocess.run([*git, "add", "a", "b"], check=True)
    return folder.name, folder


def _index() -> bytes:
    with open(_repository()[0] + "/.git/index", "rb") as file:
        return file.read()


def _git_index(data: bytes) -> None:
    """An index is read by git itself; what it says is what comes in here."""
    directory, _ = _repository()
    with open(f"{directory}/.git/index", "wb") as file:
        file.write(data)
    with (
        tempfile.TemporaryDirectory(prefix="lixeval-fuzz-") as private,
        Repository(directory, private) as repository,
        contextlib.closing(WorkingTree(repository, None)) as tree,
    ):
        for path in tree.entries:
            assert path in ("a", "b")


def _debug_messages(data: bytes) -> None:
    stream = BytesIO(data)
    while (message := debug_messages.read(stream)) is not None:
        assert isinstance(message, dict)


def _credentials(data: bytes) -> None:
    place = location.parse("docker://registry.example/a/b:c")
    _in_file(data, lambda path: credentials.find(place, path, {"HOME": "/nowhere", "PATH": "/nowhere"}))


def _url(data: bytes) -> None:
    attributes_of(Url(text_of(data)), tree=True)


def _flake_registry(data: bytes) -> None:
    for entry in flake_registries._parsed(data, "registry.json"):
        flake_registries._matches(entry, {"type": "indirect", "id": "a"})


def _hash(data: bytes) -> None:
    hashes.parse(text_of(data), "sha256")


def _docker_config(data: bytes) -> None:
    docker_config.from_json(go_json.parse(data))


def _from_json(data: bytes) -> None:
    force(from_json(text_of(data)))


def _wire(read: Callable[[wire.Reader], object]) -> Run:
    return lambda data: read(wire.Reader(BytesIO(data).read))


def _messages(reader: wire.Reader) -> None:
    while messages.hear(reader, messages.Hearer()):
        pass


def _greeting(data: bytes) -> None:
    for greet in (protocol.greet_server, lambda channel: protocol.greet_client(channel, 0, "x")):
        channel: Any = SimpleNamespace(name="x", reader=wire.Reader(BytesIO(data).read), write=lambda data: None)
        with contextlib.suppress(LixevalError):
            greet(channel)


def _frames(reader: wire.Reader) -> None:
    frames = wire.FrameReader(reader)
    frames.read(3)
    frames.drain()


def _certificates(data: bytes) -> None:
    with tempfile.TemporaryDirectory(prefix="lixeval-fuzz-") as folder:
        os.makedirs(f"{folder}/containers/certs.d/h")
        for name in ("a.crt", "b.cert", "b.key"):
            with open(f"{folder}/containers/certs.d/h/{name}", "wb") as file:
                file.write(data)
        with unittest.mock.patch.dict(os.environ, {"HOME": folder, "XDG_CONFIG_HOME": folder}):
            certificates.context(["h"], ["h"], verify=True)


def _written_xml(data: bytes) -> None:
    """What is written is XML, and says the same, where XML can say it at all."""
    text = text_of(data)
    document, _ = to_xml({text: text}, strict=True)
    if text.isprintable():
        attribute = ElementTree.fromstring(document)[0][0]
        assert attribute.get("name") == attribute[0].get("value") == text


NAR = b"".join(
    nar_events.framed(word) for word in (b"nix-archive-1", b"(", b"type", b"regular", b"contents", b"x", b")")
)
TREE_NAR = b"".join(
    nar_events.framed(word)
    for word in (
        *(b"nix-archive-1", b"(", b"type", b"directory", b"entry", b"(", b"name", b"a", b"node", b"("),
        *(b"type", b"symlink", b"target", b"b", b")", b")", b")"),
    )
)
DRV = (
    b'Derive([("out","/nix/store/00000000000000000000000000000000-x","","")],[],[],"x","/bin/sh",["-c","a"],'
    b'[("out","")])'
)
NARINFO = (
    b"StorePath: /nix/store/00000000000000000000000000000000-x\nURL: nar/x.nar.xz\nCompression: xz\n"
    b"FileHash: sha256:" + b"0" * 52 + b"\nFileSize: 1\nNarHash: sha256:" + b"0" * 52 + b"\nNarSize: 1\nReferences: \n"
)
LOCK = (
    b'{"nodes":{"a":{"locked":{"type":"path","path":"/x","narHash":"sha256-AAAA"},"original":{"type":"path","path":"/x"}},'
    b'"root":{"inputs":{"a":"a","b":["a"]}}},"root":"root","version":7}'
)
DIGEST = b"sha256:" + b"0" * 64
MANIFEST = (
    b'{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":"application/vnd.'
    b'oci.image.config.v1+json","digest":"' + DIGEST + b'","size":2},"layers":[{"mediaType":"application/vnd.oci.image.'
    b'layer.v1.tar","digest":"' + DIGEST + b'","size":3}]}'
)
IMAGE_JSON = (
    b'{"version":1,"image-config":{"Cmd":["/x"]},"layers":[{"digest":"'
    + DIGEST
    + b'","size":1,"diff_ids":"'
    + DIGEST
    + b'",'
    b'"paths":[{"path":"/nix/store/x","options":{"rewrite":{"regex":"a","repl":"b"}}}],"mediatype":"x","layer-path":"/x"}],'
    b'"arch":"amd64","created":"0001-01-01T00:00:00Z"}'
)
LAYERS_JSON = b'[{"digest":"' + DIGEST + b'","size":1,"diff_ids":"' + DIGEST + b'","mediatype":"x","History":{}}]'


def _a_tar() -> bytes:
    import tarfile

    out = BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
        member = tarfile.TarInfo("t/a")
        member.size, member.pax_headers = 3, {"comment": "x", "mtime": "1.5"}
        archive.addfile(member, BytesIO(b"abc"))
        member = tarfile.TarInfo("t/l")
        member.type, member.linkname = tarfile.SYMTYPE, "a"
        archive.addfile(member)
    return out.getvalue()[:4096]


TAR = _a_tar()
STORE_PATH = StorePath("/nix/store/" + "0" * 32 + "-x")
DEEP = 100_000


def _number(*values: int) -> bytes:
    return b"".join(value.to_bytes(8, "little") for value in values)


_DAEMON = (
    _number(0x6F6C6D67, 2) + b"hi" + bytes(6) + _number(0x616C7473, 0, 64) + b"0" * 64 + _number(0, 0, 9, 0, 0, 0),
    _number(0x53545254, 1, 3, 105, 0, 1, 0, 7, 0) + _number(0x52534C54, 1, 101, 1, 1, 1) + b"x" + bytes(7),
    _number(0x63787470, 5) + b"Error" + bytes(3) + _number(0, 0, 2) + b"no" + bytes(6) + _number(0, 1, 0, 0),
    _number(0x616C7473, 0, 0, 1, 0, 5, 6, 0, 0, 0),
    _number(0x616C7473, 5) + b"bytes" + _number(0),
)

TARGETS: dict[str, Target] = {
    "nix": Target(
        _nix,
        (
            b"let a = 1; in { inherit a; b = x: x.c or a; } // rec { ${a} = \"${b}\"; d = ''\n  x${a}\n''; }",
            b"{ a ? 1, ... }@b: if a then assert b; [ ./x <y> ~/z http://h/x 1.5e3 ] else with a; -1 + !a",
            b"(" * DEEP,
            b"[" * 5000 + b"]" * 5000,
            b"-" * DEEP + b"1",
        ),
    ),
    "nar": Target(_nar, (NAR, TREE_NAR)),
    "derivation": Target(derivation.parse, (DRV,)),
    "narinfo": Target(on_text(narinfo.parse), (NARINFO,)),
    "tar": Target(_tar, (TAR,)),
    "tarball": Target(_tarball, (TAR, b"PK\x05\x06" + b"\0" * 18)),
    "manifest": Target(manifest.parse, (MANIFEST, b"[" * DEEP)),
    "docker-config": Target(
        _docker_config, (b'{"Env":["a=b"],"ExposedPorts":{"1/tcp":{}},"Healthcheck":{"Interval":5}}',)
    ),
    "go-json": Target(go_json.parse, (b'{"a":[1,2.5e3,"\\u00e4\\ud83d\\ude00",null,true]}', b"[" * DEEP)),
    "go-time": Target(on_text(go_time.normalise), (b"2024-02-29T12:00:00.5+01:00",)),
    "image.json": Target(image_json.parse, (IMAGE_JSON,)),
    "layers.json": Target(layers_json.parse, (LAYERS_JSON,)),
    "reference": Target(on_text(reference.parse), (b"localhost:5000/a/b:c@" + DIGEST,)),
    "location": Target(on_text(location.parse), (b"docker://[::1]:5000/a/b:c@" + DIGEST,)),
    "challenge": Target(on_text(challenge.parse), (b'Bearer realm="https://h/t",service="a\\"b", Basic realm=x',)),
    "credentials": Target(
        _credentials, (b'{"auths":{"registry.example":{"auth":"YTpi"}},"credHelpers":{"h":"x"}}', b"[" * DEEP)
    ),
    "json": Target(lambda data: parse_json(text_of(data)), (b'{"a":[1,-2.5e-3,"\\u00e4",null,true]}', b"[" * DEEP)),
    "fromJSON": Target(_from_json, (b'{"a":[1,"\\ud83d\\ude00"]}', b'{"a":' * 5000)),
    "toml": Target(
        on_text(parse_toml),
        (
            b'a = 1\nb = [1.5, "x", 2020-01-01]\n[c.d]\ne = { f = true }\n',
            b"a = " + b"[" * DEEP,
            b"a." * 5000 + b"a = 1",
        ),
    ),
    "toml-timestamps": Target(
        lambda data: parse_toml(text_of(data), timestamps=True), (b"a = 2020-01-01T00:00:00Z\n",)
    ),
    "regex": Target(
        _regex, (b"(a|b)*[[:alpha:]]{1,3}x?\naabx", b"(" * 20000, b"(a{9}){9}\naaaa"), (InvalidRegex, RegexTooLarge)
    ),
    "go-regex": Target(_go_regex, (b"(?P<a>x+|[^b-d]{2,3})$\nxxyz",)),
    "flake-lock": Target(lambda data: parse_lock(text_of(data), "flake.lock"), (LOCK, b"[" * DEEP)),
    "flake-registry": Target(
        _flake_registry,
        (
            b'{"flakes":[{"from":{"type":"indirect","id":"a"},"to":{"type":"path","path":"/x"}}],"version":2}',
            b"[" * DEEP,
        ),
    ),
    "flakeref": Target(
        on_text(reference_attributes),
        (
            b"github:a/b/c?dir=d&narHash=sha256-x",
            b"git+https://h:1/x?ref=a&rev=" + b"0" * 40,
            b"path:/x?lastModified=1",
        ),
    ),
    "url": Target(_url, (b"git+ssh://u@h:22/x?ref=a#b", b"https://h/x.tar.gz?a=%20"), (LixevalError, NotAUrl)),
    "git-tree": Target(_git_tree, (b"100644 a\0" + b"\1" * 20 + b"40000 b\0" + b"\2" * 20,)),
    "git-index": Target(_git_index, (_index(),) if shutil.which("git") else ()),
    "debug-messages": Target(
        _debug_messages,
        (
            b'Content-Length: 17\r\n\r\n{"command":"next"}',
            b"Content-Length: 100000\r\n\r\n" + b"[" * DEEP,
        ),
        (debug_messages.BrokenMessage,),
    ),
    "exercise": Target(
        on_text(lambda text: exercise.parse("x", "x.nix", text)),
        (
            b"# title: a\n# kind: complete\n# ask: b\n# answer: c\n# solution: 1\n# traced: 1\n# hint: d\n???\n",
            b"# title: a\n# kind: predict\n# ask: b\n# answer: c\n# value: 1\n# forced: a b\n# after: doc map\n1\n",
        ),
    ),
    "git-references": Target(
        _packed_references,
        (b"# pack-refs with: peeled\n" + b"0" * 40 + b" refs/heads/main\n^" + b"1" * 40, b"ref: HEAD\n"),
    ),
    "daemon": Target(_daemon_says, _DAEMON),
    "public-key": Target(on_text(keys.PublicKey.parse), (b"cache.example-1:" + b"A" * 43 + b"=",)),
    "hash": Target(_hash, (b"sha256-" + b"A" * 43 + b"=", b"sha512:" + b"0" * 128)),
    "store-path": Target(on_text(store_path.parse), (b"/nix/store/" + b"0" * 32 + b"-x",)),
    "worker-messages": Target(
        _wire(_messages),
        (
            b"".join(map(wire.number, (messages.START, 1, 2, 3)))
            + wire.text("x")
            + wire.number(0) * 2
            + wire.number(messages.NEXT)
            + wire.text("\x1b[1mx")
            + b"".join(map(wire.number, (messages.STOP, 1, messages.LAST))),
            wire.number(messages.ERROR) + wire.text("Error") + wire.number(0) + wire.text("x") * 2 + wire.number(0) * 2,
        ),
    ),
    "worker-greeting": Target(
        _greeting,
        tuple(
            wire.number(magic) + wire.number(1 << 8 | 38) + wire.texts(("a",)) + wire.text("2.26.3") + wire.number(1)
            for magic in (protocol.SERVER_MAGIC, protocol.CLIENT_MAGIC)
        ),
    ),
    "worker-frames": Target(_wire(_frames), (wire.number(5) + b"abcde" + wire.number(2) + b"fg" + wire.number(0),)),
    "worker-path-info": Target(
        _wire(lambda reader: values.read_path_info(reader, STORE_PATH)),
        (
            b"".join((wire.text(""), wire.text("0" * 64), wire.texts((STORE_PATH,)), wire.number(1) * 3))
            + b"".join((wire.texts(("a:b",)), wire.text(""))),
        ),
    ),
    "worker-derivation": Target(
        _wire(values.read_basic_derivation),
        (
            b"".join((wire.number(1), *map(wire.text, ("out", STORE_PATH, "", "")), wire.texts((STORE_PATH,))))
            + b"".join((wire.text("x") * 2, wire.texts(("-c",)), wire.pairs([("a", "b")]))),
        ),
    ),
    "worker-build-result": Target(
        _wire(lambda reader: values.read_build_result(reader, (1, 37))),
        tuple(
            wire.number(0) + wire.text("") + wire.number(0) * 6 + wire.pairs([("sha256:x!out", text)])
            for text in (f'{{"outPath":"{STORE_PATH[11:]}"}}', "[" * DEEP, '{"outPath":' * 5000)
        ),
    ),
    "certs.d": Target(
        _certificates,
        (
            b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
            b"-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n",
        ),
    ),
    "xml": Target(_written_xml, (b"a<b>&'\"c", "\u00e4\u2028\U0001f600".encode(), b"]]>")),
    "nix.conf": Target(
        lambda data: nix_conf.assignments(
            {"NIX_CONFIG": text_of(data), "NIX_CONF_DIR": "/nowhere", "NIX_USER_CONF_FILES": ""}
        ),
        (b"cores = 4 # x\nextra-substituters = a b\n!include x\n",),
    ),
}
