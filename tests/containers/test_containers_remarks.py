"""What the original does in silence is done with the same bytes, and said."""

from __future__ import annotations

import json
import os
import re
import tarfile
from pathlib import Path
from typing import Any

import pytest

from lixeval.containers.write import load_image
from lixeval.errors import BuildError
from lixeval.oci import layout
from lixeval.oci.validate import validate


def moved(path: str) -> dict[str, str]:
    return {"path": path, "regex": f"^{path}", "repl": ""}


def perm(path: str, **members: Any) -> dict[str, Any]:
    return {"path": path, "regex": ".*", "mode": "0755", **members}


def layer(workshop: Any, *roots: str, **changes: Any) -> list[str]:
    """The warnings of a layer's build."""
    changes = {"rewrites": [moved(path) for path in roots], **changes}
    workshop.folder = workshop.build(workshop.layer(list(roots), list(roots), **changes)[0])
    return [line for line in workshop.said if line.startswith("warning: ")]


def names(workshop: Any) -> list[str]:
    (tar,) = (path for path in Path(workshop.folder).iterdir() if path.suffix == ".tar")
    with tarfile.open(tar) as members:
        return ["/" + member.name.strip("/") for member in members]


def test_nothing_is_said_of_what_is_as_it_should_be(workshop: Any) -> None:
    root = workshop.add("root", {"etc/x": "x"})
    assert layer(workshop, root, perms=[perm(root, regex="/etc/x$")]) == []


@pytest.mark.parametrize("path", ["/tmp", "/var/tmp", "/nix/store/" + "a" * 32 + "-elsewhere"])
def test_perms_of_a_path_that_is_not_there(path: str, workshop: Any) -> None:
    root = workshop.add("root", {"tmp/x": "x"})
    (said,) = layer(workshop, root, perms=[perm(path, mode="1777")])
    assert f"perms are given to '{path}', which is no path of the layer" in said


def test_perms_that_match_no_file(workshop: Any) -> None:
    root = workshop.add("root", {"tmp/x": "x"})
    (said,) = layer(workshop, root, perms=[perm(root, regex="^/tmp"), perm(root, regex="/tmp/x$")])
    assert "that match '^/tmp', and none does" in said


def test_two_roots_with_one_file(workshop: Any) -> None:
    first = workshop.add("first", {"etc/same": "same", "etc/other": "one", "etc/x": "1"})
    second = workshop.add("second", {"etc/same": "same", "etc/other": "two", "etc/y": "2"})
    (said,) = layer(workshop, first, second)
    assert "'/etc/other' is brought by" in said and "with other contents: the latter counts" in said


def test_two_roots_with_one_link(workshop: Any) -> None:
    for name, target in (("first", "a"), ("second", "b")):
        (workshop.sources / name).mkdir()
        (workshop.sources / name / "link").symlink_to(target)
    (said,) = layer(workshop, workshop.add("first", {}), workshop.add("second", {}))
    assert "'/link' is brought by" in said


@pytest.mark.parametrize("name", [".wh.x", ".wh..wh..opq", ".wh.", "d/.wh.folder/x"])
def test_names_of_whiteouts(name: str, workshop: Any) -> None:
    root = workshop.add("root", {f"d/{name}": "x"})
    (said,) = layer(workshop, root)
    place = f"/d/{name}".removesuffix("/x")
    assert f"'{place}' is a whiteout by its name" in said and place in names(workshop)


@pytest.mark.parametrize(("name", "why"), [("link", "it is a symbolic link, to '.*'"), ("file", "it is a file")])
def test_roots_that_bring_nothing(name: str, why: str, workshop: Any) -> None:
    target = workshop.add("target", {"x": "x"})
    if name == "link":
        (workshop.sources / name).symlink_to(target)
    else:
        (workshop.sources / name).write_text("x")
    root = workshop.store.add_path(str(workshop.sources / name), name, references=[target] if name == "link" else [])
    (said,) = layer(workshop, root)
    assert re.search(rf"nothing of '{root}' comes to the root of the image: {why}", said)
    assert "/x" not in names(workshop)


def test_a_name_that_is_no_regular_expression_for_itself(workshop: Any) -> None:
    root = workshop.add("libstdc+13", {"x": "x"})
    (said,) = layer(workshop, root)
    assert "its name is taken as a regular expression" in said


@pytest.mark.parametrize("mode", ["-1", "10000", "777777"])
def test_modes_that_no_file_has(mode: str, workshop: Any) -> None:
    root = workshop.add("root", {"x": "x"})
    (said,) = layer(workshop, root, perms=[perm(root, regex="/x$", mode=mode)])
    assert "'/x' is given the mode" in said


@pytest.mark.parametrize("what", ["uid", "gid"])
@pytest.mark.parametrize("number", [-1, -(2**31), 2**32 - 1, 2**32, 2**62])
def test_owners_that_nobody_is(what: str, number: int, workshop: Any) -> None:
    root = workshop.add("root", {"x": "x"})
    with pytest.raises(BuildError, match=f"the {what} {number}"):
        layer(workshop, root, perms=[perm(root, **{what: number})])


