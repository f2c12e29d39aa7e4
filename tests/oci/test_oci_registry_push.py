"""Pushing through a registry that fails on demand: nothing is lost, nothing is sent twice without need."""

from __future__ import annotations

import base64
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lixeval.errors import ImageError
from lixeval.oci.blob import FileBlob
from lixeval.oci.image import Image, Layer
from lixeval.oci.registry import credentials, location
from lixeval.oci.registry.connection import Connection, Request
from lixeval.oci.registry.observer import TransferObserver
from lixeval.oci.registry.push import Pushed, push_image
from lixeval.oci.registry.retry import Patience
from lixeval.oci.registry.session import Refused, Session, Settings

BIG = 3 << 20


class Recorder(TransferObserver):
    def __init__(self) -> None:
        self.messages: list[str] = []
        self.furthest: dict[str, int] = {}

    def advanced(self, digest: str, sent: int) -> None:
        self.furthest[digest] = sent

    def message(self, text: str) -> None:
        self.messages.append(text)


@pytest.fixture
def sleeps(faulty: Any) -> Any:
    return faulty.Sleeps()


@pytest.fixture
def push(registry: Any, sleeps: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Pushed]:
    for name in ("REGISTRY_AUTH_FILE", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "DOCKER_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))

    def run(image: Image, name: str = "group/app:v1", others: Any = lambda digest: (), **settings: Any) -> Pushed:
        patience = Patience(sleep=sleeps, clock=lambda: 1_000_000_000.0)
        where = location.parse(f"docker://{registry.host}/{name}")
        return push_image(image, where, Settings(patience=patience, **settings), others)

    return run


def stored(registry: Any, image: Image, repository: str = "group/app", tag: str = "v1") -> None:
    """The registry has exactly the image's bytes."""
    assert registry.manifests[repository][tag][0] == image.manifest.to_bytes()
    for layer in image.layers:
        assert isinstance(layer.blob, FileBlob)
        assert registry.blobs[repository][layer.blob.digest] == Path(layer.blob.path).read_bytes()
    assert registry.blobs[repository][image.image_id] == image.config


def test_a_push_and_the_same_again(registry: Any, push: Callable[..., Pushed], make_image: Any) -> None:
    image = make_image(b"small", os.urandom(BIG))
    done = push(image)
    stored(registry, image)
    assert set(done.blobs.values()) == {"uploaded"} and len(done.blobs) == 3
    assert done.reference == f"{registry.host}/group/app@{done.manifest_digest}"
    before = len(registry.seen)
    assert push(image).blobs == {}
    assert [one.method for one in registry.seen[before:]] in (["HEAD"], ["GET", "HEAD"])


def test_blobs_that_are_there_are_not_sent(registry: Any, push: Callable[..., Pushed], make_image: Any) -> None:
    push(make_image(os.urandom(BIG), b"x"))
    received = registry.received
    image = make_image(b"new")
    both = Image(image.config, image.layers)
    done = push(both, "group/app:v2")
    assert registry.received - received < 10_000
    assert sorted(done.blobs.values()) == ["uploaded", "uploaded"]
    again = push(both, "group/app:v3")
    assert sorted(again.blobs.values()) == ["there already", "there already"]


def test_a_broken_stream_goes_on_where_it_broke(
    registry: Any, push: Callable[..., Pushed], make_image: Any, faulty: Any
) -> None:
    image = make_image(os.urandom(BIG))
    registry.faults = [
        faulty.Fault("PATCH", "uploads", body=1_000_000),
        faulty.Fault("PATCH", "uploads", body=500_000),
    ]
    recorder = Recorder()
    push(image, observer=recorder)
    stored(registry, image)
    patches = [one.headers.get("Content-Range") for one in registry.seen if one.method == "PATCH"]
    size = image.layers[0].blob.size
    assert patches == [None, f"1000000-{size - 1}", f"1500000-{size - 1}"]
    assert registry.received < size + 10_000
    assert recorder.furthest[image.layers[0].blob.digest] == size and len(recorder.messages) == 2


def test_a_lost_upload_is_begun_anew(registry: Any, push: Callable[..., Pushed], make_image: Any, faulty: Any) -> None:
    image = make_image(os.urandom(BIG))
    registry.faults = [
        faulty.Fault("PATCH", "uploads", body=1_000_000),
        faulty.Fault("GET", "uploads/", status=404),
    ]
    push(image)
    stored(registry, image)
    assert registry.count("POST", "uploads") == 3  # config, layer, layer again


def test_an_answer_that_is_lost_behind_a_finished_upload(
    registry: Any, push: Callable[..., Pushed], make_image: Any, faulty: Any
) -> None:
    image = make_image(os.urandom(BIG))
    digest = image.layers[0].blob.digest.removeprefix("sha256:")
    registry.faults = [faulty.Fault("PUT", f"uploads.*{digest}", lost=True)]
    push(image)
    stored(registry, image)
    assert registry.count("PATCH", "uploads") == 1


def test_429_is_obeyed(registry: Any, push: Callable[..., Pushed], make_image: Any, faulty: Any, sleeps: Any) -> None:
    image = make_image(os.urandom(BIG))
    registry.faults = [
        faulty.Fault("HEAD", "manifests", status=429, headers={"Retry-After": "7"}),
        faulty.Fault("PATCH", "uploads", status=429, headers={"Retry-After": "Sun, 09 Sep 2001 01:46:51 GMT"}),
        faulty.Fault("PUT", "manifests", status=429, headers={"Retry-After": "11"}),
    ]
    push(image, parallel=1)
    stored(registry, image)
    assert sleeps.asked == [7, 11, 11]  # 1,000,000,000 was 01:46:40 of that day


def test_503_is_met_with_growing_waits(
    registry: Any, push: Callable[..., Pushed], make_image: Any, faulty: Any, sleeps: Any
) -> None:
    image = make_image(b"x")
    registry.faults = [faulty.Fault("POST", "uploads", status=503) for _ in range(4)]
    push(image, parallel=1)
    stored(registry, image)
    assert len(sleeps.asked) == 4
    for number, seconds in enumerate(sleeps.asked):
        assert 0.25 * 2**number <= seconds <= 0.5 * 2**number


def test_patience_ends(registry: Any, push: Callable[..., Pushed], make_image: Any, faulty: Any, sleeps: Any) -> None:
    registry.faults = [faulty.Fault("POST", "uploads", status=503) for _ in range(100)]
    with pytest.raises(Refused, match=r"HTTP status 503"):
        push(make_image(b"x"), parallel=1)
    assert len(sleeps.asked) == 5
    assert registry.manifests["group/app"] == {}


def test_a_registry_that_asks_for_too_much_patience(
    registry: Any, push: Callable[..., Pushed], make_image: Any, faulty: Any
) -> None:
    registry.faults = [faulty.Fault("POST", "uploads", status=429, headers={"Retry-After": "86400"})]
    with pytest.raises(ImageError, match="come back in 86400 s"):
        push(make_image(b"x"), parallel=1)


def test_a_damaged_blob_is_told_from_a_damaged_transfer(
    registry: Any, push: Callable[..., Pushed], make_image: Any, faulty: Any
) -> None:
    image = make_image(os.urandom(BIG))
    text = b'{"errors":[{"code":"DIGEST_INVALID","message":"provided digest did not match uploaded content"}]}'
    digest = image.layers[0].blob.digest.removeprefix("sha256:")
    registry.faults = [faulty.Fault("PUT", f"uploads.*{digest}", status=400, text=text)]
    push(image)
    stored(registry, image)
    path = Path(image.layers[0].blob.path)
    path.write_bytes(b"X" + path.read_bytes()[1:])
    with pytest.raises(ImageError, match=r"is damaged: .* has the digest sha256:"):
        push(image, "other/app:v1")
    assert "v1" not in registry.manifests["other/app"]


def test_a_manifest_that_comes_back_changed(
    registry: Any, push: Callable[..., Pushed], make_image: Any, faulty: Any
) -> None:
    registry.faults = [faulty.Fault("GET", "manifests", flip=True)]
    with pytest.raises(ImageError, match="gives another manifest"):
        push(make_image(b"x"))


def test_an_error_is_told_in_the_registrys_words(
    registry: Any, push: Callable[..., Pushed], make_image: Any, faulty: Any
) -> None:
    text = b'{"errors":[{"code":"DENIED","message":"requested access to the resource is denied"}]}'
    registry.faults = [faulty.Fault("POST", "uploads", status=403, text=text)] * 2
    with pytest.raises(Refused) as failure:
        push(make_image(b"x"), parallel=1)
    assert failure.value.message.endswith(
        "refuses POST /v2/group/app/blobs/uploads/: HTTP status 403 "
        "(DENIED: requested access to the resource is denied)"
    )
    assert failure.value.codes == ("DENIED",) and "podman login" in str(failure.value.hint)


# -- mounting ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mounting", [True, False])
def test_a_blob_of_another_repository(
    mounting: bool, registry: Any, push: Callable[..., Pushed], make_image: Any
) -> None:
    image = make_image(os.urandom(BIG))
    push(image, "base/image:v1")
    registry.mounting = mounting
    received = registry.received
    done = push(image, others=lambda digest: ["base/image", "group/app"])
    stored(registry, image)
    if mounting:
        assert set(done.blobs.values()) == {"mounted from base/image"}
        assert registry.received - received < 10_000
    else:
        assert set(done.blobs.values()) == {"uploaded"}
        assert registry.count("POST", "mount=.*base%2Fimage") == 2


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 500, 503])
def test_a_mount_that_is_refused_is_an_upload(
    status: int, registry: Any, push: Callable[..., Pushed], make_image: Any, faulty: Any, sleeps: Any
) -> None:
    image = make_image(os.urandom(BIG))
    push(image, "base/image:v1")
    headers = {"WWW-Authenticate": 'Basic realm="r"'} if status == 401 else {}
    registry.faults = [faulty.Fault("POST", "mount=", status=status, headers=headers) for _ in range(10)]
    recorder = Recorder()
    done = push(image, others=lambda digest: ["base/image"], observer=recorder, credentials=credentials.parse("u:p"))
    stored(registry, image)
    assert set(done.blobs.values()) == {"uploaded"} and sleeps.asked == []
    assert f"is not mounted from base/image: HTTP status {status}; uploading it" in recorder.messages[0]


