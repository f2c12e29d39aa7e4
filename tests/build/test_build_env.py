"""Environments, joins and farms of symlinks; the rules are those of nixpkgs' buildEnv, symlinkJoin and linkFarm."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from lixeval.build.builders.build_env import build_env, link_farm, symlink_join
from lixeval.build.builders.builder import BuildContext
from lixeval.build.builders.inputs import Inputs
from lixeval.build.builders.texts import builders, closure_info, write_text
from lixeval.errors import BuildError
from lixeval.formats.derivation import Derivation
from lixeval.formats.store_path import StorePath

STORE = "/nix/store"


class Root:
    """A store under a root, filled by hand."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.store_dir = STORE
        self.real_store_dir = f"{root}{STORE}"
        self.log: list[str] = []
        (root / "nix/store").mkdir(parents=True)

    def real(self, path: str) -> str:
        return f"{self.root}{path}"

    def add(self, name: str, *places: str, **contents: str) -> str:
        """A package with files that hold their own place, directories (ending in "/") and links ("a -> b")."""
        path = f"{STORE}/{name}"
        for place in places:
            place, _, link = place.partition(" -> ")
            target = Path(self.real(f"{path}/{place}"))
            target.parent.mkdir(parents=True, exist_ok=True)
            if link:
                target.symlink_to(link)
            elif place.endswith("/"):
                target.mkdir(exist_ok=True)
            else:
                target.write_text(contents.get("text", f"{name}/{place}"))
        return path

    def context(self, attributes: dict[str, Any] | None, **environment: str) -> Any:
        return BuildContext(
            drv_path=StorePath(f"{STORE}/x.drv"),
            derivation=Derivation({}, {}, (), "builtin", "", (), {}),
            outputs={"out": self.real(f"{STORE}/out")},
            store=Inputs((f"{STORE}/{name}" for name in os.listdir(self.real_store_dir)), self.real),
            environment=environment,
            structured_attrs=attributes,
            log=self.log.append,
            temporary_directory=str(self.root),
        )

    def tree(self) -> dict[str, str]:
        """What is in the output: place -> link target, or "" for a directory."""
        found: dict[str, str] = {}
        out = Path(self.real(f"{STORE}/out"))
        for path in sorted(out.rglob("*")):
            found[str(path.relative_to(out))] = os.readlink(path) if path.is_symlink() else ""
        return found

    def environment(self, *packages: str | tuple[str, int], **attributes: Any) -> dict[str, str]:
        listed = [(package, 5) if isinstance(package, str) else package for package in packages]
        entries = [{"paths": [path], "priority": priority} for path, priority in listed]
        build_env(self.context({"packages": entries, **attributes}))
        return self.tree()


@pytest.fixture
def root(tmp_path: Path) -> Root:
    return Root(tmp_path)


def test_a_directory_of_one_package_is_one_link(root: Root) -> None:
    a, b = root.add("a", "bin/x", "share/man/y"), root.add("b", "bin/z")
    assert root.environment(a, b) == {
        "bin": "",
        "bin/x": f"{a}/bin/x",
        "bin/z": f"{b}/bin/z",
        "share": f"{a}/share",
    }


def test_three_packages_merge_deeply(root: Root) -> None:
    a, b, c = root.add("a", "s/d/1"), root.add("b", "s/d/2"), root.add("c", "s/e/3", "top")
    assert root.environment(a, b, c) == {
        "s": "",
        "s/d": "",
        "s/d/1": f"{a}/s/d/1",
        "s/d/2": f"{b}/s/d/2",
        "s/e": f"{c}/s/e",
        "top": f"{c}/top",
    }


def test_a_collision_names_both(root: Root) -> None:
    a, b = root.add("a", "bin/x"), root.add("b", "bin/x")
    with pytest.raises(BuildError) as caught:
        root.environment(a, b)
    assert caught.value.message == f"collision between '{b}/bin/x' and '{a}/bin/x'"
    assert caught.value.hint is not None


def test_equal_contents_do_not_collide(root: Root) -> None:
    a, b = root.add("a", "bin/x", text="same"), root.add("b", "bin/x", text="same")
    assert root.environment(a, b)["bin/x"] == f"{a}/bin/x"


def test_equal_contents_collide_if_modes_differ_or_contents_are_not_checked(root: Root) -> None:
    a, b = root.add("a", "bin/x", text="same"), root.add("b", "bin/x", text="same")
    with pytest.raises(BuildError, match="collision"):
        root.environment(a, b, checkCollisionContents=False)
    os.chmod(root.real(f"{a}/bin/x"), 0o755)
    with pytest.raises(BuildError, match="collision"):
        root.environment(a, b)


