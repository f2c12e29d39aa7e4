"""dockerTools: arguments as people write them, archives as base images, commands, and the examples run in podman."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import shlex
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from lixeval import cli
from lixeval.oci import media_types
from lixeval.system.directories import EMBEDDED
from tests.support import real_nix
from tests.support.faulty_registry import FaultyRegistry

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "fixtures/examples"
HEAD = "{ pkgs ? import <nixpkgs> { } }: with pkgs.dockerTools; "

needs_host = pytest.mark.skipif(
    not os.path.exists("/var/lib/dpkg/status"), reason="the host's packages are not dpkg's, whose records are read"
)


class Result(NamedTuple):
    code: int
    stdout: str
    stderr: str


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    made = tmp_path_factory.mktemp("docker-tools")
    (made / "auth.json").write_text("{}")
    yield made
    for folder, _, _ in os.walk(made / "store"):
        os.chmod(folder, 0o755)


@pytest.fixture
def lixeval(
    folders: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Callable[..., Result]:
    for variable, name in (("LIXEVAL_STORE", "store"), ("XDG_CACHE_HOME", "cache"), ("XDG_DATA_HOME", "data")):
        monkeypatch.setenv(variable, str(folders / name))
    monkeypatch.setenv("REGISTRY_AUTH_FILE", str(folders / "auth.json"))
    monkeypatch.setenv("NIX_PATH", "")
    monkeypatch.chdir(tmp_path)

    def run(*words: str) -> Result:
        code = cli.main(list(words))
        sys.stdout.flush()
        result = Result(code, *capfd.readouterr())
        assert "Traceback" not in result.stderr
        return result

    return run


Run = Callable[..., Result]


UNWATCHED = f"""import {EMBEDDED}/build-support/docker-tools.nix {{
    inherit pkgs; inherit (pkgs) lib; hasPython = false;
  }}"""
"""dockerTools as it is on a machine that has no Python for packages, or whose kernel lets no calls be watched."""


def built(lixeval: Run, expression: str, output: str = "image.tar") -> dict[str, Any]:
    """What `inspect --json` tells of an image that was built and written."""
    Path("image.nix").write_text(HEAD + expression)
    result = lixeval("image.nix", "-o", output)
    assert result.code == 0, result.stderr
    assert lixeval("validate", output).code == 0
    found: dict[str, Any] = json.loads(lixeval("inspect", output, "--json").stdout)
    return found


def refused(lixeval: Run, expression: str) -> str:
    Path("image.nix").write_text(HEAD + expression)
    result = lixeval("image.nix", "-o", "image.tar")
    assert result.code != 0 and not os.path.exists("image.tar")
    return result.stderr


def entries(output: str = "image.tar") -> dict[str, tarfile.TarInfo]:
    """The files of all layers of an archive."""
    found = {}
    with tarfile.open(output) as tar:
        (docker,) = json.load(tar.extractfile("manifest.json"))  # type: ignore[arg-type]  # it is a file
        for name in docker["Layers"]:
            with tarfile.open(fileobj=tar.extractfile(name)) as layer:
                found.update({"/" + member.name.lstrip("/"): member for member in layer})
    return found


def test_an_image_of_files_needs_no_shell(lixeval: Run) -> None:
    found = built(
        lixeval,
        """buildImage {
             name = "Files"; tag = "v1"; uid = 7; gid = 8; created = "2024-01-02T03:04:05Z"; architecture = "arm64";
             copyToRoot = pkgs.writeTextDir "etc/note" "hi"; compressor = "zstd"; diskSize = 2048;
             config = { Cmd = [ "x" ]; Healthcheck.Test = [ "NONE" ]; Shell = [ "/bin/sh" ]; OnBuild = [ "RUN x" ]; };
           }""",
    )
    assert found["names"][0] == "docker.io/library/files:v1"
    assert (found["platform"], found["created"]) == ("linux/arm64", "2024-01-02T03:04:05Z")
    assert found["config"] == {
        "Cmd": ["x"],
        "Healthcheck": {"Test": ["NONE"]},
        "Shell": ["/bin/sh"],
        "OnBuild": ["RUN x"],
    }
    note = entries()["/etc/note"]
    assert (note.uid, note.gid, note.uname) == (7, 8, "")


def test_the_archive_as_a_derivation(lixeval: Run) -> None:
    Path("image.nix").write_text(
        HEAD + '(streamLayeredImage { name = "A/b"; tag = "v1"; contents = pkgs.writeTextDir "x" "y"; }).tarball'
    )
    result = lixeval("image.nix", "-o", "link")
    assert result.code == 0 and result.stdout.endswith("-docker-image-b.tar\n")
    found = json.loads(lixeval("inspect", "link", "--json").stdout)
    assert found["names"][0] == "docker.io/a/b:v1" and lixeval("validate", "link").code == 0


def test_layers_without_the_store_paths(lixeval: Run) -> None:
    expression = """buildLayeredImage {{
        name = "thin"; {} contents = [ (pkgs.writeTextDir "note" "see ${{pkgs.writeText "other" "x"}}") ]; }}"""
    thin = built(lixeval, expression.format("includeStorePaths = false;"))
    assert [group["name"] for layer in thin["layers"] for group in layer["groups"]] == [
        thin["layers"][0]["groups"][0]["name"]
    ]
    assert not any(place.endswith("-other") for place in entries())
    built(lixeval, expression.format(""))
    assert any(place.endswith("-other") for place in entries())


def test_now_is_what_source_date_epoch_says(lixeval: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")
    expression = 'buildLayeredImage { name = "dated"; created = "now"; contents = pkgs.writeTextDir "a" "b"; }'
    assert built(lixeval, expression)["created"] == "1970-01-02T00:00:00Z"
    monkeypatch.delenv("SOURCE_DATE_EPOCH")
    assert built(lixeval, expression)["created"] > "2024"


def test_what_cannot_be_done_is_said(lixeval: Run) -> None:
    assert "needs a virtual machine" in refused(lixeval, 'buildImage { name = "x"; fromImage = ./a; runAsRoot = "y"; }')
    assert "no compressor 'lzma'" in refused(lixeval, 'buildImage { name = "x"; compressor = "lzma"; }')
    assert "both contents and copyToRoot" in refused(
        lixeval, 'buildImage { name = "x"; contents = [ ]; copyToRoot = [ ]; }'
    )
    assert "called with unexpected argument 'foo'" in refused(lixeval, 'buildImage { name = "x"; foo = 1; }')
    assert "layeringPipeline" in refused(lixeval, 'streamLayeredImage { name = "x"; layeringPipeline = [ ]; }')


# -- base images -------------------------------------------------------------------------------------------------------


def docker_archive(path: str, *, lie: bool = False) -> None:
    """What `docker save` writes: a layer, a config with more than the specification knows, a name."""
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w") as layer:
        info = tarfile.TarInfo("etc/base")
        info.size = 4
        layer.addfile(info, io.BytesIO(b"base"))
    data = tar.getvalue()
    config = json.dumps(
        {
            "architecture": "amd64",
            "os": "linux",
            "config": {"Env": ["A=1", "B=2"], "Cmd": ["base"], "Labels": {"of": "base"}, "OnBuild": ["RUN x"]},
            "rootfs": {"type": "layers", "diff_ids": ["sha256:" + hashlib.sha256(data + b"!" * lie).hexdigest()]},
            "history": [{"created_by": "ADD base"}, {"created_by": "ENV A=1", "empty_layer": True}],
        }
    ).encode()
    documents = {
        "l/layer.tar": data,
        "c.json": config,
        "manifest.json": json.dumps([{"Config": "c.json", "Layers": ["l/layer.tar"], "RepoTags": ["base:1"]}]).encode(),
    }
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w") as archive:
        for name, content in documents.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    Path(path).write_bytes(gzip.compress(plain.getvalue()) if path.endswith(".gz") else plain.getvalue())


ON_TOP = """buildImage {{
    name = "top"; tag = "v1"; fromImage = ./{}; copyToRoot = pkgs.writeTextDir "etc/top" "top";
    config = {{ Env = [ "B=3" "C=4" ]; Labels.more = "yes"; }};
}}"""


@pytest.mark.parametrize("name", ["base.tar", "base.tar.gz"])
def test_an_archive_as_a_base(lixeval: Run, name: str) -> None:
    docker_archive(name)
    found = built(lixeval, ON_TOP.format(name))
    assert found["config"] == {
        "Env": ["A=1", "B=3", "C=4"],
        "Cmd": ["base"],
        "Labels": {"of": "base", "more": "yes"},
    }
    assert [layer["created_by"] for layer in found["layers"]] == ["ADD base", "nix2container"]
    assert {"/etc/base", "/etc/top"} <= entries().keys()


def test_the_history_tells_what_is_in_a_layer(lixeval: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a machine whose store knows nothing of the image."""
    built(
        lixeval,
        """buildLayeredImage { name = "told"; maxLayers = 2; config.Cmd = [ "${pkgs.writeText "one" ""}" ];
             contents = [ (pkgs.writeTextDir "etc/two" "${pkgs.writeText "three" "3"}") ]; }""",
    )
    monkeypatch.setenv("LIXEVAL_STORE", str(tmp_path / "empty"))
    found = json.loads(lixeval("inspect", "image.tar", "--json").stdout)
    groups = {group["name"][44:]: group["because"] for layer in found["layers"] for group in layer["groups"]}
    assert groups == {
        "one": "told by the image's history",
        "three": "told by the image's history",
        "two": "told by the image's history",
        "told-contents": "copied to /",
    }


