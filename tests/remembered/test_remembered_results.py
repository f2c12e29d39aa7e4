"""What of a run is kept and what is not, and what is made again when only a part of it is gone."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from time import time
from typing import TYPE_CHECKING, Any

import pytest

from lixeval.environment.variables import store_root
from lixeval.evaluation.remembered import outputs
from lixeval.evaluation.targets import Maker
from lixeval.fetchers import urls
from lixeval.formats.store_path import StorePath
from lixeval.host import answers, detect
from lixeval.store.local import LocalStore
from lixeval.system.directories import host_directory

if TYPE_CHECKING:
    from tests.remembered.conftest import Run

IMAGE = """
{ pkgs ? import <nixpkgs> { }, nix2container, tag ? "latest" }:
nix2container.buildImage {
  name = "greeting";
  inherit tag;
  copyToRoot = [ (pkgs.writeTextDir "etc/greeting" (builtins.readFile ./text)) ];
}
"""
TEXT_DERIVATION = """
derivation {
  name = "NAME"; system = "x86_64-linux"; builder = "builtin:write-text"; text = "NAME";
}
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run) -> Path:
    """An empty folder to work in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def store(run: Run) -> LocalStore:
    return LocalStore(os.environ["LIXEVAL_STORE"])


def written(name: str, text: str) -> str:
    Path(name).write_text(text)
    return name


# Images


@pytest.fixture
def image(here: Path) -> str:
    written("text", "hi")
    return written("image.nix", IMAGE)


def test_an_image_is_there_already(run: Run, image: str, trusting: Callable[[], None]) -> None:
    first = run(image, "--arg", "tag", "v1")
    assert (first.code, first.stdout, first.evaluated) == (0, "greeting-v1.tar\n", True)
    before = Path("greeting-v1.tar").stat()
    again = run(image, "--arg", "tag", "v1")
    assert (again.shown, again.acted) == ((0, "greeting-v1.tar\n", ""), False)
    assert Path("greeting-v1.tar").stat() == before


def truncate(path: Path) -> None:
    os.truncate(path, path.stat().st_size - 1)


def change_a_byte_and_hide(path: Path) -> None:
    before = path.stat()
    with path.open("r+b") as file:
        file.seek(1000)
        file.write(b"!")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def replace_and_hide(path: Path) -> None:
    before = path.stat()
    other = path.with_suffix(".other")
    shutil.copyfile(path, other)
    change_a_byte_and_hide(other)
    os.utime(other, ns=(before.st_atime_ns, before.st_mtime_ns))
    other.rename(path)


def replace_by_a_link(path: Path) -> None:
    path.rename(path.with_suffix(".moved"))
    path.symlink_to(path.with_suffix(".moved").name)


@pytest.mark.parametrize("harm", [Path.unlink, truncate, change_a_byte_and_hide, replace_and_hide, replace_by_a_link])
def test_an_archive_that_was_harmed_is_written_again(
    run: Run, image: str, trusting: Callable[[], None], harm: Callable[[Path], None]
) -> None:
    run(image)
    archive = Path("greeting-latest.tar")
    good = archive.read_bytes()
    harm(archive)
    if harm in (change_a_byte_and_hide, replace_and_hide):
        assert archive.stat().st_size == len(good)
        assert archive.read_bytes() != good
    again = run(image)
    assert archive.read_bytes() == good
    if harm is Path.unlink:
        assert (again.acted, again.evaluated) == (True, False)
    # Through a link an archive is written where the link leads, which its stamp does not tell.
    assert run(image).acted == (harm is replace_by_a_link)


def test_a_layout_that_was_harmed_is_written_again(run: Run, image: str) -> None:
    words = (image, "--to", "oci:layout")
    run(*words)
    assert not run(*words).acted
    (blob, *_) = sorted(Path("layout/blobs/sha256").iterdir())
    good = blob.read_bytes()
    blob.unlink()
    run(*words)
    assert blob.read_bytes() == good
    assert not run(*words).acted


def test_another_tag_is_another_image_of_the_same_layers(run: Run, image: str) -> None:
    run(image, "--arg", "tag", "v1")
    other = run(image, "--arg", "tag", "v2")
    assert (other.stdout, other.evaluated) == ("greeting-v2.tar\n", True)
    assert "layers.json" not in other.stderr
    assert not run(image, "--arg", "tag", "v1").acted
    assert not run(image, "--arg", "tag", "v2").acted


def test_where_stamps_prove_nothing_an_archive_is_written_each_time(
    run: Run, image: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outputs, "honest_devices", lambda *_: frozenset())
    run(image)
    again = run(image)
    assert (again.stdout, again.acted, again.evaluated) == ("greeting-latest.tar\n", True, False)


def test_an_archive_that_another_run_has_overwritten(run: Run, image: str) -> None:
    one, two = (image, "-o", "a.tar", "--arg", "tag", "v1"), (image, "-o", "a.tar", "--arg", "tag", "v2")
    run(*one)
    good = Path("a.tar").read_bytes()
    run(*two)
    assert Path("a.tar").read_bytes() != good
    assert run(*one).acted
    assert Path("a.tar").read_bytes() == good


def test_an_archive_that_somebody_else_has_written_a_moment_later(
    run: Run, image: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two runs to one place: what the other has put there is not taken for this one's work."""
    run(image, "-o", "a.tar", "--arg", "tag", "v2")
    other = Path("a.tar").read_bytes()
    words = (image, "-o", "a.tar", "--arg", "tag", "v1")
    made = Maker.make

    def overtaken(*arguments: Any, **named: Any) -> Any:
        places = made(*arguments, **named)
        Path("b.tar").write_bytes(other)
        Path("b.tar").rename("a.tar")
        return places

    with monkeypatch.context() as patch:
        patch.setattr(Maker, "make", overtaken)
        run(*words)
    assert Path("a.tar").read_bytes() == other
    assert run(*words).acted
    assert Path("a.tar").read_bytes() != other
    assert not run(*words).acted


