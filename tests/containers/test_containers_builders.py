"""The `builtin:` builders run by the store: layers feed images, blobs are found, failures name their derivation."""

from __future__ import annotations

import json
import os
import sqlite3
import tarfile
from pathlib import Path
from typing import Any

import pytest

from lixeval.containers import image_json, layers_json
from lixeval.containers.build_layer import LayerArguments, blob_name, build_layers
from lixeval.containers.layers_json import Rewrite
from lixeval.containers.tree import Extras
from lixeval.containers.write import check, load_image, write_image
from lixeval.errors import BuildError, ImageError
from lixeval.oci.blob import FileBlob, MadeBlob
from lixeval.oci.compress import Compression
from lixeval.oci.validate import validate


def records(folder: str) -> tuple[layers_json.LayerRecord, ...]:
    return layers_json.parse(Path(folder, "layers.json").read_bytes())


def test_a_layer_holds_its_closure_and_a_second_one_the_rest(workshop: Any) -> None:
    libc = workshop.add("libc", {"lib/libc.so": "libc"})
    bash = workshop.add("bash", {"bin/bash": f"needs {libc}"}, [libc])
    app = workshop.add("app", {"bin/app": f"needs {bash}"}, [bash])
    first_drv, first = workshop.layer([bash], [bash])
    second_drv, _ = workshop.layer([app], [app, first_drv], layers=[f"{first}/layers.json"])
    second = workshop.build(second_drv)
    first = workshop.store.real(first)
    assert [path.path for path in records(first)[0].paths] == [libc, bash]
    assert [path.path for path in records(second)[0].paths] == [app]
    for folder in (first, second):
        (record,) = records(folder)
        blob = record.digest.removeprefix("sha256:") + ".tar"
        assert sorted(os.listdir(folder)) == sorted([blob, "layers.json"])
        assert record.layer_path == "" and record.history.created_by == "nix2container"
        assert os.path.getsize(os.path.join(folder, blob)) == record.size
    # The store found out by itself what the layers hold: their closures are what the image needs.
    assert set(workshop.store.closure([os.path.dirname(app) + "/" + os.path.basename(second)])) >= {app, bash, libc}


def test_an_image_is_written_from_the_blobs_of_its_layers(workshop: Any, tmp_path: Path) -> None:
    app = workshop.add("app", {"bin/app": "app", "etc/passwd": "root:x:0:0::/:/bin/sh"})
    config_drv, config = workshop.derivation("config.json", "text", {"text": f'{{"Cmd":["{app}/bin/app"]}}'}, [app])
    rewrite = {"path": app, "regex": f"^{app}", "repl": ""}
    layer_drv, layer = workshop.layer(
        [app, config],
        [app, config_drv],
        ignore=config,
        rewrites=[rewrite],
        perms=[{"path": app, "regex": "bin", "mode": "0755"}, {"path": "/tmp", "regex": ".*", "mode": "1777"}],
    )
    image_drv, _ = workshop.image(config, [layer], [config_drv, layer_drv])
    image_path = workshop.build(image_drv)
    image = load_image(image_path, workshop.store)
    assert [type(layer.blob) for layer in image.layers] == [FileBlob]
    archive, oci = str(tmp_path / "image.tar"), str(tmp_path / "oci")
    written = write_image(image_path, "app", "v1", [archive, f"oci:{oci}"], workshop.store)
    assert [one.place for one in written] == [archive, f"oci:{oci}"]
    assert written[0].image_id == image.image_id
    assert validate(archive) == validate(oci) == []
    with tarfile.open(
        workshop.store.real(layer) + "/" + image.layers[0].blob.digest.removeprefix("sha256:") + ".tar"
    ) as tar:
        modes = {member.name: member.mode for member in tar}
    assert modes == {"": 0o755, "/bin": 0o755, "/bin/app": 0o755, "/etc": 0o555, "/etc/passwd": 0o444}
    assert json.loads(image.config)["config"] == {"Cmd": [f"{app}/bin/app"]}