def test_a_layout_as_a_base(lixeval: Run) -> None:
    built(lixeval, 'buildImage { name = "below"; config.Env = [ "A=1" ]; copyToRoot = pkgs.writeTextDir "below" "x"; }')
    assert lixeval("image.nix", "--to", "oci:base").code == 0
    found = built(lixeval, ON_TOP.format("base"))
    assert found["config"]["Env"] == ["A=1", "B=3", "C=4"] and "/below" in entries()


def test_archives_that_are_none_as_a_base(lixeval: Run) -> None:
    Path("text").write_text("no archive")
    assert "not a tar" in refused(lixeval, ON_TOP.format("text"))
    docker_archive("lying.tar", lie=True)
    assert "should be the tar" in refused(lixeval, ON_TOP.format("lying.tar"))


@pytest.fixture
def registry() -> Iterator[Any]:
    with FaultyRegistry() as running:
        yield running


def test_a_pulled_archive_is_skopeos(lixeval: Run, registry: Any) -> None:
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w") as layer:
        layer.addfile(tarfile.TarInfo("empty"))
    data = tar.getvalue()
    packed = gzip.compress(data, mtime=0)

    def digest(content: bytes) -> str:
        return "sha256:" + hashlib.sha256(content).hexdigest()

    config = json.dumps(
        {"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": [digest(data)]}}
    ).encode()
    manifest = json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": media_types.DOCKER_MANIFEST,
            "config": {
                "mediaType": "application/vnd.docker.container.image.v1+json",
                "digest": digest(config),
                "size": len(config),
            },
            "layers": [
                {
                    "mediaType": "application/vnd.docker.image.rootfs.diff.tar.gzip",
                    "digest": digest(packed),
                    "size": len(packed),
                }
            ],
        }
    ).encode()
    registry.blobs["group/base"] = {digest(config): config, digest(packed): packed}
    registry.manifests["group/base"] = {digest(manifest): (manifest, media_types.DOCKER_MANIFEST)}
    # As `skopeo copy dir:… docker-archive:FILE:group/base:v1` writes it.
    wanted = "sha256-QafNxUh5aFAtnb/2c7IhmUftSrNKtYjPzJvseuIJY+8="
    pull = f"""pullImage {{
        imageName = "{registry.host}/group/base"; imageDigest = "{digest(manifest)}"; tlsVerify = false; arch = "amd64";
        finalImageName = "group/base"; finalImageTag = "v1"; hash = "{wanted}"; }}"""
    found = built(lixeval, f'buildImage {{ name = "top"; architecture = "amd64"; fromImage = {pull}; }}')
    assert found["layers"][0]["diff_id"] == digest(data)