# -- redirects ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [307, 308])
def test_the_beginning_of_an_upload_is_sent_on(
    status: int, registry: Any, push: Callable[..., Pushed], make_image: Any, faulty: Any
) -> None:
    image = make_image(b"x")
    headers = {"Location": "/v2/group/app/blobs/uploads/?elsewhere=1"}
    registry.faults = [faulty.Fault("POST", r"uploads/$", status=status, headers=headers) for _ in range(2)]
    push(image)
    stored(registry, image)
    assert registry.count("POST", "elsewhere=1") == 2


def test_credentials_do_not_follow_the_beginning_of_an_upload(
    registry: Any, push: Callable[..., Pushed], make_image: Any, faulty: Any
) -> None:
    registry.token_uses = 1000
    image = make_image(b"x")
    with faulty.FaultyRegistry() as other:
        other.uploads, other.blobs = registry.uploads, registry.blobs
        headers = {"Location": f"http://{other.host}/v2/group/app/blobs/uploads/"}
        registry.faults = [faulty.Fault("POST", r"uploads/$", status=307, headers=headers) for _ in range(2)]
        other.upload_host = other.host
        push(image)
        stored(registry, image)
        assert other.count("POST", "uploads") == 2
        assert [one.authorization for one in other.seen] == [None] * len(other.seen)


