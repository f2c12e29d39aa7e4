"""Exercises: their format, that each asks something, that its solution is right by real Nix, and what judging says."""

from __future__ import annotations

import os
import re
import select
import subprocess
import sys
from pathlib import Path

import pytest

from lixeval.cli import main
from lixeval.errors import UsageError
from lixeval.system.directories import EMBEDDED
from lixeval.teach.lessons.exercise import COMPLETE, PREDICT, REPAIR, YOURS, Exercise, ExerciseFault, parse
from lixeval.teach.lessons.judging import OPEN, RIGHT, WRONG, judge, judge_prediction
from lixeval.teach.lessons.progress import Progress
from lixeval.teach.lessons.syllabus import exercises, named
from tests.support.terminals import read_piece

NIX = os.environ.get("LIXEVAL_TEST_NIX", "")
ALL = exercises()


def by_name(word: str) -> Exercise:
    return named(ALL, word)


def test_there_are_twelve_chapters_of_five_and_more() -> None:
    chapters: dict[str, int] = {}
    for exercise in ALL:
        title = exercise.chapter
        chapters[title] = chapters.get(title, 0) + 1
    assert len(chapters) == 12
    assert min(chapters.values()) >= 5
    assert len(ALL) >= 60
    assert {exercise.kind for exercise in ALL} == {COMPLETE, REPAIR, PREDICT}


@pytest.mark.parametrize("exercise", ALL, ids=lambda exercise: exercise.name)
def test_an_exercise_is_open_and_its_solution_right(exercise: Exercise) -> None:
    assert exercise.hints
    handed_out = exercise.handed_out
    assert "answer: " + exercise.answer not in handed_out.partition(exercise.body)[0].replace(YOURS, "")
    assert judge(exercise, handed_out).state == OPEN
    if exercise.kind == PREDICT:
        assert exercise.answer in (exercise.result, " ".join(exercise.forced or ()), str(exercise.traced))
        verdict = judge(exercise, handed_out.replace(YOURS, f"{YOURS} {exercise.answer}"))
        assert verdict.ran is not None
        assert verdict.ran.value == exercise.result
    else:
        verdict = judge(exercise, exercise.solved)
    assert verdict.state == RIGHT, verdict.text
    assert verdict.ran is not None
    assert exercise.traced is None or len(verdict.ran.said) == exercise.traced


@pytest.mark.parametrize("exercise", ALL, ids=lambda exercise: exercise.name)
def test_a_wrong_answer_is_wrong_and_so_is_a_right_value_that_asked_for_too_much(exercise: Exercise) -> None:
    if exercise.kind == PREDICT:
        for wrong in ("x", f"{exercise.answer} x", f"[ {exercise.answer} ]"):
            assert judge(exercise, exercise.handed_out.replace(YOURS, f"{YOURS} {wrong}")).state == WRONG
        return
    assert judge(exercise, f"[ (\n{exercise.solved}\n) ]").state == WRONG
    if exercise.forced is not None:
        names = set(exercise.solved.split()) & {"usual", "listed", "one", "two", "secret"}
        for name in names:
            before, between, after = exercise.solved.rpartition("\nin\n")
            verdict = judge(exercise, f"{before}{between}builtins.seq {name} ({after})")
            assert (verdict.state, verdict.text) == (WRONG, f"right value, but you forced {name}")
        assert names


@pytest.mark.parametrize("exercise", [one for one in ALL if one.kind == REPAIR], ids=lambda exercise: exercise.name)
def test_what_is_to_be_repaired_fails_in_the_learners_own_line(exercise: Exercise) -> None:
    error = judge(exercise, exercise.handed_out).error
    assert error is not None
    assert error.span is not None
    assert error.span.source.name == exercise.path


@pytest.mark.skipif(not NIX, reason="LIXEVAL_TEST_NIX names no real Nix")
def test_real_nix_gives_the_recorded_values(tmp_path: Path) -> None:
    """One call for all of them: a list of texts, each printed by itself."""
    wrong = {}
    for exercise in ALL:
        chapter = Path(exercise.path).parent
        file = tmp_path / f"{exercise.name.replace('/', '-')}.nix"
        file.write_text(exercise.solved.replace("./data", f"{chapter}/data"))
        words = [NIX, "nix-instantiate", "--eval", "--strict", "-I", f"nixpkgs={EMBEDDED}", os.fspath(file)]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        said = done.stderr.count("trace: ")
        if done.stdout.strip() != exercise.result or exercise.traced not in (None, said):
            wrong[exercise.name] = (done.stdout, done.stderr[-300:], said)
    assert not wrong


# Judging


def test_a_right_value_may_have_asked_for_too_much() -> None:
    exercise = by_name("07-take-less")
    verdict = judge(exercise, exercise.body.replace("???", "builtins.deepSeq config config.port"))
    assert (verdict.state, verdict.text) == (WRONG, "right value, but you forced secret")
    verdict = judge(exercise, exercise.body.replace("???", "8080"))
    assert (verdict.state, verdict.text) == (WRONG, "right value, but you did not ask for config, port")