def test_an_image_whose_input_changes(run: Run, image: str) -> None:
    run(image)
    before = Path("greeting-latest.tar").read_bytes()
    written("text", "ho")
    assert run(image).evaluated
    assert Path("greeting-latest.tar").read_bytes() != before


# Derivations and the store


def test_a_result_link(run: Run, here: Path, trusting: Callable[[], None]) -> None:
    file = written("a.nix", TEXT_DERIVATION.replace("NAME", "linked"))
    first = run(file)
    target = os.readlink("result")
    assert (run(file).shown, run(file).acted) == ((0, first.stdout, ""), False)
    os.unlink("result")
    os.symlink(f"{target}-another", "result")
    again = run(file)
    assert (again.stdout, again.evaluated, os.readlink("result")) == (first.stdout, False, target)
    os.unlink("result")
    os.symlink("elsewhere", "result")
    refused = run(file)
    assert (refused.stdout, os.readlink("result")) == (
        "",
        "elsewhere",
    ) and "is no link to a build result" in refused.stderr
    os.unlink("result")
    run(file)
    assert os.readlink("result") == target
    assert not run(file).acted


@pytest.mark.parametrize("deleted", ["output", "derivation", "files only"])
def test_a_store_path_that_is_gone_is_made_again(run: Run, here: Path, store: LocalStore, deleted: str) -> None:
    file = written("a.nix", TEXT_DERIVATION.replace("NAME", f"gone-{deleted.replace(' ', '-')}"))
    words = (file, "--no-out-link")
    output = StorePath(run(*words).stdout.strip())
    drv_path = StorePath(run(*words, "--instantiate").stdout.strip())
    assert not run(*words).acted
    if deleted == "derivation":
        store.forget(drv_path)
    elif deleted == "output":
        store.forget(output)
    else:
        os.chmod(store.real_store_dir, 0o755)
        os.unlink(store.real(output))
    again = run(*words)
    assert again.acted
    if deleted != "files only":
        # As in Nix, what the database holds for valid is not looked at when it is to be built.
        assert (again.code, again.stdout.strip()) == (0, output)
        assert LocalStore(store.root).is_valid(drv_path)
        assert Path(store.real(output)).read_text().startswith("gone-")


def test_an_instantiated_derivation_that_is_gone(run: Run, here: Path, store: LocalStore) -> None:
    words = ("--instantiate", "-E", TEXT_DERIVATION.replace("NAME", "instantiated"))
    drv_path = StorePath(run(*words).stdout.strip())
    assert not run(*words).acted
    store.forget(drv_path)
    assert run(*words).stdout.strip() == drv_path
    assert Path(store.real(drv_path)).exists()
    assert not run(*words).acted