# -- commands and the examples -----------------------------------------------------------------------------------------


@needs_host
@pytest.mark.parametrize("tools", ["pkgs.dockerTools", f"({UNWATCHED})"])
def test_commands_make_files_and_owners(lixeval: Run, tools: str) -> None:
    built(
        lixeval,
        tools
        + """.buildLayeredImage {
             name = "made"; uid = 5; contents = [ (pkgs.writeTextDir "etc/passwd" "app:x:1000:100::/:/bin/sh\\n") ];
             extraCommands = "mkdir -m 1777 tmp; echo hi > 'a file'; ln -s tmp link";
             fakeRootCommands = ''
               mkdir -p data/deep && touch data/deep/x
               chown -R app: data
               chown 33 data/deep/x
               chgrp 44 'a file'
               install -d -o app -g 77 -m 0700 private
               find data -name x -exec chown :88 {} +
               mkdir -p like/deep && touch like/deep/x both group && ln -s ../data/deep/x like/link
               chown -R --reference=data like
               chown --reference like/link both
               chgrp --reference=private group
             '';
           }""",
    )
    found = entries()

    def facts(place: str) -> tuple[str, int, int]:
        return oct(found[place].mode), found[place].uid, found[place].gid

    assert facts("/tmp") == ("0o1777", 5, 0)
    assert facts("/a file")[1:] == (5, 44)
    assert facts("/data") == ("0o755", 1000, 100)
    assert facts("/data/deep/x")[1:] == (33, 88)
    assert facts("/private") == ("0o700", 1000, 77)
    assert {facts(place)[1:] for place in ("/like", "/like/deep", "/like/deep/x")} == {(1000, 100)}
    assert facts("/both")[1:] == (33, 88) and facts("/group")[2] == 77
    assert found["/link"].linkname == "tmp"
    assert facts("/nix")[1:] == (5, 0)