@pytest.mark.parametrize(("compression", "ending"), [("gzip", ".tar.gz"), ("zstd:9", ".tar.zst")])
def test_layers_packed_when_they_are_built(compression: str, ending: str, workshop: Any, tmp_path: Path) -> None:
    app = workshop.add("app", {"bin/app": "the same words " * 10_000})
    config_drv, config = workshop.derivation("config.json", "text", {"text": "{}"}, [])
    plain_drv, plain = workshop.layer([app], [app])
    packed_drv, packed = workshop.layer([app], [app], compression=compression)
    diff_ids = []
    for number, (layer_drv, layer) in enumerate(((plain_drv, plain), (packed_drv, packed))):
        image_drv, _ = workshop.image(config, [layer], [config_drv, layer_drv])
        image_path = workshop.build(image_drv)
        write_image(image_path, "app", "v1", [f"oci:{tmp_path}/oci{number}"], workshop.store)
        assert validate(f"{tmp_path}/oci{number}") == []
        (made,) = load_image(image_path, workshop.store).layers
        diff_ids.append(made.diff_id)
    assert diff_ids[0] == diff_ids[1]
    assert isinstance(made.blob, FileBlob) and made.blob.path.endswith(ending)
    assert made.blob.size < 10_000
    (record,) = layers_json.parse((Path(workshop.store.real(packed)) / "layers.json").read_bytes())
    assert (record.digest, record.media_type) == (made.blob.digest, made.media_type)
    assert sorted(os.listdir(workshop.store.real(packed))) == sorted([os.path.basename(made.blob.path), "layers.json"])


def test_without_its_blobs_a_layer_is_made_again(workshop: Any, tmp_path: Path) -> None:
    app = workshop.add("app", {"bin/app": "app"})
    config_drv, config = workshop.derivation("config.json", "text", {"text": "{}"}, [])
    layer_drv, layer = workshop.layer([app], [app])
    image_drv, _ = workshop.image(config, [layer], [config_drv, layer_drv])
    built = workshop.build(image_drv)
    # An image.json that no deriver is known of, as if it had been copied from elsewhere.
    copied = tmp_path / "image.json"
    copied.write_bytes(Path(built).read_bytes())
    assert [type(layer.blob) for layer in load_image(str(copied), workshop.store).layers] == [MadeBlob]
    for source, name in ((built, "with.tar"), (str(copied), "without.tar")):
        write_image(source, "app", "v1", [str(tmp_path / name)], workshop.store)
    assert (tmp_path / "with.tar").read_bytes() == (tmp_path / "without.tar").read_bytes()
    target = workshop.store.real(app) + "/bin/app"
    os.chmod(target, 0o644)
    Path(target).write_text("bad")
    with pytest.raises(ImageError, match="changed since it was recorded"):
        write_image(str(copied), "app", "v1", [str(tmp_path / "changed.tar")], workshop.store)
    assert not (tmp_path / "changed.tar").exists()


def test_a_non_reproducible_layer_names_its_tar(workshop: Any) -> None:
    app = workshop.add("app", {"bin/app": "app"})
    drv_path, output = workshop.layer([app], [app], reproducible=False)
    (record,) = records(workshop.build(drv_path))
    assert record.layer_path == f"{output}/{record.digest.removeprefix('sha256:')}.tar"
    assert os.path.getsize(workshop.store.real(record.layer_path)) == record.size


def test_the_database_knows_the_closure_but_not_what_is_ignored(workshop: Any) -> None:
    libc = workshop.add("libc", {"lib/libc.so": "libc"})
    bash = workshop.add("bash", {"bin/bash": f"needs {libc}"}, [libc])
    layer_drv, layer = workshop.layer([bash], [bash])
    config_drv, config = workshop.derivation("config.json", "text", {"text": "{}"}, [])
    drv_path, _ = workshop.derivation(
        "nix-database",
        "database",
        {"exportReferencesGraph": {"graph": [config, layer]}, "ignore": f"{config} {layer}"},
        [config_drv, layer_drv],
    )
    output = workshop.build(drv_path)
    with sqlite3.connect(f"file:{output}/nix/var/nix/db/db.sqlite?immutable=1", uri=True) as database:
        rows = database.execute(
            "select path, hash, narSize, registrationTime, deriver from ValidPaths order by id"
        ).fetchall()
    infos = {path: workshop.store.info(path) for path in (libc, bash)}
    assert rows == [
        (path, info.nar_hash.prefixed_base16, info.nar_size, 0, None)
        for path, info in sorted(infos.items(), key=lambda item: os.path.basename(item[0]))
    ]
    roots = f"{output}/nix/var/nix/gcroots/docker"
    assert {os.readlink(os.path.join(roots, name)) for name in os.listdir(roots)} == {libc, bash}