def test_import_from_derivation(run: Run, here: Path, store: LocalStore) -> None:
    derivation = TEXT_DERIVATION.replace("NAME", "imported").replace('text = "imported"', 'text = "1 + 2"')
    words = ("--eval", "--read-write-mode", "-E", f"import ({derivation})")
    assert run(*words).stdout == "3\n"
    assert not run(*words).acted
    (output,) = [path for path in store.all_paths() if path.endswith("-imported")]
    store.forget(output)
    again = run(*words)
    assert (again.stdout, again.acted) == ("3\n", True)
    assert LocalStore(store.root).is_valid(output)


def test_another_store_is_another_result(run: Run, here: Path) -> None:
    words = ("--instantiate", "-E", TEXT_DERIVATION.replace("NAME", "elsewhere"))
    run(*words)
    other = run(*words, "--store", str(here / "other"))
    assert other.evaluated
    assert (here / "other" / other.stdout.strip().lstrip("/")).exists()


# What cannot be kept, and what can


@pytest.mark.parametrize(
    "expression",
    [
        "builtins.currentTime",
        "builtins.seq builtins.currentTime 1",
        'throw "no"',
        "(builtins.fetchGit ./.).rev",
        '(builtins.fetchTree { type = "path"; path = toString ./.; }).narHash',
        'builtins.fetchurl { url = "file://" + toString ./text; }',
    ],
)
def test_what_cannot_be_watched_is_not_kept(run: Run, here: Path, expression: str) -> None:
    written("text", "text")
    run("--eval", "-E", expression)
    assert run("--eval", "-E", expression).evaluated


def test_with_v_a_run_says_why_it_is_not_kept(run: Run, here: Path) -> None:
    words = ("--eval", "-E", "builtins.seq builtins.currentTime 1")
    assert run(*words, "-v").stderr == "not kept for the next time: the time was asked for\n"
    assert run(*words).stderr == ""


def test_saying_more_is_no_result_of_its_own(run: Run, here: Path) -> None:
    written("a.nix", "{ a ? 1 }: a")
    assert run("--eval", "a.nix", "--argstr", "a", "1").evaluated
    for words in (["-v", "--eval"], ["--eval", "-vv"], ["--eval", "--verbose"]):
        known = run(*words, "a.nix", "--argstr", "a", "1")
        assert (known.stdout, known.evaluated) == ('"1"\n', False)
        assert known.stderr.startswith("nothing was evaluated")
    assert run("--eval", "a.nix", "-v", "--argstr", "a", "2").evaluated
    assert run("--eval", "a.nix", "--argstr", "a", "2").shown == (0, '"2"\n', "")
    assert run("--eval", "a.nix", "--argstr", "a", "-v").stdout == '"-v"\n'  # here it is no option
    assert run("why-not-remembered", "--eval", "-v", "a.nix", "--argstr", "a", "-v").code == 0


def test_an_unused_time_is_no_obstacle(run: Run, here: Path) -> None:
    words = ("--eval", "-E", "if true then 1 else builtins.currentTime")
    run(*words)
    assert not run(*words).acted


