"""Builds that succeed: outputs, references, metadata, order, parallelism, logs."""

from __future__ import annotations

import bz2
import hashlib
import os
import signal
import stat
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lixeval.build.log import log_path, read_log
from lixeval.build.realise import Wanted, realise
from lixeval.build.sandbox.isolation import choose, trial
from lixeval.errors import BuildError, StoreError
from lixeval.formats import nar
from lixeval.formats.derivation import UNKNOWN, Output
from lixeval.formats.store_path import StorePath
from lixeval.store.verify import verify

if TYPE_CHECKING:
    from lixeval.build.plan import Plan
    from tests.support.workshop import Workshop


def test_an_output_in_every_sandbox(isolated_workshop: Workshop) -> None:
    workshop = isolated_workshop
    drv_path = workshop.derivation("hello", "echo said; mkdir $out; echo hello $name > $out/file; chmod +x $out/file")
    results = workshop.build(drv_path)
    out = workshop.out(drv_path)
    assert results.outputs == {drv_path: {"out": out}}
    assert results.built == (drv_path,)
    assert workshop.recorder.lines == ["said"]
    assert workshop.recorder.events == [("started", drv_path), ("finished", drv_path)]
    file = workshop.store.real(out) + "/file"
    status = os.stat(file)
    assert Path(file).read_text() == "hello hello\n"
    assert (stat.S_IMODE(status.st_mode), status.st_mtime, status.st_uid) == (0o555, 1, os.geteuid())
    info = workshop.store.info(out)
    assert (info.nar_hash, info.nar_size) == nar.dump_hash(workshop.store.real(out))
    assert (info.deriver, info.references, info.ultimate) == (drv_path, (), True)
    assert verify(workshop.store, check_contents=True) == []
    assert workshop.leftovers() == []


def test_isolation_is_announced(workshop: Workshop) -> None:
    workshop.build(workshop.derivation("x", "echo > $out"))
    assert len(workshop.recorder.messages) == 1
    assert workshop.recorder.messages[0].startswith("builders run in: ")


def test_what_is_valid_is_not_built_again(workshop: Workshop) -> None:
    drv_path = workshop.derivation("once", "echo > $out")
    assert workshop.build(drv_path).built == (drv_path,)
    assert workshop.build(drv_path).built == ()
    assert workshop.build(drv_path).outputs[drv_path]["out"] == workshop.out(drv_path)


def test_inputs_are_built_first_and_become_references(isolated_workshop: Workshop) -> None:
    workshop = isolated_workshop
    source = workshop.store.add_text("source", "from a source\n")
    unused = workshop.store.add_text("unused", "not referred to\n")
    first = workshop.derivation("first", f"mkdir $out; cat {source} {unused} > $out/text", sources=[source, unused])
    path = workshop.out(first)
    second = workshop.derivation(
        "second",
        f"mkdir $out; cp {path}/text $out/; echo {source} > $out/ref; ln -s {path} $out/link; echo $out > $out/self",
        inputs={first: ("out",)},
        sources=[source],
    )
    results = workshop.build(second)
    out = workshop.out(second)
    assert results.built == (first, second)
    assert workshop.store.references(out) == sorted([path, source, out])
    assert workshop.store.references(path) == []
    assert Path(workshop.store.real(out), "text").read_text() == "from a source\nnot referred to\n"
    assert verify(workshop.store, check_contents=True) == []


def test_only_inputs_are_visible(isolated_workshop: Workshop) -> None:
    workshop = isolated_workshop
    input_ = workshop.store.add_text("input", "i")
    workshop.store.add_text("stranger", "s")
    drv_path = workshop.derivation("ls", "ls /nix/store > $out.tmp; mv $out.tmp $out", sources=[input_])
    workshop.build(drv_path)
    out = os.path.basename(workshop.out(drv_path))
    assert sorted(workshop.read(drv_path).split()) == sorted([os.path.basename(input_), f"{out}.tmp"])


def test_inputs_cannot_be_changed(isolated_workshop: Workshop) -> None:
    workshop = isolated_workshop
    first = workshop.derivation("first", "mkdir $out; echo good > $out/file")
    path = workshop.out(first)
    script = f"chmod -R u+w {path}; echo bad > {path}/file; rm -rf {path}; mv {path} {path}.x; echo done > $out"
    second = workshop.derivation("second", script, inputs={first: ("out",)})
    workshop.build(second)
    assert Path(workshop.store.real(path), "file").read_text() == "good\n"
    assert verify(workshop.store, check_contents=True) == []