def test_ignored_collisions_keep_the_first_and_are_logged(root: Root) -> None:
    a, b = root.add("a", "bin/x"), root.add("b", "bin/x")
    assert root.environment(a, b, ignoreCollisions=True)["bin/x"] == f"{a}/bin/x"
    assert len(root.log) == 1


@pytest.mark.parametrize("priorities", [(4, 5), (5, 10)])
def test_the_lower_number_wins_wherever_it_stands(root: Root, priorities: tuple[int, int]) -> None:
    a, b = root.add("a", "bin/x"), root.add("b", "bin/x")
    assert root.environment((a, priorities[0]), (b, priorities[1]))["bin/x"] == f"{a}/bin/x"


def test_the_lower_number_wins_in_last_place(root: Root) -> None:
    a, b = root.add("a", "bin/x"), root.add("b", "bin/x")
    assert root.environment((a, 5), (b, -10))["bin/x"] == f"{b}/bin/x"


def test_only_wanted_directories(root: Root) -> None:
    a = root.add("a", "bin/x", "share/man/man1/y", "share/doc/z", "etc/w")
    assert root.environment(a, pathsToLink=["/bin", "/share/man", "/none"]) == {
        "bin": "",
        "bin/x": f"{a}/bin/x",
        "none": "",
        "share": "",
        "share/man": "",
        "share/man/man1": f"{a}/share/man/man1",
    }


def test_what_is_never_linked(root: Root) -> None:
    a = root.add(
        "a", "nix-support/x", "propagated-build-inputs", "share/info/dir", "share/info/real", "lib/perllocal.pod"
    )
    assert root.environment(a, root.add("b", "share/info/other", "lib/y")) == {
        "lib": "",
        "lib/y": f"{STORE}/b/lib/y",
        "share": "",
        "share/info": "",
        "share/info/other": f"{STORE}/b/share/info/other",
        "share/info/real": f"{a}/share/info/real",
    }


def test_propagated_packages_come_last(root: Root) -> None:
    b, c = root.add("b", "bin/x"), root.add("c", "bin/y")
    a = root.add("a", "bin/x", "nix-support/")
    Path(root.real(f"{a}/nix-support/propagated-user-env-packages")).write_text(f"{b} {c}\n")
    assert root.environment(a) == {"bin": "", "bin/x": f"{a}/bin/x", "bin/y": f"{c}/bin/y"}


def test_links_to_directories_merge_and_are_looked_up_in_the_store(root: Root) -> None:
    real = root.add("real", "d/1")
    a, b = root.add("a", f"d -> {real}/d"), root.add("b", "d/2")
    assert root.environment(a, b) == {"d": "", "d/1": f"{a}/d/1", "d/2": f"{b}/d/2"}


def test_a_dangling_link_is_a_file(root: Root) -> None:
    a = root.add("a", "bin/x -> /nowhere")
    assert root.environment(a, root.add("b", "bin/y"))["bin/x"] == f"{a}/bin/x"


def test_a_file_among_the_paths(root: Root) -> None:
    Path(root.real(f"{STORE}/file")).write_text("")
    with pytest.raises(BuildError, match="is a file and cannot be merged"):
        root.environment(f"{STORE}/file")
    assert root.environment(f"{STORE}/file", ignoreSingleFileOutputs=True) == {}


def test_a_path_that_is_missing_has_nothing_to_link(root: Root) -> None:
    assert root.environment(f"{STORE}/missing", root.add("a", "x")) == {"x": f"{STORE}/a/x"}


def test_a_directory_and_a_file_collide_whatever_their_priorities(root: Root) -> None:
    a, b = root.add("a", "x/y"), root.add("b", "x")
    for priorities in ((5, 5), (4, 5), (5, 4)):
        with pytest.raises(BuildError, match="collision"):
            root.environment((a, priorities[0]), (b, priorities[1]))


def test_two_names_of_one_thing(root: Root) -> None:
    a = root.add("a", "bin/x")
    b = root.add("b", f"bin/x -> {a}/bin/x", "bin/y")
    assert root.environment(b, a)["bin/x"] == f"{a}/bin/x"


def test_what_is_propagated_never_collides(root: Root) -> None:
    b, c = root.add("b", "bin/x"), root.add("c", "bin/x")
    a = root.add("a", "nix-support/")
    Path(root.real(f"{a}/nix-support/propagated-user-env-packages")).write_text(f"{c} {b}\n")
    assert root.environment(a) == {"bin": "", "bin/x": f"{b}/bin/x"}


