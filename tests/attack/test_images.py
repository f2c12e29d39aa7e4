"""The attempts of image_attempts.py carried out: on this machine, with small bounds on waiting."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import io
import json
import os
import re
import socket
import subprocess
import sys
import tarfile
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lixeval.containers import image_json, write
from lixeval.containers.destination import parse as parse_destination
from lixeval.errors import ImageError, LixevalError
from lixeval.oci import go_json, layout
from lixeval.oci.blob import FileBlob
from lixeval.oci.image import Image, Layer
from lixeval.oci.reading import contents, image_names, trees
from lixeval.oci.reading import files as all_files
from lixeval.oci.reading.unopened import image_of
from lixeval.oci.registry import credentials, location, pull
from lixeval.oci.registry.pull import Platform
from lixeval.oci.registry.push import push_image
from lixeval.oci.registry.retry import Patience
from lixeval.oci.registry.session import Session, Settings
from lixeval.oci.validate import validate
from lixeval.store.local import LocalStore
from lixeval.system.pace import Pace
from lixeval.system.removing import remove_tree
from tests.attack import image_attempts
from tests.attack.tar_attempts import HEADERS

SECRET = b"a secret of the user's"
GZIP = "application/vnd.oci.image.layer.v1.tar+gzip"
PLAIN = "application/vnd.oci.image.layer.v1.tar"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"


def rows(attempts: Any) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("attempt", attempts, ids=[one.name for one in attempts])


def sha(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


@contextlib.contextmanager
def ends_as(must: str) -> Iterator[None]:
    """Every attempt ends so: in an error of ours that says so, or harmlessly."""
    if must == "harmless":
        yield
        return
    with pytest.raises(LixevalError) as failure:
        yield
    assert re.search(must, failure.value.message), failure.value.message


@pytest.fixture
def secret(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "outside/secret"
    path.parent.mkdir()
    path.write_bytes(SECRET)
    yield path
    assert path.read_bytes() == SECRET and [one.name for one in path.parent.iterdir()] == ["secret"]


# -- documents ---------------------------------------------------------------------------------------------------------


class Made:
    """A layout that is put together by hand."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "blobs/sha256").mkdir(parents=True)
        (folder / "oci-layout").write_bytes(b'{"imageLayoutVersion":"1.0.0"}')

    def blob(self, data: bytes) -> str:
        (self.folder / "blobs/sha256" / sha(data)[7:]).write_bytes(data)
        return sha(data)

    def image(self, layer: bytes, tar: bytes, config: str | None = None, media_type: str = GZIP) -> dict[str, Any]:
        diff = f'"{sha(tar)}"'
        usual = '{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[DIFF]}}'
        text = (config or usual).replace("DIFF", diff).replace("DIGITS", "9" * 100_000)
        document = text.replace("DEEP", "[" * 100_000 + "]" * 100_000).encode()
        manifest = {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": {
                "mediaType": "application/vnd.oci.image.config.v1+json",
                "digest": self.blob(document),
                "size": len(document),
            },
            "layers": [{"mediaType": media_type, "digest": self.blob(layer), "size": len(layer)}],
        }
        return manifest

    def index(self, manifest: dict[str, Any] | bytes, media_type: str = MANIFEST) -> None:
        data = manifest if isinstance(manifest, bytes) else json.dumps(manifest).encode()
        entry = {"mediaType": media_type, "digest": self.blob(data), "size": len(data)}
        (self.folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [entry]}))


def small_tar(**files: bytes) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return out.getvalue()


def through_all_doors(path: Path, target: Path) -> None:
    """What may be done with an image: opened, listed, judged, copied, with all that its name leads to as well."""
    validate(str(path))
    with image_names.open_image(image_names.Place(str(path)), "linux/amd64") as image:
        contents.read_layers(image.layers)
        layout.write_layout(image_of(image, same=True), str(target))
    assert SECRET not in b"".join(one.read_bytes() for one in target.rglob("*") if one.is_file())
    files = all_files.open_files(str(path))
    try:
        kind = image_names.kind_of(files)
        if kind == image_names.LAYOUT:
            for blob in trees.of_files(files, kind, None).all_blobs():
                with open("/dev/null", "wb") as nowhere:
                    blob.copy_to(nowhere.fileno())
    finally:
        files.close()


# -- archives ----------------------------------------------------------------------------------------------------------