@needs_host
def test_commands_that_fail_say_why(lixeval: Run) -> None:
    layered = 'buildLayeredImage {{ name = "x"; {} }}'
    assert "'nobody' is not in /etc/passwd of the image" in refused(
        lixeval, layered.format('fakeRootCommands = "mkdir a; chown nobody a";')
    )
    assert "cannot access 'nothing'" in refused(lixeval, layered.format('fakeRootCommands = "chown 1000 nothing";'))


OUTPUT = {
    "basic": ("basic:latest", "hello from bash\n"),
    "layered": ("greeter:v1", "I am 1000, pleased to meet you\nand may write\n"),
    "from-image": ("on-top:v1", "blue small\non top of it\n"),
    "run-as-root": ("accounts:v1", "keeper\nkeeper:keeper\n"),
    "stream": ("stream:latest", "LANG=C\n"),
}


class Podman:
    """podman with storage and a cgroup mount of its own, as containers inside containers need them."""

    def __init__(self) -> None:
        self.here = tempfile.mkdtemp(prefix="podman")  # podman's limit for this path is 50 characters
        self.driver = "overlay"
        if self("info").returncode:
            # A file system that cannot be laid over another one: every layer is then a copy of all below it.
            self.driver = "vfs"

    def __call__(self, *words: str) -> subprocess.CompletedProcess[str]:
        storage = ["--root", f"{self.here}/store", "--runroot", f"{self.here}/run", "--storage-driver", self.driver]
        script = (
            "umount -R /sys/fs/cgroup 2>/dev/null || umount -l /sys/fs/cgroup 2>/dev/null; "
            "mount -t cgroup2 none /sys/fs/cgroup 2>/dev/null || mount -t tmpfs none /sys/fs/cgroup; "
            'exec podman "$@"'
        )
        command = ["unshare", "-m", "bash", "-c", script, "podman", *storage, "--cgroup-manager=cgroupfs", *words]
        return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def podman() -> Iterator[Podman]:
    if shutil.which("podman") is None or os.geteuid() != 0:
        pytest.skip("podman is not installed, or this is not root")
    made = Podman()
    try:
        tried = made("info")
        if tried.returncode:
            pytest.skip(f"podman does not work on this machine: {tried.stderr}")
        yield made
    finally:
        shutil.rmtree(made.here, ignore_errors=True)