def test_no_network_but_a_loopback(isolated_workshop: Workshop) -> None:
    drv_path = isolated_workshop.derivation("net", "cut -d: -f1 /proc/net/dev > $out")
    isolated_workshop.build(drv_path)
    interfaces = isolated_workshop.read(drv_path).split("\n")[2:]
    assert [name.strip() for name in interfaces if name] == ["lo"]


def test_processes_are_its_own_and_die_with_it(isolated_workshop: Workshop) -> None:
    if trial(choose("required", diverted=True)).foreign_proc:
        pytest.skip("this container lets nobody mount a /proc")
    script = "(sleep 1234.5 &) ; ls -d /proc/[0-9]* | wc -l > $out"
    drv_path = isolated_workshop.derivation("ps", script)
    isolated_workshop.build(drv_path)
    assert int(isolated_workshop.read(drv_path)) < 8
    assert not any("1234.5" in command for command in _command_lines())


def _command_lines() -> list[str]:
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                found.append(Path(f"/proc/{entry}/cmdline").read_text(errors="replace"))
            except OSError:
                continue  # ended meanwhile, or another user's
    return found


@pytest.mark.parametrize("made", [1, 2, 3])
def test_what_others_have_made_since_the_plan_lets_the_rest_go(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch, made: int
) -> None:
    """However many others, and though nothing is running that would wake us."""
    chain = [workshop.derivation("link-0", "echo 0 > $out")]
    for number in range(1, 3):
        inputs = {chain[-1]: ("out",)}
        chain.append(workshop.derivation(f"link-{number}", f"echo {number} > $out", inputs=inputs))
    plan = workshop.recorder.plan

    def others_are_faster(planned: Plan) -> None:
        monkeypatch.setattr(workshop.recorder, "plan", plan)
        workshop.build(*chain[:made])

    def nothing_happens(_number: int, _frame: object) -> None:
        raise TimeoutError("it waits for nothing")

    monkeypatch.setattr(workshop.recorder, "plan", others_are_faster)
    before = signal.signal(signal.SIGALRM, nothing_happens)
    signal.alarm(60)
    try:
        workshop.build(chain[-1])
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
    assert workshop.read(chain[-1]) == "2\n"
    assert [event for event in workshop.recorder.events if event[0] == "started"] == [("started", one) for one in chain]


def test_several_outputs(workshop: Workshop) -> None:
    outputs = {"out": Output(UNKNOWN), "dev": Output(UNKNOWN), "doc": Output(UNKNOWN)}
    drv_path = workshop.derivation("many", "echo $dev > $out; echo $out/x > $doc; echo > $dev", outputs=outputs)
    results = workshop.build(drv_path)
    paths = results.outputs[drv_path]
    assert set(paths) == {"out", "dev", "doc"}
    assert workshop.store.references(paths["out"]) == [paths["dev"]]
    assert workshop.store.references(paths["doc"]) == [paths["out"]]
    assert paths["doc"].endswith("-many-doc")


def test_missing_outputs_are_built_beside_valid_ones(workshop: Workshop) -> None:
    outputs = {"out": Output(UNKNOWN), "dev": Output(UNKNOWN)}
    drv_path = workshop.derivation("two", "date +%s%N > $out; cat $out > $dev", outputs=outputs)
    workshop.build(drv_path)
    kept = workshop.read(drv_path, "out")
    workshop.store.forget(workshop.out(drv_path, "dev"))
    assert workshop.build(drv_path).built == (drv_path,)
    assert workshop.read(drv_path, "out") == kept
    assert verify(workshop.store, check_contents=True) == []
    assert workshop.leftovers() == []


def test_two_builds_run_at_once(workshop: Workshop) -> None:
    drv_paths = [workshop.derivation(f"sleep-{number}", "sleep 1; echo > $out") for number in range(2)]
    workshop.build(*drv_paths, max_jobs=2)
    assert [event for event, _ in workshop.recorder.events[:2]] == ["started", "started"]