def header(name: bytes, kind: bytes = b"0", size: int = 0, link: bytes = b"", raw_size: bytes | None = None) -> bytes:
    block = bytearray(512)
    block[0 : len(name[:100])] = name[:100]
    block[100:108], block[108:116], block[116:124] = b"0000644\0", b"0000000\0", b"0000000\0"
    block[124:136] = raw_size if raw_size is not None else b"%011o\0" % size
    block[136:148], block[148:156] = b"00000000000\0", b" " * 8
    block[156:157] = kind
    block[157 : 157 + len(link)] = link
    block[257:265] = b"ustar\x0000"
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


def member(name: bytes, data: bytes, kind: bytes = b"0") -> bytes:
    return header(name, kind, len(data)) + data + bytes(-len(data) % 512)


def record(key: bytes, value: bytes) -> bytes:
    length = len(key) + len(value) + 3
    while len(str(length)) + len(key) + len(value) + 3 != length:
        length = len(str(length)) + len(key) + len(value) + 3
    return b"%d %s=%s\n" % (length, key, value)


def evil_members(name: str, outside: Path) -> bytes:
    """What stands in front of an archive's own members."""
    to = str(outside).encode()
    megabyte = b"".join(record(b"SCHILY.xattr.user.%d" % number, b"x" * 100) for number in range(8000))
    short = b"".join(record(b"k%d" % number, b"") for number in range(80_000))
    return {
        "a member called ../secret": member(b"../" * 12 + to[1:] + b"/secret", b"evil"),
        "a member with an absolute name": member(to + b"/secret", b"evil"),
        "a symbolic link out, then a member behind it": header(b"blobs", b"2", 0, to)
        + member(b"blobs/secret", b"evil"),
        "a hard link to a file outside": header(b"blobs/x", b"1", 0, to + b"/secret"),
        "300 headers for all members, of a megabyte each": member(b"g", megabyte, b"g") * 300,
        "300 headers for one member": member(b"x", record(b"path", b"x"), b"x") * 300,
        "100,000 short records in each of 40 headers": member(b"g", short, b"g") * 40,
        "a record of length 0": member(b"x", b"0 path=x\n", b"x"),
        "a record that goes on behind its header": member(b"x", b"999 path=x\n", b"x"),
        "a header that says it has a negative size": header(b"x", raw_size=b"\xff" * 12),
        "a file with holes without an end": header(b"x", b"S", 512)[:482] + b"\1" + header(b"x", b"S", 512)[483:],
        "a member of 2^62 bytes": header(b"x", raw_size=b"\x80" + b"\0" * 3 + (1 << 62).to_bytes(8, "big")),
        "a member whose name has 100,000 bytes": member(b"x", record(b"path", b"n" * 100_000), b"x") + header(b"x"),
    }[name]


@rows(image_attempts.TARS)
def test_archives(attempt: Any, tmp_path: Path, secret: Path) -> None:
    made = Made(tmp_path / "made")
    tar = small_tar(file=b"x")
    made.index(made.image(gzip.compress(tar), tar))
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for path in sorted(made.folder.rglob("*")):
            archive.add(path, str(path.relative_to(made.folder)), recursive=False)
    path = tmp_path / "evil.tar"
    if attempt.name == "a link that leads to itself":
        path.write_bytes(header(b"index.json", b"2", 0, b"index.json") + header(b"oci-layout", b"1", 0, b"index.json"))
    elif attempt.name == "a manifest.json of 100 MB":
        path.write_bytes(member(b"manifest.json", b" " * (100 << 20)))
    else:
        path.write_bytes(evil_members(attempt.name, secret.parent) + out.getvalue())
    began = time.process_time()
    with ends_as(attempt.must):
        through_all_doors(path, tmp_path / "copied")
    # No clock of the wall: what is quadratic takes minutes of the processor.
    assert time.process_time() - began < 30


def evil_layer(name: str) -> tuple[bytes, bytes]:
    """A packed layer and the tar in it, or what stands for it."""
    if name == "a layer that unpacks to 1.3 GB of zeros":
        packer = zlib.compressobj(9, wbits=31)
        block = bytes(1 << 24)
        head = packer.compress(header(b"zeros", size=(80 << 24)))
        return head + b"".join(packer.compress(block) for _ in range(80)) + packer.flush(), b"whatever"
    if name == "200,000 members of gzip in a layer":
        tar = small_tar(file=b"x")
        return gzip.compress(tar) + gzip.compress(b"") * 200_000, tar
    if name == "50,000 empty files in a small layer":
        tar = b"".join(header(b"%d" % number) for number in range(100)) * 500
        return gzip.compress(tar, 1), tar
    if name == "100,000 names as deep as they get in a layer":
        deep = member(b"x", record(b"path", b"a/" * 8000 + b"f"), b"x") + header(b"x")
        tar = deep * 3000
        return gzip.compress(tar, 1), tar
    tar = small_tar(file=b"x" * 100_000)
    return gzip.compress(tar)[:-20], tar