@needs_host
@pytest.mark.parametrize("name", OUTPUT)
def test_the_examples_run(lixeval: Run, podman: Podman, name: str) -> None:
    image, wanted = OUTPUT[name]
    result = lixeval(str(EXAMPLES / f"dockertools-{name}.nix"), "-o", "image.tar")
    if name == "run-as-root" and result.code and "user namespaces" in result.stderr:
        pytest.skip("this machine allows no user namespaces in the sandbox")
    assert result.code == 0, result.stderr
    loaded = podman("load", "-q", "-i", "image.tar")
    assert loaded.returncode == 0, loaded.stderr
    limits = ["--network=none", "--cgroups=disabled", "--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1000:1000"]
    ran = podman("run", "--rm", *limits, f"docker.io/library/{image}")
    assert ran.returncode == 0, ran.stderr
    assert wanted in ran.stdout


# -- what buildImage takes beyond nix2container's ----------------------------------------------------------------------


TWO_ROOTS = """let
    one = pkgs.runCommand "one" {{ }} "mkdir -p $out/tmp/a";
    two = pkgs.runCommand "two" {{ }} "mkdir -p $out/tmp/b";
    perm = path: mode: {{ inherit path mode; regex = "/tmp$"; }};
  in pkgs.nix2container.buildImage {{ name = "two"; copyToRoot = [ one two ]; {} }}"""


@needs_host
def test_a_folder_that_two_paths_bring(lixeval: Run) -> None:
    built(lixeval, TWO_ROOTS.format('perms = [ (perm one "1777") ];'))
    assert entries()["/tmp"].mode == 0o1777 and {"/tmp/a", "/tmp/b"} <= entries().keys()
    os.unlink("image.tar")
    refusal = refused(lixeval, TWO_ROOTS.format('mergeFolders = false; perms = [ (perm one "1777") ];'))
    assert "already exists in the tar with perms" in refusal and "both bring it" in refusal
    assert "-one'" in refusal and "-two'" in refusal
    refusal = refused(lixeval, TWO_ROOTS.format('perms = [ (perm one "1777") (perm two "0700") ];'))
    for words in ("the folder '/tmp' is given mode", "mode 1777", "mode 0700", "-one'", "-two'"):
        assert words in refusal
    built(
        lixeval,
        TWO_ROOTS.format('perms = [ (perm one "1777") (perm two "1777") ]; attributes."/tmp".mode = "0700";'),
    )
    assert entries()["/tmp"].mode == 0o700


