"""The Nix database of an image: the file that the original's tools write, byte for byte."""

from __future__ import annotations

import json
import os
import sqlite3
from pathlib import Path

import pytest

from lixeval.build.builders.output_tree import OutputTree
from lixeval.containers import graph, nix_database
from lixeval.containers.failure import Nix2containerError
from lixeval.containers.nix_database import RegisteredPath


def test_the_tree_as_recorded(golden: Path, tmp_path: Path) -> None:
    exported = json.loads((golden / "nixdb/graph.json").read_text())
    paths = graph.registered(graph.closure_graph(exported, ""))
    with OutputTree(str(tmp_path / "out")) as tree:
        nix_database.write_tree(paths, tree, str(tmp_path / "out"))
    database = tmp_path / "out/nix/var/nix/db/db.sqlite"
    assert database.read_bytes() == (golden / "nixdb/db.sqlite").read_bytes()
    assert os.listdir(database.parent) == ["db.sqlite"]
    assert os.listdir(tmp_path / "out/nix/store") == [".links"]
    roots = tmp_path / "out/nix/var/nix/gcroots/docker"
    assert {name: os.readlink(roots / name) for name in os.listdir(roots)} == {
        os.path.basename(entry["path"]): entry["path"] for entry in exported
    }


def test_the_dump_is_the_one_that_was_recorded(golden: Path, tmp_path: Path) -> None:
    exported = json.loads((golden / "nixdb/graph.json").read_text())
    # The order of the entries does not matter: ids go by base name.
    paths = sorted(graph.registered(list(reversed(exported))), key=lambda entry: os.path.basename(entry.path))
    nix_database.write_database(paths, str(tmp_path / "db.sqlite"))
    with sqlite3.connect(tmp_path / "db.sqlite") as database:
        found = sorted(line.rstrip(";") for line in database.iterdump())
    recorded = [line for line in (golden / "nixdb/out.dump").read_text().split(";\n") if line]
    inserted = {line.replace('"', "") for line in found if line.startswith("INSERT")}
    wanted = {line for line in recorded if line.startswith("INSERT")}
    assert wanted <= inserted


def test_no_paths_give_an_empty_database(tmp_path: Path) -> None:
    nix_database.write_database([], str(tmp_path / "db.sqlite"))
    with sqlite3.connect(tmp_path / "db.sqlite") as database:
        assert database.execute("select count(*) from ValidPaths").fetchone() == (0,)
        assert database.execute("select count(*) from sqlite_sequence").fetchone() == (0,)


def test_a_reference_outside_is_an_error(tmp_path: Path) -> None:
    lonely = RegisteredPath(
        "/nix/store/" + "1" * 32 + "-a", "sha256:" + "0" * 64, 1, ("/nix/store/" + "2" * 32 + "-b",)
    )
    with pytest.raises(Nix2containerError, match=r"path '/nix/store/2{32}-b' is not valid"):
        nix_database.write_database([lonely], str(tmp_path / "db.sqlite"))