def test_one_job_is_one_after_the_other(workshop: Workshop) -> None:
    drv_paths = [workshop.derivation(f"quick-{number}", "echo > $out") for number in range(3)]
    workshop.build(*drv_paths, max_jobs=1)
    assert [event for event, _ in workshop.recorder.events] == ["started", "finished"] * 3


def test_fixed_output(isolated_workshop: Workshop) -> None:
    """Flat: sha256sum of "content\\n"; recursive: sha256 of the NAR of an empty directory."""
    workshop = isolated_workshop
    flat = Output(UNKNOWN, "sha256", "434728a410a78f56fc1b5899c3593436e61ab0c731e9072d95e96db290205e53")
    drv_path = workshop.derivation("flat", "echo content > $out", outputs={"out": flat})
    recursive = Output(UNKNOWN, "r:sha256", nar_hash_of_empty_directory())
    directory = workshop.derivation("directory", "mkdir $out", outputs={"out": recursive})
    workshop.build(drv_path, directory)
    assert workshop.read(drv_path) == "content\n"
    infos = [workshop.store.info(workshop.out(path)) for path in (drv_path, directory)]
    assert [info.ca and info.ca.rpartition(":")[0] for info in infos] == ["fixed:sha256", "fixed:r:sha256"]


def nar_hash_of_empty_directory() -> str:
    """sha256 of the NAR of an empty directory, written out by hand after the format's definition."""
    words = [b"nix-archive-1", b"(", b"type", b"directory", b")"]
    return hashlib.sha256(b"".join(len(w).to_bytes(8, "little") + w + bytes(-len(w) % 8) for w in words)).hexdigest()


def test_log_is_kept_where_nix_keeps_it(workshop: Workshop) -> None:
    drv_path = workshop.derivation("noisy", "printf 'one\\rONE\\ntwo\\nno newline' >&2; echo > $out")
    workshop.build(drv_path)
    base = os.path.basename(drv_path)
    path = f"{workshop.store.root}/nix/var/log/nix/drvs/{base[:2]}/{base[2:]}.bz2"
    assert log_path(workshop.store.root, drv_path) == path
    assert bz2.decompress(Path(path).read_bytes()) == b"one\rONE\ntwo\nno newline"
    assert read_log(workshop.store, drv_path) == b"one\rONE\ntwo\nno newline"
    assert workshop.recorder.lines == ["ONE", "two", "no newline"]
    assert read_log(workshop.store, StorePath("/nix/store/" + "0" * 32 + "-none.drv")) is None


def test_builder_writes_to_a_terminal_and_reads_nothing(workshop: Workshop) -> None:
    drv_path = workshop.derivation("tty", "test -t 1 && test -t 2 && ! test -t 0 && ! read x && echo yes > $out")
    workshop.build(drv_path)
    assert workshop.read(drv_path) == "yes\n"


def test_descriptors_of_the_caller_are_not_inherited(workshop: Workshop) -> None:
    leaked = os.open("/dev/null", os.O_RDONLY)
    os.set_inheritable(leaked, True)
    try:
        drv_path = workshop.derivation("fds", "ls /proc/self/fd | wc -l > $out")
        workshop.build(drv_path)
    finally:
        os.close(leaked)
    assert int(workshop.read(drv_path)) == 4  # 0, 1, 2, and the directory that ls reads


def test_argv0_is_the_base_name(workshop: Workshop) -> None:
    drv_path = workshop.derivation("argv", "echo $0 > $out")
    workshop.build(drv_path)
    assert workshop.read(drv_path) in ("sh\n", "/bin/sh\n")  # the latter where only an old bubblewrap works


def test_shown_path_from_the_store_comes_with_its_closure(workshop: Workshop) -> None:
    library = workshop.store.add_text("library", "l")
    shown = workshop.store.add_text("shown", f"needs {library}", [library])
    drv_path = workshop.derivation("show", "cat /shown/file > $out; ls /nix/store >> $out")
    workshop.build(drv_path, sandbox_paths={**workshop.settings.sandbox_paths, "/shown/file": shown})
    text = workshop.read(drv_path)
    assert text.startswith(f"needs {library}")
    assert f"\n{os.path.basename(library)}\n" in text.replace(shown, "\n")