def test_attributes_and_annotations(lixeval: Run) -> None:
    built(
        lixeval,
        """pkgs.nix2container.buildImage {
             name = "x"; copyToRoot = pkgs.writeTextDir "bin/x" "x"; annotations."org.example.note" = "here";
             attributes."/bin/x" = { capabilities = "cap_chown=ep"; mode = "0711"; };
             attributes."/" = { gid = 9; recursive = true; };
           }""",
    )
    found = entries()
    assert (found["/bin/x"].mode, found["/bin/x"].gid, found["/bin"].gid) == (0o711, 9, 9)
    assert "SCHILY.xattr.security.capability" in found["/bin/x"].pax_headers
    with tarfile.open("image.tar") as tar:
        index = json.load(tar.extractfile("index.json"))  # type: ignore[arg-type]  # it is a file
        name = "blobs/sha256/" + index["manifests"][0]["digest"][7:]
        manifest = json.load(tar.extractfile(name))  # type: ignore[arg-type]
    assert manifest["annotations"] == {"org.example.note": "here"}
    Path("image.tar").unlink()
    wrong = 'pkgs.nix2container.buildImage { name = "x"; copyToRoot = pkgs.writeTextDir "a" "b"; attributes.a = { }; }'
    assert "does not start with /" in refused(lixeval, wrong)
    missed = wrong.replace("attributes.a", 'attributes."/b"')
    assert "attributes are given to '/b', and the layer has no such file" in refused(lixeval, missed)


def test_a_chain_of_layers_does_not_grow(lixeval: Run) -> None:
    """Of 24 layers in a chain the last one would name 8 million in nestedLayers."""
    found = built(
        lixeval,
        """let
             chain = builtins.foldl' (layers: number: layers ++ [
               (pkgs.nix2container.buildLayer { inherit layers; deps = [ (pkgs.writeText "n${toString number}" "") ]; })
             ]) [ ] (pkgs.lib.range 1 24);
           in pkgs.nix2container.buildImage { name = "chain"; layers = [ (pkgs.lib.last chain) ]; }""",
    )
    assert len(found["layers"]) == 24


@needs_host
def test_the_root_as_root(lixeval: Run) -> None:
    Path("image.nix").write_text(
        HEAD
        + """buildLayeredImage {
             name = "chrooted"; contents = [ (pkgs.writeTextDir "etc/passwd" "app:x:1000:100::/:/bin/sh\\n") ];
             enableFakechroot = true;
             fakeRootCommands = "mkdir -p /home/app /tmp; chown app:100 /home/app; chmod 1777 /tmp; ls -d /nix > /seen";
           }"""
    )
    result = lixeval("image.nix", "-o", "image.tar")
    if result.code and "user namespaces" in result.stderr:
        pytest.skip("this machine allows no user namespaces in the sandbox")
    assert result.code == 0, result.stderr
    found = entries()
    assert (found["/home/app"].uid, found["/home/app"].gid, found["/tmp"].mode) == (1000, 100, 0o1777)
    assert found["/seen"].size == len("/nix\n")
    assert not {"/dev", "/proc", "/.lixeval"} & found.keys()


@needs_host
@pytest.mark.parametrize("tools", ["pkgs.dockerTools", f"({UNWATCHED})"])
def test_install_and_links(lixeval: Run, tools: str) -> None:
    built(
        lixeval,
        tools
        + """.buildLayeredImage {
             name = "installed"; contents = [ (pkgs.writeTextDir "etc/group" "staff:x:50:\\n") ];
             fakeRootCommands = ''
               echo x > x; echo y > y
               install -D -m 0640 -o 7 -g staff x srv/one
               mkdir many; install -o 8 x y many
               install --group=9 -t many x
               ln -s srv/one link; chown 11 link; chown -h 12 link
               mkdir deep; ln -s /nowhere deep/broken; chown -R 13:14 deep
             '';
           }""",
    )
    found = entries()

    def owner(place: str) -> tuple[int, int]:
        return found[place].uid, found[place].gid

    assert (oct(found["/srv/one"].mode), owner("/srv/one")) == ("0o640", (11, 50))
    # install -t writes a new file in the place of the one that was given to 8
    assert owner("/many/y") == (8, 0) and owner("/many/x")[1] == 9
    assert owner("/link") == (12, 0) and owner("/deep/broken") == (13, 14) and owner("/deep") == (13, 14)


