"""Builds that fail: which error, which exit code, in which words, and that nothing is left behind."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from lixeval.build.builders.builder import BuildContext
from lixeval.build.results import BuildsFailed, failing_exit_code
from lixeval.build.sandbox import isolation
from lixeval.build.sandbox.isolation import Isolation, SandboxSetting, choose
from lixeval.errors import BuildError, BuildRejected, BuildTimeout, HashMismatch, NotDeterministic, StoreError
from lixeval.formats import hashes
from lixeval.formats.derivation import UNKNOWN, Output
from lixeval.formats.store_path import StorePath

if TYPE_CHECKING:
    from tests.support.workshop import Workshop

OUT_AND_DEV = {"out": Output(UNKNOWN), "dev": Output(UNKNOWN)}


def failure(workshop: Workshop, drv_path: StorePath, **settings: Any) -> BuildError:
    """The error of a build that must fail; nothing of it may be left, and nothing be registered."""
    with pytest.raises(BuildError) as caught:
        workshop.build(drv_path, **settings)
    assert caught.value.drv_path == drv_path
    assert workshop.recorder.events[-1] == ("failed", drv_path)
    assert not workshop.store.is_valid(workshop.out(drv_path))
    assert workshop.leftovers() == []
    return caught.value


def test_exit_code_and_log(isolated_workshop: Workshop) -> None:
    drv_path = isolated_workshop.derivation("fails", "seq 1 15; echo to stderr >&2; mkdir $out; exit 3")
    error = failure(isolated_workshop, drv_path)
    assert error.message == f"builder for '{drv_path}' failed with exit code 3"
    assert error.exit_code == 100
    assert error.log_tail == (*(str(number) for number in range(7, 16)), "to stderr")
    assert error.log_path is not None and os.path.exists(error.log_path)


def test_number_of_log_lines(workshop: Workshop) -> None:
    drv_path = workshop.derivation("fails", "seq 1 15; exit 1")
    assert failure(workshop, drv_path, log_lines=2).log_tail == ("14", "15")


def test_death_by_signal(workshop: Workshop) -> None:
    drv_path = workshop.derivation("dies", "sh -c 'kill -9 $$'; exit $?")
    assert failure(workshop, drv_path).message == f"builder for '{drv_path}' failed with exit code 137"


def test_program_that_does_not_exist(workshop: Workshop) -> None:
    drv_path = workshop.derivation("nothing", builder="/no/such/program")
    error = failure(workshop, drv_path)
    assert "/no/such/program" in str((error.message, error.log_tail))
    assert "No such file or directory" in str((error.message, error.log_tail))


def test_unsupported_builtin(workshop: Workshop) -> None:
    drv_path = workshop.derivation("unsupported", builder="builtin:frobnicate")
    assert failure(workshop, drv_path).message.startswith("unsupported builtin builder 'frobnicate'")


def test_timeout(isolated_workshop: Workshop) -> None:
    drv_path = isolated_workshop.derivation("slow", "echo begun; sleep infinity & trap '' TERM; sleep infinity")
    error = failure(isolated_workshop, drv_path, timeout=0.5)
    assert isinstance(error, BuildTimeout)
    assert error.message == f"building of '{drv_path}' timed out after 0.5 seconds"
    assert error.exit_code == 101
    assert error.log_tail == ("begun",)


def test_silence(workshop: Workshop) -> None:
    drv_path = workshop.derivation("silent", "for i in 1 2 3 4; do echo $i; sleep 0.2; done; sleep 60")
    error = failure(workshop, drv_path, max_silent_time=0.6)
    assert isinstance(error, BuildTimeout)
    assert error.message == f"building of '{drv_path}' timed out after 0.6 seconds of silence"
    assert error.log_tail == ("1", "2", "3", "4")


def test_endless_log(workshop: Workshop) -> None:
    drv_path = workshop.derivation("loud", "yes")
    error = failure(workshop, drv_path, max_log_size=100_000)
    assert error.message == f"'{drv_path}' killed after writing more than 100000 bytes of log output"


def test_missing_output(isolated_workshop: Workshop) -> None:
    drv_path = isolated_workshop.derivation("half", "echo > $out", outputs=OUT_AND_DEV)
    dev = isolated_workshop.out(drv_path, "dev")
    message = f"builder for '{drv_path}' failed to produce output path for output 'dev' at '{dev}'"
    assert failure(isolated_workshop, drv_path).message == message


def test_outputs_in_a_cycle(workshop: Workshop) -> None:
    drv_path = workshop.derivation("cycle", "echo $dev > $out; echo $out > $dev", outputs=OUT_AND_DEV)
    assert failure(workshop, drv_path).message.startswith(f"cycle detected in build of '{drv_path}' in the references")


def test_output_that_no_store_can_hold(workshop: Workshop) -> None:
    assert "has an unsupported type" in failure(workshop, workshop.derivation("pipe", "mkfifo $out")).message


@pytest.mark.parametrize(
    ("method", "script", "got"),
    [("sha256", "echo bad > $out", "sha256-HXo2POEkMIgexWyc8UCcScSRBDYY5ZjDVuKVkECHL1o=")],
)
def test_hash_mismatch(isolated_workshop: Workshop, method: str, script: str, got: str) -> None:
    """The words and the hash are those of real Nix 2.8 and 2.26 for the same builder."""
    workshop = isolated_workshop
    drv_path = workshop.derivation("fod", script, outputs={"out": Output(UNKNOWN, method, "00" * 32)})
    with pytest.raises(HashMismatch) as caught:
        workshop.build(drv_path)
    assert caught.value.message == (
        f"hash mismatch in fixed-output derivation '{drv_path}':\n"
        "         specified: sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
        f"            got:    {got}"
    )
    assert caught.value.exit_code == 102
    assert not workshop.store.is_valid(workshop.out(drv_path))
    assert workshop.leftovers() == []


def test_a_failed_download_may_succeed_next_time(isolated_workshop: Workshop) -> None:
    """So nix-build 2.26.3 ends with 1, whatever depends on it, and with 100 only for what would fail again."""
    workshop = isolated_workshop
    output = Output(UNKNOWN, "sha256", "00" * 32)
    drv_path = workshop.derivation("fod", "exit 3", outputs={"out": output})
    error = failure(workshop, drv_path)
    assert (error.message, error.exit_code) == (f"builder for '{drv_path}' failed with exit code 3", 1)
    assert failing_exit_code([error]) == failing_exit_code([error, error]) == 1
    assert failing_exit_code([error, BuildError("other")]) == 100


def test_what_was_fetched_is_kept_under_its_own_path(workshop: Workshop) -> None:
    wrong = workshop.derivation("fod", "echo bad > $out", outputs={"out": Output(UNKNOWN, "sha256", "00" * 32)})
    with pytest.raises(HashMismatch):
        workshop.build(wrong)
    actual = hashes.parse("sha256-HXo2POEkMIgexWyc8UCcScSRBDYY5ZjDVuKVkECHL1o=")
    right = workshop.derivation("fod", "exit 1", outputs={"out": Output(UNKNOWN, "sha256", actual.base16)})
    assert workshop.build(right).built == ()
    assert workshop.read(right) == "bad\n"


def test_flat_output_must_be_a_plain_file(workshop: Workshop) -> None:
    for script in ("mkdir $out", "echo x > $out; chmod +x $out", "ln -s x $out"):
        drv_path = workshop.derivation("flat", script, outputs={"out": Output(UNKNOWN, "sha256", "00" * 32)})
        message = f"output path '{workshop.out(drv_path)}' should be a non-executable regular file"
        assert failure(workshop, drv_path).message.startswith(message)


def test_fixed_output_must_not_refer_to_anything(workshop: Workshop) -> None:
    source = workshop.store.add_text("source", "s")
    content = f"{source}\n".encode()
    output = Output(UNKNOWN, "sha256", hashes.digest("sha256", content).base16)
    drv_path = workshop.derivation("refers", f"echo {source} > $out", outputs={"out": output}, sources=[source])
    assert failure(workshop, drv_path).message.startswith(
        f"fixed-output derivations must not reference store paths: '{drv_path}' references 1 distinct paths, e.g. '"
    )


@pytest.mark.parametrize(
    ("attribute", "value", "refers_to"),
    [
        ("allowedReferences", "", "input"),
        ("allowedReferences", "INPUT", "itself"),
        ("disallowedReferences", "INPUT", "input"),
        ("disallowedReferences", "out", "itself"),
        ("allowedRequisites", "INPUT", "requisite"),
        ("disallowedRequisites", "REQUISITE", "requisite"),
    ],
)
def test_forbidden_references(workshop: Workshop, attribute: str, value: str, refers_to: str) -> None:
    requisite = workshop.store.add_text("requisite", "r")
    source = workshop.store.add_text("input", requisite, [requisite])
    value = value.replace("INPUT", source).replace("REQUISITE", requisite)
    script = "echo $out > $out" if refers_to == "itself" else f"echo {source} > $out"
    drv_path = workshop.derivation("refers", script, sources=[source], environment={attribute: value})
    out = workshop.out(drv_path)
    culprit = {"itself": out, "input": source, "requisite": requisite}[refers_to]
    message = f"output '{out}' is not allowed to refer to the following paths:\n  {culprit}"
    assert failure(workshop, drv_path).message == message


@pytest.mark.parametrize(
    ("attribute", "value"),
    [("allowedReferences", "INPUT"), ("allowedRequisites", "INPUT REQUISITE"), ("disallowedReferences", "REQUISITE")],
)
def test_permitted_references(workshop: Workshop, attribute: str, value: str) -> None:
    requisite = workshop.store.add_text("requisite", "r")
    source = workshop.store.add_text("input", requisite, [requisite])
    value = value.replace("INPUT", source).replace("REQUISITE", requisite)
    drv_path = workshop.derivation("refers", f"echo {source} > $out", sources=[source], environment={attribute: value})
    assert workshop.build(drv_path).built == (drv_path,)


def test_checks_of_structured_attributes(workshop: Workshop) -> None:
    def structured(checks: str) -> StorePath:
        json = '{"name":"s","outputChecks":{"out":' + checks + "}}"
        script = "PATH=/usr/bin:/bin; eval $(sed -n \"s/.*\\['out'\\]='\\([^']*\\)'.*/out=\\1/p\" .attrs.sh); "
        script += "echo 0123456789 $out > $out"
        return workshop.derivation("s", script, environment={"__json": json})

    big = structured('{"maxSize":100}')
    out = workshop.out(big)
    assert failure(workshop, big).message.startswith(f"path '{out}' is too large at ")
    assert failure(workshop, big).message.endswith(" bytes; limit is 100 bytes")
    closure = structured('{"maxClosureSize":100}')
    assert failure(workshop, closure).message.startswith(f"closure of path '{workshop.out(closure)}' is too large")
    itself = structured('{"allowedRequisites":[]}')
    assert "is not allowed to refer to" in failure(workshop, itself).message
    senseless = structured('{"allowedReferences":["nothing"]}')
    assert "illegal reference specifier 'nothing'" in failure(workshop, senseless).message
    fine = structured('{"allowedRequisites":[],"ignoreSelfRefs":true,"maxSize":1000}')
    assert workshop.build(fine).built == (fine,)


def test_check_finds_another_result(isolated_workshop: Workshop) -> None:
    workshop = isolated_workshop
    drv_path = workshop.derivation("random", "date +%s%N > $out")
    workshop.build(drv_path)
    before = workshop.read(drv_path)
    with pytest.raises(NotDeterministic) as caught:
        workshop.build(drv_path, check=True)
    out = workshop.out(drv_path)
    assert caught.value.message == f"derivation '{drv_path}' may not be deterministic: output '{out}' differs"
    assert caught.value.exit_code == 104
    assert workshop.read(drv_path) == before
    assert workshop.leftovers() == []


def test_check_keeps_the_other_result(workshop: Workshop) -> None:
    drv_path = workshop.derivation("random", "date +%s%N > $out")
    workshop.build(drv_path)
    with pytest.raises(NotDeterministic, match=r"differs from '.*\.check'"):
        workshop.build(drv_path, check=True, keep_failed=True)
    kept = Path(workshop.store.real(workshop.out(drv_path)) + ".check")
    assert kept.read_text() != workshop.read(drv_path)


def test_check_needs_something_to_compare_with(workshop: Workshop) -> None:
    drv_path = workshop.derivation("new", "echo > $out")
    error = failure(workshop, drv_path, check=True)
    assert error.message == f"some outputs of '{drv_path}' are not valid, so checking is not possible"


def test_repeat_finds_another_result(workshop: Workshop) -> None:
    drv_path = workshop.derivation("random", "date +%s%N > $out")
    with pytest.raises(NotDeterministic):
        workshop.build(drv_path, repeat=1)


def test_kept_build_directory(isolated_workshop: Workshop) -> None:
    workshop = isolated_workshop
    drv_path = workshop.derivation("kept", "echo evidence > file; exit 1")
    with pytest.raises(BuildError):
        workshop.build(drv_path, keep_failed=True)
    directory = workshop.build_directory / "nix-build-kept.drv-0/build"
    assert f"note: keeping build directory '{directory}'" in workshop.recorder.messages
    assert (directory / "file").read_text() == "evidence\n"
    assert (directory / "file").stat().st_uid == os.geteuid()


def test_failure_stops_the_others(workshop: Workshop) -> None:
    fails = workshop.derivation("fails", "sleep 0.3; exit 1")
    sleeps = workshop.derivation("sleeps", "sleep infinity; echo > $out")
    needs = workshop.derivation("needs", "echo > $out", inputs={fails: ("out",)})
    with pytest.raises(BuildError, match=f"builder for '{fails}' failed with exit code 1"):
        workshop.build(needs, sleeps, max_jobs=3)
    assert ("finished", sleeps) not in workshop.recorder.events
    assert ("started", needs) not in workshop.recorder.events
    assert workshop.leftovers() == []


def test_keep_going_builds_what_it_can(workshop: Workshop) -> None:
    fails = workshop.derivation("fails", "exit 1")
    slow = workshop.derivation("slow", "sleep 60")
    fine = workshop.derivation("fine", "sleep 0.2; echo > $out")
    after = workshop.derivation("after", "echo > $out", inputs={fine: ("out",)})
    never = workshop.derivation("never", "echo > $out", inputs={fails: ("out",), fine: ("out",)})
    with pytest.raises(BuildsFailed) as caught:
        workshop.build(never, after, slow, max_jobs=1, keep_going=True, timeout=1.5)
    assert [type(error) for error in caught.value.failures] == [BuildError, BuildTimeout]
    assert caught.value.exit_code == 101
    assert workshop.store.is_valid(workshop.out(after))
    assert ("started", never) not in workshop.recorder.events


def test_exit_codes_of_several_failures() -> None:
    """From the table in nix-build's manual: 100 = 0b1100100, 101 = 0b1100101, 102 = 0b1100110, 104 = 0b1101000."""
    kinds = {100: BuildError, 101: BuildTimeout, 102: HashMismatch, 104: NotDeterministic}
    for code, kind in kinds.items():
        assert failing_exit_code([kind("x")]) == code == kind.exit_code
    assert failing_exit_code([BuildTimeout("x"), HashMismatch("y")]) == 0b1100111
    assert failing_exit_code([BuildRejected("x")]) == BuildRejected("x").exit_code == 1
    assert failing_exit_code([BuildRejected("x"), BuildError("y")]) == 100
    assert failing_exit_code([NotDeterministic("x"), BuildError("y")]) == 0b1101100