def test_a_prediction_of_names_minds_no_order() -> None:
    exercise = by_name("01-never-asked")
    assert judge_prediction(exercise, "c, a").state == RIGHT
    assert judge_prediction(exercise, "a b c").state == WRONG
    assert judge_prediction(exercise, "").state == OPEN


def test_a_wrong_value_and_an_error_are_told() -> None:
    exercise = by_name("01-a-number")
    assert judge(exercise, "40 + 3").text == "the value is 43, and 42 was asked for"
    assert len(judge(exercise, "builtins.genList (x: x) 99999").text) < 400
    verdict = judge(exercise, "40 + x")
    assert verdict.state == WRONG
    assert verdict.error is not None
    assert verdict.error.message == "undefined variable 'x'"


# Faulty files


FAULTS = {
    "1 + 1\n": (1, "the exercise has no 'title'"),
    "": (1, "there is no program behind the header"),
    "# title: a\n# kind: complete\n# ask: b\n# answer: 1\n": (4, "there is no program behind the header"),
    "# title: a\n# kind: guess\n# ask: b\n# answer: 1\n1\n": (2, "'guess' is no kind of exercise"),
    "# title: a\n# kidn: predict\n1\n": (2, "'kidn' means nothing in the header of an exercise"),
    "# title: a\n# title: b\n1\n": (2, "'title' stands in line 1 already"),
    "# title:\n1\n": (1, "nothing stands behind 'title:'"),
    "# title: a\n# kind: complete\n# ask: b\n# answer: 1\n# solution: 1\n1\n": (
        2,
        "the program has no '???' that could be completed",
    ),
    "# title: a\n# kind: repair\n# ask: b\n# answer: 1\n# replace: x\n# solution: 1\n1\n": (
        5,
        "the program has no 'x' that could be replaced",
    ),
    "# title: a\n# kind: complete\n# ask: b\n# answer: 1\n???\n": (2, "there is no 'solution'"),
    "# title: a\n# kind: predict\n# ask: b\n# answer: 1\n# solution: 1\n1\n": (
        5,
        "a prediction has no 'solution': nothing is changed",
    ),
    "# title: a\n# kind: predict\n# ask: b\n# answer: 1\n# traced: x\n1\n": (5, "'x' is no number"),
    "# title: a\n# kind: predict\n# ask: b\n# answer: 1\n# after: dance\n1\n": (5, "'dance' cannot come after"),
}


@pytest.mark.parametrize("text", FAULTS)
def test_a_faulty_file_is_told_at_its_line(text: str) -> None:
    with pytest.raises(ExerciseFault) as caught:
        parse("x/y", "/course/x/y.nix", text)
    assert caught.value.span is not None
    assert (caught.value.span.line, caught.value.message) == FAULTS[text]


def test_the_command_shows_the_line_at_fault(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.nix").write_text("# title: a\n# kidn: predict\n1\n")
    assert main(["learn", "--path", os.fspath(tmp_path), "--list"]) == 1
    said = capsys.readouterr().err
    assert f"at {tmp_path}/a.nix:2:1" in said
    assert "2| # kidn: predict" in said


def test_a_faulty_exercise_is_told_and_the_others_go_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "01-a.nix").write_text("# title: a\n# kidn: predict\n1\n")
    (tmp_path / "02-b.nix").write_text("# title: Second\n# kind: predict\n# ask: what?\n# answer: 3\n1 + 2\n")
    (tmp_path / "03-c.nix").mkdir()
    assert main(["learn", "--path", os.fspath(tmp_path), "--list"]) == 0
    told = capsys.readouterr()
    assert "[ ] 02-b" in told.out
    assert "0 of 1 solved" in told.out
    assert f"at {tmp_path}/01-a.nix:2:1" in told.err
    assert f"cannot read the exercise '{tmp_path}/03-c.nix'" in told.err
    into = os.fspath(tmp_path / "mine")
    assert main(["learn", "--path", os.fspath(tmp_path), "--check", "--into", into]) == 1


def test_a_folder_without_exercises_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        exercises(os.fspath(tmp_path))
    with pytest.raises(UsageError):
        exercises(os.fspath(tmp_path / "missing"))


# The command


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_DATA_HOME", os.fspath(tmp_path / "share"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_course_of_a_teacher_is_solved_and_remembered(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    course = home / "course"
    course.mkdir()
    (course / "one.nix").write_text("# title: One\n# kind: complete\n# ask: b\n# answer: 2\n# solution: 1\n1 + ???\n")
    (course / "two.nix").write_text("# title: Two\n# kind: predict\n# ask: what?\n# answer: 3\n1 + 2\n")
    words = ["learn", "--path", "course"]
    assert main([*words, "--check"]) == 1
    copy = home / "learn-nix/course/one.nix"
    copy.write_text(copy.read_text().replace("???", "1"))
    assert main([*words, "--check"]) == 1
    assert "right  course/one\nopen   course/two: it waits for your answer" in capsys.readouterr().out
    assert main([*words, "--list"]) == 0
    listed = capsys.readouterr().out
    assert "[x] one" in listed
    assert "[ ] two" in listed
    assert Progress("course").solved() == {"course/one"}
    assert main(words) == 1
    assert "predict: what?" in capsys.readouterr().out
    assert main([*words, "--reset", "one"]) == 1
    assert "???" in copy.read_text()
    assert main([*words, "--forget", "--list"]) == 0
    assert "0 of 2 solved" in capsys.readouterr().out