WATCHED = """buildLayeredImage {
  name = "watched"; contents = [ (pkgs.writeTextDir "etc/passwd" "app:x:1000:100::/:/bin/sh\\n") ];
  fakeRootCommands = ''
    [ "$(id -u)" = 0 ]
    mkdir data; touch data/x by-reference by-python
    ${pkgs.coreutils}/bin/chown 12:34 data/x
    [ "$(stat -c %u:%g data/x by-python | tr '\\n' ' ')" = "12:34 0:0 " ]
    chown --reference=data/x by-reference
    cp -a data/x data/copy
    ln data/x hard
    mv data moved
    mknod null c 1 3; mknod -m 600 loop b 7 0; mkfifo pipe
    ${pkgs.python3}/bin/python3 -c "
    import os
    os.chown('by-python', 77, -1)
    os.setxattr('by-python', 'security.capability', bytes.fromhex('0100000200040000000000000000000000000000'))
    assert os.stat('by-python').st_uid == 77 and len(os.getxattr('by-python', 'security.capability')) == 20
    assert os.stat('null').st_rdev == os.makedev(1, 3)
    "
    touch gone; chown 9 gone; rm gone; touch new
    tar --numeric-owner -cf archive.tar moved; mkdir unpacked; tar -xf archive.tar -C unpacked; rm archive.tar
    chown app: moved
  '';
}"""


def watched_or_skipped(lixeval: Run, expression: str) -> None:
    Path("image.nix").write_text(HEAD + expression)
    result = lixeval("image.nix", "-o", "image.tar")
    if result.code and ("cannot be watched" in result.stderr or "user namespaces" in result.stderr):
        pytest.skip(f"not on this machine: {result.stderr}")
    assert result.code == 0, result.stderr
    assert lixeval("validate", "image.tar").code == 0


@needs_host
def test_owners_and_devices_whatever_program_sets_them(lixeval: Run) -> None:
    watched_or_skipped(lixeval, WATCHED)
    found = entries()

    def owner(place: str) -> tuple[int, int]:
        return found[place].uid, found[place].gid

    assert owner("/moved") == (1000, 100)
    for place in ("/moved/x", "/moved/copy", "/hard", "/by-reference", "/unpacked/moved/x"):
        assert owner(place) == (12, 34), place
    assert owner("/new") == (0, 0) and owner("/by-python") == (77, 0)
    assert len(found["/by-python"].pax_headers["SCHILY.xattr.security.capability"]) == 20
    null, loop = found["/null"], found["/loop"]
    assert null.ischr() and (null.devmajor, null.devminor) == (1, 3)
    assert loop.isblk() and (loop.devmajor, loop.devminor, loop.mode) == (7, 0, 0o600)
    assert found["/pipe"].isfifo()


@needs_host
def test_run_as_root_with_full_paths(lixeval: Run) -> None:
    watched_or_skipped(
        lixeval,
        """buildImage {
             name = "rooted"; tag = "1";
             runAsRoot = ''
               export PATH=${pkgs.coreutils}/bin
               mkdir -p /etc /home/app; echo "app:x:1000:100::/:/bin/sh" > /etc/passwd
               ${pkgs.coreutils}/bin/chown -R app:100 /home/app
               ${pkgs.coreutils}/bin/mknod /zero c 1 5
               [ "$(stat -c %u:%g /home/app)" = 1000:100 ]
             '';
           }""",
    )
    found = entries()
    assert (found["/home/app"].uid, found["/home/app"].gid) == (1000, 100)
    assert found["/zero"].ischr() and found["/zero"].devminor == 5