def test_prefix_and_manifest(root: Root) -> None:
    a = root.add("a", "bin/x")
    assert root.environment(a, extraPrefix="/env", manifest=f"{STORE}/manifest") == {
        "env": "",
        "env/bin": f"{a}/bin",
        "manifest": f"{STORE}/manifest",
    }


def test_the_same_package_twice(root: Root) -> None:
    a = root.add("a", "bin/x")
    assert root.environment(a, a) == {"bin": f"{a}/bin"}


def test_a_join_merges_throughout_and_takes_the_first(root: Root) -> None:
    a, b = root.add("a", "bin/x", "l -> bin/x"), root.add("b", "bin/x", "bin/y", "only/here/z")
    symlink_join(root.context({"paths": [a, b], "failOnMissing": True}))
    assert root.tree() == {
        "bin": "",
        "bin/x": f"{a}/bin/x",
        "bin/y": f"{b}/bin/y",
        "l": f"{a}/l",
        "only": "",
        "only/here": "",
        "only/here/z": f"{b}/only/here/z",
    }


def test_a_join_of_what_is_missing(root: Root) -> None:
    with pytest.raises(BuildError, match="does not exist"):
        symlink_join(root.context({"paths": [f"{STORE}/missing"], "failOnMissing": True}))


def test_a_join_that_may_miss_some(root: Root) -> None:
    symlink_join(root.context({"paths": [f"{STORE}/missing"], "failOnMissing": False}))
    assert root.tree() == {}


def test_a_farm(root: Root) -> None:
    link_farm(root.context({"links": {"a/b": "/x", "c": "/y"}}))
    assert root.tree() == {"a": "", "a/b": "/x", "c": "/y"}


def test_a_farm_stays_in_its_output(root: Root) -> None:
    with pytest.raises(BuildError, match="not a place inside"):
        link_farm(root.context({"links": {"../escape": "/x"}}))


def test_texts(root: Root) -> None:
    write_text(root.context(None, text="a\r\n\udcff", destination="/bin/x", executable="1"))
    path = Path(root.real(f"{STORE}/out/bin/x"))
    assert path.read_bytes() == b"a\r\n\xff"
    assert os.access(path, os.X_OK)


def test_a_closure(root: Root) -> None:
    entries = [
        {"path": "/b", "narHash": "sha256:2", "narSize": 2, "references": ["/b", "/a"]},
        {"path": "/a", "narHash": "sha256:1", "narSize": 1, "references": []},
    ]
    closure_info(root.context({"closure": entries}))
    out = Path(root.real(f"{STORE}/out"))
    assert (out / "store-paths").read_text() == "/a\n/b\n"
    assert (out / "total-nar-size").read_text() == "3\n"
    assert (out / "registration").read_text() == "/a\nsha256:1\n1\n\n0\n/b\nsha256:2\n2\n\n2\n/a\n/b\n"


def test_all_are_known_by_name() -> None:
    assert {"build-env", "closure-info", "link-farm", "symlink-join", "write-text"} <= set(builders)


def test_a_path_that_is_a_link_to_a_directory_is_joined(tmp_path: Path) -> None:
    root = Root(tmp_path)
    real = root.add("real", "dir/file")
    (tmp_path / "nix/store/link").symlink_to(real)
    symlink_join(root.context({"paths": [f"{STORE}/link"]}))
    assert root.tree() == {"dir": "", "dir/file": f"{STORE}/link/dir/file"}


def test_a_path_that_is_a_link_to_nothing_cannot_be_joined(tmp_path: Path) -> None:
    root = Root(tmp_path)
    (tmp_path / "nix/store/link").symlink_to(f"{STORE}/gone")
    with pytest.raises(BuildError, match="leads nowhere"):
        symlink_join(root.context({"paths": [f"{STORE}/link"]}))


@pytest.mark.parametrize("places", [("a", "a/b"), ("a", "./a"), ("a/b", "a/b/../b")])
def test_no_entry_of_a_farm_is_written_into_another(tmp_path: Path, places: tuple[str, str]) -> None:
    root = Root(tmp_path)
    package = root.add("package", "file")
    with pytest.raises(BuildError, match="cannot be put where another entry is"):
        link_farm(root.context({"links": dict.fromkeys(places, package)}))
    assert os.listdir(root.real(package)) == ["file"]