def test_full_disk(workshop: Workshop) -> None:
    """A file size limit stands for a full disk: the write fails in the same way, without needing a small disk."""
    drv_path = workshop.derivation("big", "ulimit -f 1 2>/dev/null; trap '' XFSZ; head -c 1000000 /dev/zero > $out")
    assert "failed with exit code" in failure(workshop, drv_path).message


def test_full_disk_while_the_outputs_are_taken_over(workshop: Workshop) -> None:
    def builder(context: BuildContext) -> None:
        with open(context.outputs["out"], "w") as file:
            file.write("half")
        raise OSError(28, "No space left on device", context.outputs["out"])

    drv_path = workshop.derivation("full", builder="builtin:full")
    with pytest.raises(BuildError, match=rf"^building '{drv_path}' failed: No space left on device: '/") as caught:
        workshop.build(drv_path, builtin_builders={"full": builder})
    assert str(caught.value.hint).startswith("make room")
    assert workshop.leftovers() == []


def test_no_isolation_is_an_error_that_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(isolation, "why_not", lambda kind: "forbidden")
    with pytest.raises(StoreError, match="builds cannot be isolated on this machine") as caught:
        choose("auto", diverted=True)
    hint = caught.value.hint or ""
    assert "bubblewrap" in hint and "user namespaces" in hint and "root" in hint