@needs_host
@pytest.mark.parametrize("name", ["basic", "layered", "from-image", "stream"])
def test_real_nix_makes_the_same_derivations(lixeval: Run, tmp_path: Path, name: str) -> None:
    real = real_nix.command("nix-instantiate")
    file = str(EXAMPLES / f"dockertools-{name}.nix")
    ours = lixeval("--instantiate", file)
    assert ours.code == 0, ours.stderr
    arguments = shlex.split(lixeval("embedded", "--nix").stdout)
    store = ["--store", str(tmp_path / "real-store")]
    done = subprocess.run([*real, *store, file, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split()[-1] == ours.stdout.split()[-1]


LINK = 'let real = pkgs.writeTextDir "dir/real" "contents"; link = pkgs.runCommand "link" { } "ln -s ${real} $out"; in '


@needs_host
def test_roots_that_are_links_to_folders(lixeval: Run) -> None:
    built(lixeval, LINK + 'buildImage { name = "i"; tag = "1"; copyToRoot = [ link ]; }')
    assert entries()["/dir/real"].isfile()
    built(lixeval, LINK + 'buildLayeredImage { name = "l"; tag = "1"; contents = [ link ]; }')
    assert entries()["/dir/real"].issym()


@needs_host
def test_links_to_folders_become_folders(lixeval: Run) -> None:
    image = """let folder = pkgs.runCommand "folder" {{ }} "mkdir $out; ln -s ${{pkgs.writeTextDir "f" "x"}} $out/bin";
        in
        buildImage {{ name = "i"; tag = "1"; copyToRoot = [ folder (pkgs.writeTextDir "{}/g" "y") ]; {} }}"""
    built(lixeval, image.format("bin", ""))
    assert entries()["/bin"].isdir() and {"/bin/f", "/bin/g"} <= entries().keys()
    built(lixeval, image.format("other", "keepContentsDirlinks = true;"))
    assert entries()["/bin"].issym()


def test_several_images_in_one_archive(lixeval: Run) -> None:
    Path("image.nix").write_text(
        HEAD
        + """mergeImages [
               (buildImage { name = "a"; tag = "1"; copyToRoot = pkgs.writeTextDir "a" "1"; })
               (buildLayeredImage { name = "b"; tag = "2"; contents = pkgs.writeTextDir "b" "2"; })
             ]"""
    )
    assert lixeval("image.nix", "-o", "merged").code == 0
    with tarfile.open("merged") as tar:
        docker = json.load(tar.extractfile("manifest.json"))  # type: ignore[arg-type]  # it is a file
    assert [image["RepoTags"] for image in docker] == [["docker.io/library/a:1"], ["docker.io/library/b:2"]]


def test_an_image_as_one_tar(lixeval: Run) -> None:
    Path("image.nix").write_text(
        HEAD
        + """exportImage {
               fromImage = buildImage {
                 name = "upper"; tag = "1"; copyToRoot = pkgs.writeTextDir "a/b" "upper";
                 fromImage = buildImage {
                   name = "lower"; tag = "1"; uid = 5; gid = 6;
                   copyToRoot = [ (pkgs.writeTextDir "a/b" "lower") (pkgs.writeTextDir "c" "lower") ];
                 };
               };
             }"""
    )
    assert lixeval("image.nix", "-o", "exported").code == 0
    with tarfile.open("exported") as tar:
        assert tar.getnames() == [".", "./a", "./a/b", "./c"]
        assert tar.extractfile("./a/b").read() == b"upper"  # type: ignore[union-attr]  # it is a file
        assert (tar.getmember("./c").uid, tar.getmember("./c").gid) == (5, 6)


@needs_host
def test_the_environment_of_a_derivation_as_an_image(lixeval: Run) -> None:
    found = built(
        lixeval,
        """buildNixShellImage {
             drv = pkgs.runCommand "foo" { word = "bar"; } "echo $word > $out"; tag = "1"; run = "buildDerivation";
           }""",
    )
    assert found["names"][0] == "docker.io/library/foo-env:1"
    assert {"word=bar", "name=foo", "HOME=/build"} <= set(found["config"]["Env"])
    assert found["config"]["User"] == "1000:1000" and found["config"]["WorkingDir"] == "/build"
    assert (entries()["/build"].uid, entries()["/nix/store"].uid) == (1000, 1000)