@rows(image_attempts.PACKED)
def test_packed_layers(attempt: Any, tmp_path: Path) -> None:
    made = Made(tmp_path / "made")
    made.index(made.image(*evil_layer(attempt.name)))
    began = time.process_time()
    with ends_as(attempt.must):
        through_all_doors(made.folder, tmp_path / "copied")
    assert time.process_time() - began < 30


@pytest.mark.parametrize(("name", "must"), image_attempts.WHITEOUTS)
def test_whiteouts(name: str, must: str | None, tmp_path: Path) -> None:
    """They take away what lies in the layers below, and nothing else; one that could be misread is told of."""
    made = Made(tmp_path / "made")
    tar = small_tar(**{"etc/group": b"g", name: b""})
    made.index(made.image(gzip.compress(tar), tar))
    told = [fault for fault in validate(str(made.folder)) if "bad name" in fault]
    assert [must is not None and must in fault for fault in told] == ([True] if must else [])
    with image_names.open_image(image_names.Place(str(made.folder)), "linux/amd64") as image:
        below = contents.LayerContents()
        for place in ((b"usr",), (b"etc",), (b"etc", b"passwd")):
            below.entries[place] = contents.Entry(place, "0", 0, 0, 0, 0, "", 0, {})
        seen = contents.Stack([below, *contents.read_layers(image.layers)]).entries()
    assert (b"etc", b"group") in seen
    assert (b"usr",) in seen or name == ".wh..wh..opq"


# -- layouts -----------------------------------------------------------------------------------------------------------


def evil_layout(name: str, made: Made, secret: Path) -> None:
    tar = small_tar(file=b"x")
    layer = gzip.compress(tar)
    manifest = made.image(layer, tar)
    blobs = made.folder / "blobs/sha256"
    if name == "a digest that is a path":
        manifest["config"]["digest"] = f"sha256:{image_attempts.UP}{secret}"
    elif name == "a layer's digest that is a path":
        manifest["layers"][0]["digest"] = f"sha256:{image_attempts.UP}{secret}"
    elif name == "an algorithm that is a path":
        manifest["layers"][0]["digest"] = f"{image_attempts.UP}{secret.parent}:{secret.name}"
    elif name == "a manifest that is an index as well":
        manifest["manifests"] = []
    made.index(manifest)
    if name == "a blob that is a link to SECRET":
        (blobs / sha(layer)[7:]).unlink()
        (blobs / sha(layer)[7:]).symlink_to(secret)
    elif name == "index.json is a link to SECRET":
        (made.folder / "index.json").unlink()
        (made.folder / "index.json").symlink_to(secret)
    elif name == "the folder of blobs is a link":
        blobs.rename(secret.parent.parent / "moved")
        blobs.symlink_to(secret.parent.parent / "moved")
    elif name == "a blob with other bytes of the same size":
        config = blobs / manifest["config"]["digest"][7:]
        config.write_bytes(config.read_bytes().replace(b"amd64", b"arm64"))
    elif name == "a layer with other bytes of the same size":
        (blobs / sha(layer)[7:]).write_bytes(layer[:-1] + b"X")
    elif name == "indexes within indexes":
        data, media_type = json.dumps(manifest).encode(), MANIFEST
        for _ in range(20):
            entry = {"mediaType": media_type, "digest": made.blob(data), "size": len(data)}
            data, media_type = json.dumps({"schemaVersion": 2, "manifests": [entry]}).encode(), INDEX
        made.index(data, INDEX)


@rows(image_attempts.LAYOUTS)
def test_layouts(attempt: Any, tmp_path: Path, secret: Path) -> None:
    made = Made(tmp_path / "made")
    evil_layout(attempt.name, made, secret)
    with ends_as(attempt.must):
        through_all_doors(made.folder, tmp_path / "copied")