def test_an_identity_token_is_not_sent_on_to_another_host(
    registry: Any, push: Callable[..., Pushed], make_image: Any, faulty: Any
) -> None:
    registry.token_uses = 1000
    with faulty.FaultyRegistry() as other:
        headers = {"Location": f"http://{other.host}/token"}
        registry.faults = [faulty.Fault("POST", "/token", status=307, headers=headers)]
        with pytest.raises(ImageError, match="wants a token sent on to"):
            push(make_image(b"x"), credentials=credentials.Credentials("", "", "refresh"))
        assert other.token_requests == []


# -- what is asked before ----------------------------------------------------------------------------------------------


def test_the_permission_to_push_is_asked_for(
    registry: Any, make_image: Any, faulty: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    where = location.parse(f"docker://{registry.host}/group/app:v1")
    session = Session(where, Settings(), "pull,push")
    session.check_push()
    assert registry.count("POST", "uploads") == 1
    registry.faults = [faulty.Fault("POST", "uploads", status=405)]
    with pytest.raises(Refused) as failure:
        session.check_push()
    session.close()
    assert "read-only" in str(failure.value.hint)


def test_a_registry_that_takes_no_patch(
    registry: Any, push: Callable[..., Pushed], make_image: Any, faulty: Any
) -> None:
    image = make_image(os.urandom(BIG))
    registry.faults = [faulty.Fault("PATCH", "uploads", status=405) for _ in range(9)]
    push(image)
    stored(registry, image)


# -- authorisation -----------------------------------------------------------------------------------------------------


def test_an_anonymous_token_is_got_and_renewed(registry: Any, push: Callable[..., Pushed], make_image: Any) -> None:
    registry.token_uses = 3
    image = make_image(os.urandom(BIG), b"x", b"y")
    push(image, parallel=1)
    stored(registry, image)
    assert len(registry.token_requests) > 3
    first = registry.token_requests[0]
    assert first.authorization is None
    assert first.path == "/token?service=test+registry&scope=repository%3Agroup%2Fapp%3Apull%2Cpush"


def test_a_token_that_expires_for_many_threads_is_renewed(
    registry: Any, push: Callable[..., Pushed], make_image: Any
) -> None:
    registry.token_uses = 15
    image = make_image(*(os.urandom(1000) for _ in range(20)))
    push(image, parallel=6)
    stored(registry, image)
    assert 5 <= len(registry.token_requests) <= 40


def test_a_token_with_a_password(registry: Any, push: Callable[..., Pushed], make_image: Any) -> None:
    registry.token_uses = 1000
    registry.password = "Basic " + base64.b64encode(b"me:s3cret").decode()
    push(make_image(b"x"), credentials=credentials.parse("me:s3cret"))
    assert "account=me" in registry.token_requests[0].path
    assert not any("s3cret" in str(one) or registry.password == one.authorization for one in registry.seen)
    with pytest.raises(ImageError, match=r"no token from http://127.*HTTP status 401 \(UNAUTHORIZED"):
        push(make_image(b"y"), credentials=credentials.parse("me:wrong"))


def test_an_identity_token_is_posted(registry: Any, push: Callable[..., Pushed], make_image: Any) -> None:
    registry.token_uses = 1000
    push(make_image(b"x"), credentials=credentials.Credentials("", "", "refresh"))
    assert registry.token_requests[0].method == "POST"
    assert registry.token_requests[0].authorization is None


def test_basic_credentials_are_sent_when_asked_for(
    registry: Any, push: Callable[..., Pushed], make_image: Any, faulty: Any
) -> None:
    registry.faults = [faulty.Fault("HEAD", "manifests", status=401, headers={"WWW-Authenticate": 'Basic realm="x"'})]
    push(make_image(b"x"), credentials=credentials.parse("me:s3cret"))
    with_credentials = [one for one in registry.seen if one.authorization is not None]
    assert with_credentials[0].authorization == "Basic " + base64.b64encode(b"me:s3cret").decode()
    assert len(with_credentials) == len(registry.seen) - registry.count("GET", "/v2/$") - 1


def test_credentials_stay_with_their_host(
    registry: Any, push: Callable[..., Pushed], make_image: Any, faulty: Any
) -> None:
    """Uploads that are sent to another host go there without authorisation."""
    registry.token_uses = 1000
    image = make_image(os.urandom(BIG))
    with faulty.FaultyRegistry() as other:
        other.uploads, other.blobs = registry.uploads, registry.blobs
        registry.upload_host = other.upload_host = other.host
        push(image)
        stored(registry, image)
        assert other.count("PATCH", "uploads") == 1 and other.count("PUT", "uploads") == 2
        assert [one.authorization for one in other.seen] == [None] * len(other.seen)
        assert any(one.authorization for one in registry.seen)


def test_nothing_leads_from_https_to_http() -> None:
    with pytest.raises(ImageError, match=r"leads to 'http://elsewhere\.example/v2/x', which is not https"):
        Connection("registry.example").send(Request("GET", "http://elsewhere.example/v2/x?signature=secret"))


# -- interruption ------------------------------------------------------------------------------------------------------


def test_the_first_failure_ends_the_others(
    registry: Any, push: Callable[..., Pushed], make_image: Any, tmp_path: Path
) -> None:
    image = make_image(*(os.urandom(BIG) for _ in range(4)))
    gone = Layer(FileBlob("sha256:" + "0" * 64, 5, str(tmp_path / "gone")), "sha256:" + "0" * 64)
    broken = Image(image.config, (gone, *image.layers))
    with pytest.raises((ImageError, FileNotFoundError)):
        push(broken, parallel=2)
    assert registry.manifests["group/app"] == {}


def test_where_nothing_listens_there_is_no_waiting(make_image: Any, sleeps: Any) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{probe.getsockname()[1]}"
        where = location.parse(f"docker://{host}/app:v1")
        with pytest.raises(ImageError, match=f"the connection to {host} failed: Connection refused$") as failure:
            push_image(make_image(b"x"), where, Settings(authfile=None, patience=Patience(sleep=sleeps)))
    assert failure.value.hint == "nothing listens there; is the registry running?"
    assert sleeps.asked == []