def test_a_base_image_gives_its_layers(workshop: Any) -> None:
    base_app, app = workshop.add("base", {"base": "base"}), workshop.add("app", {"app": "app"})
    config_drv, config = workshop.derivation("config.json", "text", {"text": "{}"}, [])
    base_layer_drv, base_layer = workshop.layer([base_app], [base_app])
    layer_drv, layer = workshop.layer([app], [app])
    base_drv, base = workshop.image(config, [base_layer], [config_drv, base_layer_drv])
    image_drv, _ = workshop.image(config, [layer], [config_drv, layer_drv, base_drv], fromImage=base, arch="arm64")
    built = workshop.build(image_drv)
    image = image_json.parse(Path(built).read_bytes())
    assert [path.path for record in image.layers for path in record.paths] == [base_app, app]
    assert image.architecture == "arm64"
    # The blobs of the base image's layers are found as well.
    assert [type(layer.blob) for layer in load_image(built, workshop.store).layers] == [FileBlob, FileBlob]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"perms": [{"path": "PATH", "regex": ".*", "mode": "rw"}]}, "expected integer"),
        (
            {"perms": [{"path": "PATH", "regex": ".*", "mode": 755}]},
            "json: cannot unmarshal number into Go struct field PermPath.mode of type string",
        ),
        ({"history": {"created": "now"}}, "parsing time"),
        ({"maxLayers": "many"}, 'invalid argument "many" for "--max-layers" flag'),
        ({"perms": [{"path": "PATH", "regex": "(", "mode": "0755"}]}, "missing closing )"),
    ],
)
def test_failures_are_the_originals_and_exit_with_100(workshop: Any, changes: dict[str, Any], message: str) -> None:
    app = workshop.add("app", {"bin/app": "app"})
    changes = json.loads(json.dumps(changes).replace("PATH", app))
    drv_path, output = workshop.layer([app], [app], **changes)
    with pytest.raises(BuildError) as failure:
        workshop.build(drv_path)
    assert message in failure.value.message
    assert (failure.value.exit_code, failure.value.drv_path) == (100, drv_path)
    assert not os.path.lexists(workshop.store.real(output))


def test_what_is_ignored_must_not_be_needed(workshop: Any) -> None:
    libc = workshop.add("libc", {"lib/libc.so": "libc"})
    bash = workshop.add("bash", {"bin/bash": f"needs {libc}"}, [libc])
    drv_path, _ = workshop.layer([bash], [bash], ignore=libc)
    with pytest.raises(BuildError, match="not allowed to refer to"):
        workshop.build(drv_path)


@pytest.mark.parametrize(
    ("name", "tag", "place"),
    [("App", "v1", "x.tar"), ("app", "a b", "x.tar"), ("app", "v1", "docker-daemon:App:v1"), ("app", "v1", "oci:")],
)
def test_what_cannot_be_written_is_known_before(name: str, tag: str, place: str, tmp_path: Path) -> None:
    with pytest.raises(ImageError):
        check(name, tag, [place.replace("x.tar", str(tmp_path / "x.tar"))])


def test_what_is_in_the_way_is_known_before(tmp_path: Path) -> None:
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis/part.tex").write_text("precious")
    for place in (
        f"oci:{tmp_path}/thesis",
        f"dir:{tmp_path}/thesis",
        f"{tmp_path}/thesis/part.tex",
        str(tmp_path / "no/x"),
    ):
        with pytest.raises(ImageError):
            check("app", "v1", [place])
    check("app", "v1", [str(tmp_path / "new.tar"), f"oci:{tmp_path}/new:v2", "docker-archive:/dev/null"])


def test_a_moved_path_that_refers_to_itself_stays_reachable(workshop: Any, tmp_path: Path) -> None:
    base = workshop.add("base", {"etc/passwd": "root"})
    other = workshop.add("other", {"etc/group": "root"})
    arguments = LayerArguments(
        graph=[(base, (base,)), (other, ())],
        rewrites=[(path, Rewrite(f"^{path}", "")) for path in (base, other)],
        real=workshop.store.real,
        blobs=str(tmp_path),
        extras=Extras(links={base: "/"}),
    )
    (layer,) = build_layers(arguments)
    with tarfile.open(tmp_path / blob_name(layer.digest)) as tar:
        members = {member.name.lstrip("/"): member for member in tar}
    assert members[base.lstrip("/")].linkname == "/"
    assert {"etc/passwd", "etc/group", "nix", "nix/store"} <= members.keys()
    assert other.lstrip("/") not in members


@pytest.mark.parametrize("compression", [None, Compression("gzip", 1)])
def test_layers_are_the_same_however_many_are_made_at_once(
    compression: Compression | None, workshop: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [workshop.add(f"p{number}", {f"bin/{number}": str(number) * 5000}) for number in range(9)]
    made = []
    for count in (1, 2, 5):
        monkeypatch.setattr("lixeval.oci.parallel.usable_cores", lambda count=count: count)
        (folder := tmp_path / str(count)).mkdir()
        lines: list[str] = []
        arguments = LayerArguments(
            graph=[(path, (path,)) for path in paths],
            max_layers=7,
            real=workshop.store.real,
            blobs=str(folder),
            compression=compression,
            log=lines.append,
        )
        layers = build_layers(arguments)
        made.append((layers, lines, {file.name: file.read_bytes() for file in folder.iterdir()}))
    assert made[0] == made[1] == made[2]
    assert len(made[0][0]) == len(made[0][2]) == 7