@pytest.mark.parametrize("number", range(len(image_attempts.CONFIGS)))
def test_configs(number: int, tmp_path: Path) -> None:
    """Read, copied and built upon: a clean error or nothing of it."""
    made = Made(tmp_path / "made")
    tar = small_tar(file=b"x")
    manifest = made.image(gzip.compress(tar), tar, image_attempts.CONFIGS[number])
    made.index(manifest)
    with contextlib.suppress(LixevalError):
        through_all_doors(made.folder, tmp_path / "copied")

    def config(digest: str) -> bytes:
        return (made.folder / "blobs/sha256" / digest[7:]).read_bytes()

    with contextlib.suppress(LixevalError):
        base = image_json.from_manifest(json.dumps(manifest).encode(), config, lambda digest: digest)
        again = image_json.parse(base.to_bytes())
        image_json.build_on(go_json.Object(), [], again, again.architecture).config_blob()


# -- registries --------------------------------------------------------------------------------------------------------


class Evil:
    """A server that answers each request by calling `answer(method, path)`; what it gives goes out as it is.

    An iterator gives pieces, which go out one after the other until nobody listens.
    """

    def __init__(self, answer: Callable[[str, str], Any]) -> None:
        self._answer = answer
        self.paths: list[str] = []
        self._server = socket.create_server(("127.0.0.1", 0))
        self._ended = threading.Event()
        self.host = f"127.0.0.1:{self._server.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def __enter__(self) -> Evil:
        return self

    def __exit__(self, *failure: object) -> None:
        self._ended.set()
        self._server.close()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._server.accept()
                threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError, ValueError):
            stream = connection.makefile("rb")
            while line := stream.readline():
                method, path, _ = line.decode("latin-1").split(" ", 2)
                length = 0
                while (field := stream.readline().lower()) not in (b"\r\n", b""):
                    if field.startswith(b"content-length:"):
                        length = int(field.split(b":")[1])
                stream.read(length)
                self.paths.append(path)
                answer = self._answer(method, path)
                for piece in [answer] if isinstance(answer, bytes) else answer:
                    if self._ended.is_set():
                        return
                    connection.sendall(piece)


def http(status: int, body: bytes = b"", length: Any = None, **headers: str) -> bytes:
    told = len(body) if length is None else length
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {told}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def silent() -> bytes:
    time.sleep(60)
    return b""


def dripping(head: bytes, rest: bytes) -> Iterator[bytes]:
    yield head
    for number in range(100_000):
        time.sleep(0.02)
        yield rest[number % len(rest) : number % len(rest) + 1]


def endless(head: bytes, piece: bytes) -> Iterator[bytes]:
    yield head
    while True:
        yield piece


TAR = small_tar(file=b"x" * 5000)
CONFIG = json.dumps(
    {"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": [sha(TAR)]}}
).encode()
GOOD: dict[str, Any] = {
    "schemaVersion": 2,
    "mediaType": MANIFEST,
    "config": {
        "mediaType": "application/vnd.oci.image.config.v1+json",
        "digest": sha(CONFIG),
        "size": len(CONFIG),
    },
    "layers": [{"mediaType": PLAIN, "digest": sha(TAR), "size": len(TAR)}],
}
BEARER = {"WWW_Authenticate": 'Bearer realm="http://HOST/token",service="x"'}


def good(path: str) -> bytes:
    if path == "/v2/":
        return http(200, b"{}")
    if "/manifests/" in path:
        return http(200, json.dumps(GOOD).encode())
    return http(200, CONFIG if sha(CONFIG) in path else TAR)


