"""inspect, validate and diff of images through the command: tables, JSON, the page, exit codes, hostile names."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from lixeval.formats.sizes import size

IMAGE = """
{ pkgs ? import <nixpkgs> { }, nix2container, name ? "greeting", tag ? "v1", text ? "hi" }:
let
  note = pkgs.writeText "note" "a note";
  reader = pkgs.writeText "reader" "${note}";
  other = pkgs.writeText "other" "${note} too";
in
nix2container.buildImage {
  inherit name tag;
  layers = [ (nix2container.buildLayer { deps = [ reader other ]; maxLayers = 2; }) ];
  copyToRoot = [ (pkgs.writeTextDir "etc/greeting" text) ];
  config = { Env = [ "A=1" "TEXT=${text}" ]; Cmd = [ "sh" ]; };
}
"""


Run = Callable[..., Any]


@pytest.fixture
def lixeval(lixeval: Run) -> Run:
    """The command, in a folder with an image file."""
    Path("image.nix").write_text(IMAGE)
    return lixeval


def inspected(lixeval: Run, *words: str) -> dict[str, Any]:
    result = lixeval("inspect", *words, "--json")
    assert result.code == 0, result.stderr
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def reasons(found: dict[str, Any]) -> dict[str, str]:
    """The paths of an image by their names, and why each is there."""
    return {
        re.sub(r"^/nix/store/[0-9a-z]{32}-", "", group["name"]): f"{group['why']}: {group['because']}"
        for layer in found["layers"]
        for group in layer["groups"]
    }


WHY = {
    "note": "popular: needed by 2 others",
    "reader": "explicit: named in deps",
    "other": "explicit: named in deps",
    "greeting": "explicit: copied to /",
}


def test_what_is_in_an_image_and_why(lixeval: Run) -> None:
    for word in ("image.nix", "archive.tar", "oci:layout", "dir:folder", "docker-archive:docker.tar"):
        if word == "archive.tar":
            to = ["oci:layout", "dir:folder", "docker-archive:docker.tar"]
            assert lixeval("image.nix", "-o", "archive.tar", *(one for name in to for one in ("--to", name))).code == 0
        found = inspected(lixeval, word)
        assert reasons(found) == WHY
        assert [len(layer["groups"]) for layer in found["layers"]] == [1, 2, 1]
        assert found["config"]["Env"] == ["A=1", "TEXT=hi"]
        assert found["size"] == sum(layer["size"] for layer in found["layers"])
        assert sum(layer["share"] for layer in found["layers"]) == pytest.approx(1)
        assert found["biggest_files"][0]["path"].startswith("/nix/store/")


def test_why_one_path_is_there(lixeval: Run) -> None:
    result = lixeval("inspect", "image.nix", "--why", "note", "--json")
    assert result.code == 0, result.stderr
    (found,) = json.loads(result.stdout)
    assert [path[44:] for path in found["way"]] in (["reader", "note"], ["other", "note"])
    assert found["named"] == "named in deps"
    assert [layer["why"] for layer in found["layers"]] == ["popular"]
    told = lixeval("inspect", "image.nix", "--why", found["path"] + "/bin").stdout.splitlines()
    assert told[0] == found["path"]
    assert told[-1] == f"  └ needs {found['path']}"
    missing = lixeval("inspect", "image.nix", "--why", "nowhere")
    assert missing.code == 1
    assert "no store path in the image is called 'nowhere'" in missing.stderr


def test_the_tables_tell_the_same(lixeval: Run) -> None:
    lixeval("image.nix", "-o", "a.tar")
    text = lixeval("inspect", "a.tar").stdout
    for words in ("docker.io/library/greeting:v1", "popular: needed by 2 others", "copied to /", "TEXT=hi", "3 layers"):
        assert words in text
    assert not re.search(r" $", text, re.MULTILINE)


@pytest.mark.parametrize("width", [60, 80, 200])
def test_a_narrow_terminal_loses_nothing(lixeval: Run, monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    found = inspected(lixeval, "image.nix")
    out = io.StringIO()
    console = Console(file=out, width=width, no_color=True, highlight=False)
    monkeypatch.setattr("lixeval.cli.commands.inspect.console_for_results", lambda: console)
    assert lixeval("inspect", "image.nix", "--paths").code == 0
    lines = out.getvalue().splitlines()
    assert max(map(len, lines)) <= width
    text = " ".join(" ".join(lines).split())
    assert "…" not in text
    for layer in found["layers"]:
        assert size(layer["size"]) in text
        assert (layer["digest"] or layer["diff_id"])[7:19] in text
        assert f"{layer['share'] * 100:.1f} %" in text
        for group in layer["groups"]:
            assert size(group["size"]) in text
            assert group["name"].removeprefix("/nix/store/")[33:][:14] in text
    if width >= 80:
        assert found["image_id"] in text


def test_what_one_who_has_another_image_need_not_get(lixeval: Run) -> None:
    lixeval("image.nix", "-o", "a.tar")
    lixeval("image.nix", "--arg", "text", "ho", "-o", "b.tar")
    found = inspected(lixeval, "b.tar", "--against", "a.tar")
    assert found["reuse"]["layers"] == [0, 1]
    sizes = [layer["tar_size"] for layer in found["layers"]]
    assert (found["reuse"]["bytes"], found["reuse"]["new_bytes"]) == (sizes[0] + sizes[1], sizes[2])
    assert "must get" in lixeval("inspect", "b.tar", "--against", "a.tar").stdout


def test_the_page_is_one_file_and_loads_nothing(lixeval: Run) -> None:
    lixeval("image.nix", "-o", "a.tar")
    assert lixeval("inspect", "a.tar", "--html", "page.html").stdout == "page.html\n"
    text = Path("page.html").read_text()
    assert "default-src 'none'" in text and not re.search(
        r"(?:src|href)=|url\(|@import|https?://(?!www\.w3\.org)", text
    )
    match = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)
    assert match is not None
    data = json.loads(match.group(1))
    assert [len(layer["groups"]) for layer in data["layers"]] == [1, 2, 1]
    assert data["layers"][2]["groups"][0]["list"] == [["/etc/greeting", 2]]
    assert lixeval("inspect", "a.tar", "--html", "page.html").code == 0
    refused = lixeval("inspect", "a.tar", "--html", "image.nix")
    assert refused.code == 1 and "no HTML page" in refused.stderr


def hostile_archive(name: str) -> None:
    """An archive whose names would steer a terminal and break out of a page."""
    evil = "[/bold][red][link=file:///x]</script><script>alert(1)</script>\x1b]0;owned\x07\u202e"
    layer = io.BytesIO()
    with tarfile.open(fileobj=layer, mode="w") as tar:
        info = tarfile.TarInfo("nix/store/" + "a" * 32 + "-" + evil.replace("/", "_"))
        info.size = 3
        tar.addfile(info, io.BytesIO(b"abc"))
        tar.addfile(tarfile.TarInfo("../../../tmp/escape"))
    data = layer.getvalue()
    config = json.dumps(
        {
            "architecture": evil,
            "os": "linux",
            "created": evil,
            "config": {evil: [evil], "Env": [evil + "=1"], "Labels": {evil: evil}},
            "rootfs": {"type": "layers", "diff_ids": ["sha256:" + hashlib.sha256(data).hexdigest()]},
            "history": [{"created_by": evil, "comment": "store paths: ['" + evil + "'"}],
        }
    ).encode()
    manifest = json.dumps([{"Config": "c.json", "Layers": ["l.tar"], "RepoTags": [evil]}]).encode()
    with tarfile.open(name, "w") as tar:
        for member, content in (("manifest.json", manifest), ("c.json", config), ("l.tar", data)):
            info = tarfile.TarInfo(member)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))


def test_names_in_an_image_steer_nothing(lixeval: Run) -> None:
    hostile_archive("evil.tar")
    lixeval("image.nix", "-o", "fine.tar")
    looks = (
        ["inspect", "evil.tar"],
        ["inspect", "evil.tar", "--paths", "--against", "fine.tar"],
        ["validate", "evil.tar"],
        ["diff", "evil.tar", "evil.tar"],
        ["diff", "fine.tar", "evil.tar", "--files"],
        ["diff", "evil.tar", "fine.tar", "--files"],
    )
    for words in looks:
        shown = lixeval(*words)
        assert "[/bold][red]" in shown.stdout or (words[-1] == "evil.tar" and words[1] == "evil.tar")
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f\u202e]", shown.stdout + shown.stderr), words
    with tarfile.open("twice.tar", "w") as tar:
        manifest = json.dumps([{"Config": "a", "RepoTags": ["\x1b]0;x\x07"]}] * 2).encode()
        info = tarfile.TarInfo("manifest.json")
        info.size = len(manifest)
        tar.addfile(info, io.BytesIO(manifest))
    refused = lixeval("inspect", "twice.tar").stderr
    assert "holds 2 images" in refused and "\\x1b]0;x" in refused and "\x1b" not in refused
    lixeval("inspect", "evil.tar", "--html", "page.html")
    text = Path("page.html").read_text()
    assert text.count("<script") == 2 and "<script>alert" not in text
    assert not os.path.exists("/tmp/escape")


def test_validation(lixeval: Run) -> None:
    lixeval("image.nix", "--to", "oci:layout", "-o", "a.tar")
    sound = lixeval("validate", "oci:layout", "a.tar", "image.nix")
    assert sound.code == 0 and sound.stdout.count("sound") == 3
    blob = max(Path("layout/blobs/sha256").iterdir(), key=lambda path: path.stat().st_size)
    blob.write_bytes(blob.read_bytes()[:-1] + b"x")
    result = lixeval("validate", "layout")
    assert result.code == 1 and "not sound" in result.stdout and "has the digest sha256:" in result.stdout
    (report,) = json.loads(lixeval("validate", "layout", "--json").stdout)
    assert report["sound"] is False and report["faults"][0]["part"].endswith(blob.name)
    (Path("layout/blobs/sha256") / ("0" * 64)).touch()
    blob.unlink()
    assert "cannot be had" in lixeval("validate", "layout").stdout
    hostile_archive("evil.tar")
    assert lixeval("validate", "evil.tar").code == 1


def test_two_images_compared(lixeval: Run) -> None:
    lixeval("image.nix", "-o", "a.tar")
    lixeval("image.nix", "--arg", "text", "longer", "-o", "b.tar")
    assert lixeval("diff", "a.tar", "a.tar").code == 0
    result = lixeval("diff", "a.tar", "b.tar", "--json")
    found = json.loads(result.stdout)
    assert result.code == 1 and not found["same"]
    assert found["config"] == [{"name": "Env.TEXT", "before": "hi", "after": "longer"}]
    assert [(pair["before"], pair["after"]) for pair in found["layers"]] == [(0, 0), (1, 1), (None, 2), (2, None)]
    assert found["files"] == [
        {"path": "/etc/greeting", "what": "changed", "before": 2, "after": 6, "how": ["contents"]}
    ]
    text = lixeval("diff", "a.tar", "b.tar").stdout
    assert "- Env.TEXT = hi" in text and "+ Env.TEXT = longer" in text and "/etc/greeting  (contents)" in text
    built = lixeval("diff", "--images", "image.nix", "a.tar")
    assert built.code == 0 and "the same image" in built.stdout


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["inspect"], "needs an image"),
        (["inspect", "absent.tar"], "No such file"),
        (["inspect", "image.nix", "image.nix"], "takes one image"),
        (["inspect", "/etc/passwd"], "not a tar"),
        (["inspect", "-E", "1"], "does not evaluate to a derivation"),
        (["validate", "docker-daemon:--help"], "names no image"),
        (["validate", "oci:absent"], "No such file"),
        (["diff", "oci:absent", "image.nix"], "No such file"),
        (["inspect", "a", "--html"], "needs an argument"),
    ],
)
def test_wrong_words(lixeval: Run, words: list[str], message: str) -> None:
    result = lixeval(*words)
    assert result.code == 1 and message in result.stderr


def test_a_bill_of_materials(lixeval: Run) -> None:
    lixeval("image.nix", "-o", "a.tar")
    for word in ("image.nix", "a.tar"):
        document = json.loads(lixeval("sbom", word).stdout)
        names = {package["name"] for package in document["packages"]}
        assert {"docker.io/library/greeting", "note", "reader", "other"} <= names or {
            "greeting",
            "note",
            "reader",
            "other",
        } <= names
    assert lixeval("sbom", "a.tar", "--format", "cyclonedx", "-o", "a.json").stdout == "a.json\n"
    assert json.loads(Path("a.json").read_text())["bomFormat"] == "CycloneDX"
    assert lixeval("image.nix", "--to", "oci:beside:v1", "--sbom", "spdx").code == 0
    kinds = [entry.get("artifactType") for entry in json.loads(Path("beside/index.json").read_text())["manifests"]]
    assert kinds == [None, "application/spdx+json"]
    assert lixeval("validate", "beside").code == 0
    refused = lixeval("image.nix", "-o", "b.tar", "--sbom", "spdx")
    assert refused.code == 1 and "has no place in 'b.tar'" in refused.stderr and not os.path.exists("b.tar")


def test_images_of_several_platforms(lixeval: Run) -> None:
    Path("arm.nix").write_text(IMAGE.replace("inherit name tag;", 'inherit name tag; arch = "arm64";'))
    Path("amd.nix").write_text(IMAGE.replace("inherit name tag;", 'inherit name tag; arch = "amd64";'))
    assert lixeval("index", "amd.nix", "arm.nix", "--to", "oci:both:v1").stdout == "oci:both:v1\n"
    assert lixeval("validate", "both").code == 0
    for platform, other in (("linux/amd64", "v1 linux/arm64"), ("linux/arm64", "v1 linux/amd64")):
        found = inspected(lixeval, "both", "--platform", platform)
        assert found["platform"] == platform and found["others"] == [other]
    assert "also here" in lixeval("inspect", "both", "--platform", "linux/arm64").stdout
    twice = lixeval("index", "amd.nix", "amd.nix", "--to", "oci:both:v1")
    assert twice.code == 1 and "two of the images are for the platform linux/amd64" in twice.stderr
    assert "no room for images of several platforms" in lixeval("index", "amd.nix", "--to", "dir:x").stderr
    assert "needs a place" in lixeval("index", "amd.nix").stderr


def test_an_image_that_podman_keeps(lixeval: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What podman is asked for: `podman save --quiet --output FILE NAME`."""
    lixeval("image.nix", "--to", f"docker-archive:{tmp_path}/kept.tar")
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "podman").write_text(
        "#!/bin/sh\n"
        '[ "$1 $2 $3" = "save --quiet --output" ] && [ "$5" = app:v1 ] || { echo "no such image" >&2; exit 125; }\n'
        f'cp {tmp_path}/kept.tar "$4"\n'
    )
    (programs / "podman").chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    found = inspected(lixeval, "containers-storage:app:v1")
    assert found["where"] == "containers-storage:app:v1" and reasons(found) == WHY
    assert lixeval("validate", "containers-storage:app:v1").code == 0
    assert lixeval("diff", "containers-storage:app:v1", "image.nix").code == 0
    refused = lixeval("inspect", "containers-storage:other:v1")
    assert refused.code == 1 and "podman does not give the image 'other:v1': no such image" in refused.stderr