def test_standard_input_is_read_each_time(run: Run, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for text in ("1", "2"):
        monkeypatch.setattr("sys.stdin", open(written("input", text)))  # noqa: SIM115  closed with the test's folder
        assert run("--eval", "-").stdout == f"{text}\n"


def test_traces_and_warnings_are_said_again(run: Run, here: Path) -> None:
    words = ("--eval", "-E", 'builtins.warn "careful" (builtins.trace "one" (builtins.trace [ 2 ] 3))')
    first = run(*words)
    assert first.stderr == "evaluation warning: careful\ntrace: one\ntrace: [ 2 ]\n"
    again = run(*words)
    assert (again.shown, again.acted) == (first.shown, False)


@pytest.mark.parametrize("form", [[], ["--strict"], ["--json"], ["--xml"], ["--raw"]])
def test_each_form_is_a_result_of_its_own(run: Run, here: Path, form: list[str]) -> None:
    words = ("--eval", *form, "-E", '"${"a\\"b"}<ü>"')
    first = run(*words)
    again = run(*words)
    assert (again.shown, again.acted) == (first.shown, False)
    assert again.shown == run(*words, "--no-eval-cache").shown


def test_arguments_settings_and_folders_count(run: Run, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = written("a.nix", "{ x }: [ x builtins.nixPath (toString ./.) ]")
    words = ["--eval", "--strict", file, "--arg", "x", "1"]
    answers = {run(*words, *more).stdout for more in ([], ["--arg", "x", "2"], ["-I", "a=/b"])}
    monkeypatch.setenv("NIX_PATH", "c=/d")
    answers.add(run(*words).stdout)
    (here / "below").mkdir()
    monkeypatch.chdir(here / "below")
    written("a.nix", Path("../a.nix").read_text())
    answers.add(run(*words).stdout)
    assert len(answers) == 5


@pytest.mark.parametrize(
    "variable", ["LIXEVAL_STORE", "LIXEVAL_HOST_DIRECTORY", "XDG_CACHE_HOME", "XDG_DATA_HOME", "HOME", "NIX_PATH"]
)
def test_variables_that_say_where_things_are(
    run: Run, here: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    words = ("--eval", "-E", "1 + 1")
    run(*words)
    with monkeypatch.context() as patch:
        patch.setenv(variable, str(here / "elsewhere"))
        assert run(*words).evaluated
    assert not run(*words).acted


def test_the_home_folder(run: Run, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words = ("--eval", "-E", "toString ~/a")
    run(*words)
    monkeypatch.setenv("HOME", "/nowhere")
    assert run(*words).stdout == '"/nowhere/a"\n'


def test_channels(run: Run, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(here))
    monkeypatch.delenv("NIX_PATH")
    words = ("--eval", "--strict", "-E", "builtins.nixPath")
    assert run(*words).stdout == "[ ]\n"
    (here / ".nix-defexpr/channels/nixpkgs").mkdir(parents=True)
    assert "channels/nixpkgs" in run(*words).stdout
    assert not run(*words).acted


def test_options_that_turn_it_off(run: Run, here: Path) -> None:
    for words in (("--no-eval-cache",), ("--option", "eval-cache", "false"), ("--restrict-eval",)):
        words = ("--eval", "-E", "1 + 1", *words)
        assert run(*words).stdout == "2\n"
        assert run(*words).evaluated


def test_a_download_is_known_as_long_as_it_is_remembered(run: Run, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gives = ["one"]

    def download(url: str, destination: str, etag: str, patience: object) -> str:
        Path(destination).write_text(gives[0])
        return ""

    monkeypatch.setattr(urls, "download", download)
    words = ("--eval", "--raw", "-E", 'builtins.readFile (builtins.fetchurl "http://localhost/a")')
    assert run(*words).stdout == "one"
    gives[0] = "two"
    known = run(*words)
    assert (known.stdout, known.acted) == ("one", False)
    memory = Path(os.environ["XDG_CACHE_HOME"]) / "lixeval/downloads"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("time.time_ns", lambda: int((time() + 3601) * 1e9))
        patch.setattr("lixeval.fetchers.download_memory.time", lambda: time() + 3601)
        assert run(*words).stdout == "two"
    shutil.rmtree(memory)
    gives[0] = "three"
    assert run(*words).stdout == "three"


# What is known of the host


def test_packages_of_the_host(run: Run, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A made-up dpkg; what its packages are is asked through the embedded package set's own door."""
    status = Path("dpkg/status")
    status.parent.mkdir()
    (status.parent / "info").mkdir()

    def install(*names: str) -> None:
        entries = [
            f"Package: {name}\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1\n" for name in names
        ]
        status.write_text("\n".join(entries))

    install("one")
    monkeypatch.setitem(detect._RECORDS, "dpkg", (str(here / "dpkg/status"),))
    words = ("--eval", "--json", "-E", 'builtins.elem "two" (builtins.__hostPackage "index").packages')
    assert run(*words).stdout == "false\n"
    assert not run(*words).acted
    install("one", "two")
    assert run(*words).stdout == "true\n"
    assert not run(*words).acted
    before = status.stat()
    install("one", "six")
    os.utime(status, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert run(*words).shown == run(*words, "--no-eval-cache").shown
    kept = Path(host_directory(store_root(None))) / "index.json"
    kept.unlink()
    assert run(*words).stdout == "false\n"
    assert answers.file_stamp(str(kept))