def evil_answer(name: str, host: Callable[[], str]) -> Callable[[str, str], Any]:
    """What the registry of an attempt answers; `host` is known when it runs."""
    manifest = json.dumps(GOOD).encode()
    chunked = b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    other = {**GOOD, "layers": [{**GOOD["layers"][0], "digest": f"sha256:{image_attempts.UP}/x"}]}

    def challenge() -> bytes:
        told: dict[str, Any] = {key: value.replace("HOST", host()) for key, value in BEARER.items()}
        return http(401, **told)

    def with_urls() -> bytes:
        layer = {**GOOD["layers"][0], "digest": sha(b"elsewhere"), "urls": [f"http://{host()}/stolen"]}
        return json.dumps({**GOOD, "layers": [layer]}).encode()

    of_manifest: dict[str, Callable[[], Any]] = {
        "sends one byte of a header now and then": lambda: dripping(b"HTTP/1.1 200 X\r\nX: ", b"x"),
        "sends one byte of a manifest now and then": lambda: dripping(http(200, length=10_000), b" "),
        "says a manifest is longer than it is": lambda: http(200, manifest, len(manifest) + 10),
        "says a length that is no number": lambda: http(200, manifest, "9" * 5000),
        "sends a manifest without an end": lambda: endless(chunked, chunk),
        "sends an error without an end": lambda: endless(chunked.replace(b"200", b"500"), chunk),
        "sends headers without an end": lambda: endless(b"HTTP/1.1 200 X\r\n", b"X: " + b"x" * 1000 + b"\r\n"),
        "sends something that is not HTTP": lambda: b"SSH-2.0-OpenSSH_9.2\r\n" * 100,
        "redirects for ever": lambda: http(307, Location="/v2/app/manifests/v1"),
        "redirects the token for ever": challenge,
        "sends a token without an end": challenge,
        "asks for a token again and again": challenge,
        "gives a manifest with another digest than it says": lambda: http(
            200, manifest, Docker_Content_Digest="sha256:" + "0" * 64
        ),
        "gives a digest that is a path": lambda: http(200, json.dumps(other).encode()),
        "gives an index that is a manifest as well": lambda: http(
            200, json.dumps({**GOOD, "mediaType": INDEX, "manifests": [GOOD["config"]]}).encode()
        ),
        "gives layers with urls elsewhere": lambda: http(200, with_urls()),
        "nests a manifest 100,000 deep": lambda: http(200, b"[" * 100_000 + b"]" * 100_000),
    }
    of_token: dict[str, Callable[[], Any]] = {
        "redirects the token for ever": lambda: http(307, Location="/token?again"),
        "sends a token without an end": lambda: endless(chunked, chunk),
    }

    def answer(method: str, path: str) -> Any:
        if name == "never answers":
            time.sleep(60)
            return b""
        if path.startswith("/token"):
            return of_token.get(name, lambda: http(200, b'{"token":"x"}'))()
        if "/manifests/" in path and name in of_manifest:
            return of_manifest[name]()
        if sha(TAR) in path and name == "sends one byte of a blob now and then":
            return dripping(http(200, length=len(TAR)), b"x")
        if sha(TAR) in path and name == "sends a blob that is longer than its descriptor":
            return http(200, TAR + b"x" * 1000)
        if sha(b"elsewhere") in path:
            return http(404)
        return good(path)

    return answer


PACE = Pace(
    connect=2,
    silence=0.6,
    first_silence=0.6,
    storing=1,
    headers=0.6,
    grace=0.6,
    rate=4096,
    blob_rate=4096,
    first_word=0.2,
)
PATIENCE = Patience(attempts=2, sleep=lambda seconds: None, pace=PACE)


def settings() -> Settings:
    return Settings(credentials=credentials.parse("me:s3cret"), patience=PATIENCE)


@rows(image_attempts.REGISTRY)
def test_registries(attempt: Any, tmp_path: Path) -> None:
    name: list[str] = [""]
    with Evil(evil_answer(attempt.name, lambda: name[0])) as evil:
        name[0] = evil.host
        where = location.parse(f"docker://{evil.host}/app:v1")
        with ends_as(attempt.must):
            pull.pull_directory(where, str(tmp_path / "pulled"), settings(), Platform("amd64"))
        assert "/stolen" not in evil.paths
    assert not (tmp_path / "pulled").exists()


@pytest.mark.parametrize("target", image_attempts.LEADING)
@pytest.mark.parametrize("way", ["manifest", "upload", "realm", "token"])
def test_where_answers_lead(way: str, target: str, tmp_path: Path) -> None:
    host = [""]

    def answer(method: str, path: str) -> bytes:
        if path.startswith("/token"):
            return http(307, Location=target)
        if path == "/v2/":
            return http(200)
        if way in ("realm", "token"):
            realm = target if way == "realm" else f"http://{host[0]}/token"
            return http(401, WWW_Authenticate=f'Bearer realm="{realm}"')
        if method == "POST":
            return http(202, Location=target)
        return http(404) if way == "upload" else http(307, Location=target)

    with Evil(answer) as evil:
        host[0] = evil.host
        where = location.parse(f"docker://{evil.host}/app:v1")
        (tmp_path / "layer").write_bytes(TAR)
        image = Image(CONFIG, (Layer(FileBlob(sha(TAR), len(TAR), str(tmp_path / "layer")), sha(TAR)),))
        with pytest.raises(ImageError):
            if way == "upload":
                push_image(image, where, settings())
            else:
                pull.open_remote(where, settings(), Platform("amd64"))