def test_shown_path_that_is_missing(workshop: Workshop) -> None:
    drv_path = workshop.derivation("shown", "echo > $out")
    missing = str(workshop.build_directory / "missing")
    workshop.build(drv_path, sandbox_paths={**workshop.settings.sandbox_paths, "/maybe": f"{missing}?"})
    other = workshop.derivation("other", "echo > $out")
    with pytest.raises(BuildError, match="missing"):
        workshop.build(other, sandbox_paths={**workshop.settings.sandbox_paths, "/must": missing})


def test_dry_run_only_plans(workshop: Workshop) -> None:
    drv_path = workshop.derivation("planned", "echo > $out")
    results = workshop.build(drv_path, dry_run=True)
    assert results.plan.to_build == (drv_path,)
    assert workshop.recorder.plans[0] is results.plan
    assert not workshop.store.is_valid(workshop.out(drv_path))
    assert workshop.recorder.events == []


def test_repeated_build_of_the_same(workshop: Workshop) -> None:
    drv_path = workshop.derivation("same", "echo same > $out")
    assert workshop.build(drv_path, repeat=2).built == (drv_path,)
    assert workshop.recorder.events.count(("finished", drv_path)) == 3
    assert workshop.build(drv_path, check=True).built == (drv_path,)


def test_many_files_keep_their_kind(workshop: Workshop) -> None:
    script = """
      mkdir -p $out/a/b; : > $out/a/empty; echo x > $out/a/b/x; chmod 4755 $out/a/b/x; ln -s ../a $out/a/loop
      ln $out/a/empty $out/a/hard; chmod 700 $out/a; umask 077; echo y > $out/private
    """
    drv_path = workshop.derivation("kinds", script)
    workshop.build(drv_path)
    real = workshop.store.real(workshop.out(drv_path))
    modes = {
        os.path.relpath(os.path.join(folder, name), real): stat.S_IMODE(os.lstat(os.path.join(folder, name)).st_mode)
        for folder, directories, files in os.walk(real)
        for name in (*directories, *files)
        if not os.path.islink(os.path.join(folder, name))
    }
    assert modes == {
        "a": 0o555,
        "a/b": 0o555,
        "a/b/x": 0o555,
        "a/empty": 0o444,
        "a/hard": 0o444,
        "private": 0o444,
    }
    assert os.readlink(real + "/a/loop") == "../a"


def test_empty_plan_of_nothing(workshop: Workshop) -> None:
    assert workshop.build().outputs == {}


def test_unknown_derivation_is_named(workshop: Workshop) -> None:
    missing = StorePath("/nix/store/00000000000000000000000000000000-missing.drv")
    with pytest.raises(StoreError, match=missing):
        workshop.build(missing)


def test_unknown_output_is_named(workshop: Workshop) -> None:
    drv_path = workshop.derivation("one", "echo > $out")
    with pytest.raises(StoreError, match=f"derivation '{drv_path}' does not have wanted outputs 'dev'"):
        realise(workshop.store, [Wanted(drv_path, ("dev",))])


def test_platform_of_another_machine(workshop: Workshop) -> None:
    drv_path = workshop.derivation("foreign", "echo > $out", platform="riscv64-linux")
    with pytest.raises(BuildError, match=f"a 'riscv64-linux' with features {{}} is required to build '{drv_path}', "):
        workshop.build(drv_path)
    featured = workshop.derivation("big", "echo > $out", environment={"requiredSystemFeatures": "warp kvm"})
    with pytest.raises(BuildError, match=r"with features \{kvm, warp\} is required"):
        workshop.build(featured, system_features=frozenset({"kvm"}))


def test_log_without_lines(workshop: Workshop) -> None:
    drv_path = workshop.derivation("endless", "head -c 3000000 /dev/zero | tr '\\0' x; echo; echo last; echo > $out")
    workshop.build(drv_path)
    assert [len(line) for line in workshop.recorder.lines[:-1]] == pytest.approx([1 << 20, 1 << 20, 902_848], rel=0.1)
    assert sum(map(len, workshop.recorder.lines)) == 3_000_000 + len("last")
    log = read_log(workshop.store, drv_path)
    assert log is not None and len(log) == 3_000_006