@pytest.mark.parametrize(
    "program",
    [
        "let f = x: f x; in f 1",
        "builtins.genericClosure { startSet = [ { key = 0; } ]; operator = i: [ { key = i.key + 1; } ]; }",
        "builtins.foldl' (a: b: a) 0 (builtins.genList (x: x) 1000000000)",
        "let l = builtins.genList (x: x) 9999; in builtins.sort (a: b: builtins.filter (c: c == b) l < [ ]) l",
    ],
)
def test_what_never_ends_is_wrong(program: str, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "course").mkdir()
    (home / "course/one.nix").write_text(
        "# title: One\n# kind: complete\n# ask: b\n# answer: 2\n# solution: 1\n1 + ???\n"
    )
    (home / "learn-nix/course").mkdir(parents=True)
    (home / "learn-nix/course/one.nix").write_text(program)
    assert main(["learn", "--path", "course", "--max-time", "0.5"]) == 1
    assert re.search("longer than 0.5 s|E0406|E0402", capsys.readouterr().out)
    (home / "learn-nix/course/one.nix").write_text("let f = n: if n == 0 then 2 else f (n - 1); in f 500")
    assert main(["learn", "--path", "course", "--max-steps", "100"]) == 1
    assert "more than 100 steps" in capsys.readouterr().out
    assert main(["learn", "--path", "course", "--max-steps", "x"]) == 1
    assert main(["learn", "--path", "course"]) == 0


def test_what_exercises_import_is_beside_the_copy(home: Path) -> None:
    assert main(["learn", "--check", "07-import-and-files/01-import"]) == 1
    copy = home / "learn-nix/07-import-and-files/01-import.nix"
    copy.write_text(copy.read_text().replace("???", "python"))
    assert main(["learn", "--check", "07-import-and-files/01-import"]) == 0


def test_a_name_that_is_none_or_several(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["learn", "nothing-such"]) == 1
    assert "'nothing-such' is no exercise" in capsys.readouterr().err
    assert main(["learn", "never"]) == 1
    assert "04-laziness/01-never-asked" in capsys.readouterr().out
    assert main(["learn", "01"]) == 1
    assert "/01-" in capsys.readouterr().out
    assert main(["learn", "er"]) == 1
    assert "'er' could be " in capsys.readouterr().err


def test_a_chapter_is_named(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["learn", "laziness"]) == 1
    assert "Laziness 1 of" in capsys.readouterr().out
    assert main(["learn", "--check", "laziness"]) == 1
    told = capsys.readouterr().out.splitlines()
    assert len(told) >= 5
    assert all(" 04-laziness/" in line for line in told)


def test_progress_that_cannot_be_read_counts_as_none(home: Path) -> None:
    progress = Progress("course")
    progress.solve("a")
    Path(progress.file).write_text("[" * 100_000)
    assert progress.solved() == set()
    Path(progress.file).write_text('{"' + os.path.abspath("course") + '": [1, "b"]}')
    assert progress.solved() == {"b"}


# Watching


class Watched:
    """`lixeval learn` on a terminal of its own."""

    def __init__(self, *words: str) -> None:
        import pty

        self.process, self.terminal = pty.fork()
        if self.process == 0:
            os.environ |= {"TERM": "xterm", "COLUMNS": "80", "LINES": "40"}
            os.execv(sys.executable, [sys.executable, "-m", "lixeval", "learn", *words])
        self.said = ""

    def wait(self, text: str) -> None:
        """Reads until the terminal has said it."""
        while text not in self.said:
            assert select.select([self.terminal], [], [], 60)[0], self.said
            piece = read_piece(self.terminal)
            assert piece, self.said
            self.said += piece.decode()
        self.said = self.said.partition(text)[2]

    def press(self, keys: str) -> None:
        os.write(self.terminal, keys.encode())


def test_it_watches_the_file_and_listens_to_keys(home: Path) -> None:
    learner = Watched("04-laziness/01")
    learner.wait("it waits for your answer")
    learner.press("h")
    learner.wait("hint: if asks for its condition")
    learner.press("a")
    learner.wait("your answer: ")
    learner.press("a c\n")
    learner.wait("right: a c: so it is")
    learner.press("e")
    learner.wait("any key goes back")
    learner.press(" ")
    learner.wait("q leave")
    learner.press("n")
    learner.wait("How often")
    learner.press("p")
    learner.wait("right: a c")
    copy = home / "learn-nix/04-laziness/01-never-asked.nix"
    copy.write_text(copy.read_text().replace("answer: a c", "answer: b"))
    learner.wait("'b' is not what happens")
    learner.press("q")
    learner.wait("1 of 88 solved; lixeval learn goes on from here.")
    assert os.waitpid(learner.process, 0)[1] == 0
    os.close(learner.terminal)