def test_nothing_leads_from_elsewhere_to_this_machine() -> None:
    from lixeval.oci.registry import url

    elsewhere = url.origin_of("https://registry.example/")
    for target in ("https://localhost/x", "https://127.0.0.1:8443/x", "http://[::1]:80/x", "http://a.localhost/x"):
        with pytest.raises(ImageError, match="on this machine"):
            url.check_way(url.origin_of(target), elsewhere, target, "the registry", tls_verify=True)


def test_who_is_waited_for_is_said() -> None:
    said: list[str] = []

    class Listener(Settings().observer.__class__):  # type: ignore[misc]
        def message(self, text: str) -> None:
            said.append(text)

    with Evil(lambda method, path: silent()) as evil:
        where = location.parse(f"docker://{evil.host}/app:v1")
        session = Session(where, Settings(patience=PATIENCE, observer=Listener()), "pull")
        with pytest.raises(ImageError, match=f"{evil.host} has not answered in"):
            session.check_push()
    assert said and all(evil.host in line and not re.search(r"<|HTTPConnection|Errno", line) for line in said)


# -- names -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", image_attempts.DESTINATIONS)
def test_destinations(text: str) -> None:
    with pytest.raises(ImageError):
        parse_destination(text)


@pytest.mark.parametrize("text", image_attempts.DESTINATIONS[:4] + image_attempts.DESTINATIONS[-10:])
def test_destinations_on_the_command_line(text: str, tmp_path: Path) -> None:
    """An error before anything is evaluated, let alone built."""
    (tmp_path / "image.nix").write_text('throw "evaluated"')
    command = [sys.executable, "-m", "lixeval", "image.nix", "--to", text, "--store", str(tmp_path / "store")]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 1 and done.stderr.startswith("error: ") and "Traceback" not in done.stderr
    assert "evaluated" not in done.stderr


# -- base images -------------------------------------------------------------------------------------------------------


@rows(image_attempts.LAYER_PATHS)
@pytest.mark.parametrize("stored", [True, False], ids=["in the store", "beside"])
def test_layer_paths(attempt: Any, stored: bool, tmp_path: Path, secret: Path) -> None:
    store = LocalStore(str(tmp_path / "store"))
    for name in ("input", "foreign"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "layer").write_bytes(SECRET)
    (tmp_path / "input/folder").mkdir()
    (tmp_path / "input/other").write_bytes(SECRET[::-1])
    (tmp_path / "input/link").symlink_to(secret)
    known, foreign = (store.add_path(str(tmp_path / name), name) for name in ("input", "foreign"))
    path = attempt.name.replace("SECRET", str(secret)).replace("INPUT", known).replace("FOREIGN", foreign)
    digest = sha(SECRET)
    layer = {"digest": digest, "size": 0, "diff_ids": digest, "mediatype": PLAIN, "layer-path": path, "History": {}}
    record = {"version": 1, "image-config": {}, "layers": [layer], "arch": "amd64", "created": None, "seen": known}
    file = tmp_path / "image.json"
    file.write_text(json.dumps(record))
    if stored:
        file = Path(store.real(store.add_path(str(file), "image.json", references=[known])))
    elif attempt.name.startswith("FOREIGN"):
        return  # an image.json of the user's own may name what the store has
    with ends_as(attempt.must):
        layout.write_layout(write.load_image(str(file), store), str(tmp_path / "written"))
    assert not (tmp_path / "written").exists()


def _odd(name: str) -> object:
    """What is no value of any member of an image.json."""
    return json.loads("[" * 900 + "]" * 900) if name == "DEEP" else 10**400 if name == "DIGITS" else json.loads(name)