@pytest.mark.parametrize(
    ("setting", "diverted", "working", "chosen"),
    [
        ("auto", True, {"NAMESPACES", "BUBBLEWRAP", "MOUNTS", "CHROOT", "NONE"}, "NAMESPACES"),
        ("auto", True, {"BUBBLEWRAP", "NONE"}, "BUBBLEWRAP"),
        ("auto", True, {"CHROOT", "NONE"}, "CHROOT"),
        ("auto", True, {"NONE"}, None),
        ("auto", False, {"CHROOT", "NONE"}, "NONE"),
        ("required", True, {"CHROOT"}, None),
        ("required", False, {"NONE"}, None),
        ("required", False, {"MOUNTS", "NONE"}, "MOUNTS"),
        ("off", False, {"NAMESPACES", "NONE"}, "NONE"),
        ("off", True, {"NAMESPACES", "MACHINE", "NONE"}, "MACHINE"),
        ("off", True, {"NAMESPACES", "NONE"}, "NAMESPACES"),
        ("relaxed", True, {"NAMESPACES", "MACHINE", "NONE"}, "NAMESPACES"),
    ],
)
def test_choice_of_isolation(
    monkeypatch: pytest.MonkeyPatch, setting: SandboxSetting, diverted: bool, working: set[str], chosen: str | None
) -> None:
    monkeypatch.setattr(isolation, "why_not", lambda kind: None if kind.name in working else "no")
    if chosen is None:
        with pytest.raises(StoreError):
            choose(setting, diverted=diverted)
    else:
        assert choose(setting, diverted=diverted) is Isolation[chosen]


def test_leaving_the_sandbox_has_to_be_allowed(workshop: Workshop) -> None:
    drv_path = workshop.derivation("open", "echo > $out", environment={"__noChroot": "1"})
    assert f"'{drv_path}' has '__noChroot' set" in failure(workshop, drv_path).message


def test_what_git_would_call_it(workshop: Workshop) -> None:
    """The hash is that of git's blob; a wrong one is told with the right one."""
    script = "printf 'hello\\n' > $out"
    right, wrong = "ce013625030ba8dba906f756967f9e9ca394464a", "00" * 20
    drv_path = workshop.derivation("blob", script, outputs={"out": Output(UNKNOWN, "git:sha1", right)})
    workshop.build(drv_path)
    assert (
        workshop.store.info(workshop.out(drv_path)).ca
        == f"fixed:git:sha1:{hashes.Hash('sha1', bytes.fromhex(right)).nix32}"
    )
    with pytest.raises(HashMismatch, match=r"got: .*sha1-zgE2JQMLqNupBvdWln"):
        workshop.build(workshop.derivation("blob", script, outputs={"out": Output(UNKNOWN, "git:sha1", wrong)}))