@pytest.mark.parametrize(
    "members",
    [
        {"uid": -1},
        {"gid": 2**32 - 1},
        {"mtime": -1},
        {"mtime": 2**33},
        {"mode": "-1"},
        {"mode": "77777"},
        {"mode": "0999"},
        {"uid": "root"},
        {"uid": True},
        {"gid": 1.5},
        {"uname": 5},
        {"gname": ["x"]},
        {"xattrs": ["x"]},
    ],
)
def test_attributes_that_no_file_has(members: dict[str, Any], workshop: Any) -> None:
    root = workshop.add("root", {"x": "x"})
    with pytest.raises(BuildError, match="the attributes of '/x'"):
        layer(workshop, root, attributes={"/x": members})


@pytest.mark.parametrize("entry", ["-1 0 0 /x", "0755 -5 0 /x", "0755 0 4294967295 /x", "200000 0 0 /x"])
def test_listings_of_what_no_file_has(entry: str, workshop: Any) -> None:
    root = workshop.add("root", {"x": "x"})
    (workshop.sources / "listing").write_bytes(entry.encode() + b"\0")
    listing = workshop.store.add_path(str(workshop.sources / "listing"), "listing")
    drv, _ = workshop.layer([root], [root, listing], rewrites=[moved(root)], attributesFrom=[listing])
    with pytest.raises(BuildError, match="the attributes of '/x'"):
        workshop.build(drv)


# -- images ------------------------------------------------------------------------------------------------------------


def image(workshop: Any, config: dict[str, Any], layers: list[tuple[str, str]] = [], **changes: Any) -> list[str]:  # noqa: B006 - only read
    (workshop.sources / "config.json").write_text(json.dumps(config))
    stored = workshop.store.add_path(str(workshop.sources / "config.json"), "config.json")
    inputs = [stored, *(drv for drv, _ in layers), *changes.pop("inputs", ())]
    drv, _ = workshop.image(stored, [path for _, path in layers], inputs, **changes)
    workshop.folder = workshop.build(drv)
    return [line for line in workshop.said if line.startswith("warning: ")]


def some_layer(workshop: Any, files: dict[str, str], name: str = "root") -> tuple[str, str]:
    root = workshop.add(name, files)
    drv, path = workshop.layer([root], [root], rewrites=[moved(root)])
    return drv, path


@pytest.mark.parametrize("member", ["Healthcheck", "Shell", "OnBuild", "Domainname", "StopTimeout", "Nonsense"])
def test_members_of_config_that_are_lost(member: str, workshop: Any) -> None:
    made = some_layer(workshop, {"x": "x"})
    (said,) = image(workshop, {member: ["x"], "Cmd": ["x"], "env": ["A=b"]}, [made])
    assert said.startswith(f"warning: {member} of config is lost")
    assert image(workshop, {"Cmd": ["x"]}, [made]) == []


def test_an_image_without_layers(workshop: Any, tmp_path: Path) -> None:
    (said,) = image(workshop, {"Cmd": ["/x"]})
    assert "the image has no layers" in said
    layout.write_layout(load_image(workshop.folder, workshop.store), str(tmp_path / "original"))
    faults = "\n".join(validate(str(tmp_path / "original")))
    assert "has no list of layers" in faults and "rootfs.type" in faults
    assert image(workshop, {"Cmd": ["/x"]}, compatible=False) == []
    layout.write_layout(load_image(workshop.folder, workshop.store), str(tmp_path / "sound"))
    assert validate(str(tmp_path / "sound")) == []


def test_more_layers_than_clients_take(workshop: Any) -> None:
    paths = [workshop.add(f"p{number}", {"x": str(number)}) for number in range(128)]
    made = workshop.layer(paths, paths, maxLayers="200")
    (said,) = image(workshop, {}, [made])
    assert "the image has 128 layers, and clients take at most 127" in said


def test_a_link_of_the_base_that_is_covered(workshop: Any) -> None:
    base = workshop.sources / "base"
    (base / "usr/bin").mkdir(parents=True)
    (base / "usr/bin/sh").write_text("sh")
    (base / "bin").symlink_to("usr/bin")
    (base / "lib").symlink_to("usr/lib")
    root = workshop.add("base", {})
    drv, path = workshop.layer([root], [root], rewrites=[moved(root)], reproducible=False)
    image(workshop, {}, [(drv, path)])
    below = workshop.store.real_store_dir and "/nix/store/" + os.path.basename(workshop.folder)
    made = some_layer(workshop, {"bin/x": "x", "usr/bin/y": "y"}, "mine")
    (said,) = image(workshop, {}, [made], fromImage=below, inputs=[below, path])
    assert "the base image's link '/bin -> usr/bin' is replaced by a folder" in said
    other = some_layer(workshop, {"usr/bin/y": "y"}, "other")
    assert image(workshop, {}, [other], fromImage=below, inputs=[below, path]) == []