@pytest.mark.parametrize("odd", image_attempts.ODD)
def test_members_of_a_base_image(odd: str, tmp_path: Path) -> None:
    """Each member of an image.json in turn; an error of ours, or an image."""
    store = LocalStore(str(tmp_path / "store"))
    (tmp_path / "input").mkdir()
    (tmp_path / "input/layer").write_bytes(SECRET)
    known, digest = store.add_path(str(tmp_path / "input"), "input"), sha(SECRET)
    layer = {"digest": digest, "size": 0, "diff_ids": digest, "mediatype": PLAIN, "layer-path": f"{known}/layer"}
    layer |= {"History": {"created_by": "x"}, "paths": [{"path": known}]}
    config = {"Env": ["A=1"], "Labels": {"a": "b"}, "ExposedPorts": {"80/tcp": {}}, "Healthcheck": {"Test": ["CMD"]}}
    record: dict[str, Any] = {"version": 1, "image-config": config, "layers": [layer], "arch": "amd64", "created": None}
    record |= {"history": [{"created_by": "x"}], "variant": "v8", "annotations": {"a": "b"}}
    holders: list[Any] = [record, config, layer, config["Labels"], layer["History"], record["history"][0]]
    for holder in holders:
        for member in list(holder):
            before, holder[member] = holder[member], _odd(odd)
            (tmp_path / "image.json").write_text(json.dumps(record))
            with contextlib.suppress(LixevalError):
                image = write.load_image(str(tmp_path / "image.json"), store)
                assert image.manifest.to_bytes()
            holder[member] = before
    store.close()
    remove_tree(store.root)


@pytest.mark.parametrize("kind", ["layer", "packed layer", "archive"])
@pytest.mark.parametrize("name", HEADERS)
def test_headers(name: str, kind: str, tmp_path: Path, secret: Path) -> None:
    tar = HEADERS[name]
    path = tmp_path / "image"
    if kind == "archive":
        path.write_bytes(tar)
    else:
        made = Made(path)
        layer = tar if kind == "layer" else gzip.compress(tar, 1)
        made.index(made.image(layer, tar, media_type=PLAIN if kind == "layer" else GZIP))
    with contextlib.suppress(LixevalError):
        through_all_doors(path, tmp_path / "target")


# -- layouts that are written to ---------------------------------------------------------------------------------------


def _lie_there(name: str, folder: Path, blobs: dict[str, int], secret: Path) -> None:
    """Makes the layout that is there already."""
    digests = folder / "blobs/sha256"
    index = folder / "index.json"
    outside = secret.parent
    if name == "its folder of blobs leads out":
        digests.rmdir()
        digests.parent.rmdir()
        digests.parent.symlink_to(outside)
    elif name == "the folder of its digests leads out":
        digests.rmdir()
        digests.symlink_to(outside)
    elif name.startswith("its index.json"):
        index.unlink()
        if name.endswith(("out", "zeros")):
            index.symlink_to(secret if name.endswith("out") else "/dev/zero")
        elif name.endswith("pipe"):
            os.mkfifo(index)
        elif name.endswith("GB"):
            index.touch()
            os.truncate(index, 3 << 30)
        elif name.endswith("lists"):
            index.write_text("[" * 100_000)
        else:
            entry = {"mediaType": MANIFEST, "digest": "sha256:../../x", "size": 3}
            index.write_text(json.dumps({"schemaVersion": 2, "manifests": [entry]}))
    elif name.startswith("its oci-layout"):
        (folder / "oci-layout").rename(outside.parent / "oci-layout")
        if name.endswith("pipe"):
            os.mkfifo(folder / "oci-layout")
        else:
            (folder / "oci-layout").symlink_to(outside.parent / "oci-layout")
    for blob, size in blobs.items() if name.startswith("its blobs") else ():
        if name.endswith("out"):
            (digests / blob).symlink_to(secret)
        elif name.endswith("pipes"):
            os.mkfifo(digests / blob)
        else:
            (digests / blob).write_bytes(bytes(size))


@rows(image_attempts.WRITTEN)
def test_layouts_that_are_written_to(attempt: image_attempts.Attempt, tmp_path: Path, secret: Path) -> None:
    tar = small_tar(file=b"x")
    source = Made(tmp_path / "source")
    source.index(source.image(tar, tar, media_type=PLAIN))
    blobs = {path.name: path.stat().st_size for path in (tmp_path / "source/blobs/sha256").iterdir()}
    target = tmp_path / "target"
    Made(target)
    (target / "index.json").write_text('{"schemaVersion":2,"manifests":[]}')
    _lie_there(attempt.name, target, blobs, secret)
    place = image_names.Place(str(source.folder))
    with image_names.open_image(place, "linux/amd64") as image, ends_as(attempt.must):
        layout.write_layout(image_of(image), str(target), "v1")
    if attempt.must == "harmless":
        assert [fault for fault in validate(str(target)) if "belongs to no image" not in fault] == []
