"""Courses, editors and recorded programs that mean harm."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from lixeval.cli import main
from lixeval.cli.notebook.answers import NotebookSession
from lixeval.debugger.adapter import Adapter
from lixeval.errors import SystemFailure
from lixeval.site.archive import write_archive
from lixeval.site.manual import lessons
from lixeval.site.story_page import page_of
from lixeval.site.write import PAGES
from lixeval.teach.record import story
from tests.attack.teaching_attempts import (
    CELLS,
    COURSE_LINKS,
    EXERCISE_LINKS,
    LAUNCHED,
    LESSONS,
    MESSAGES,
    PERMALINKS,
    PROGRAMS,
    REQUESTS,
    Cell,
    Lesson,
    Message,
    Program,
)


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.name)
def test_lessons(
    lesson: Lesson, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", os.fspath(tmp_path / "share"))
    monkeypatch.chdir(tmp_path)
    course = tmp_path / "course"
    course.mkdir()
    (course / "one.nix").write_text(f"{lesson.header}\n# kind: predict\n# ask: b\n# answer: 1\n1\n", newline="")
    main(["learn", "--path", "course"])
    main(["learn", "--path", "course", "--list"])
    said = capsys.readouterr()
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202e]", said.out + said.err)


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message.name)
def test_messages(message: Message) -> None:
    out = BytesIO()
    Adapter(BytesIO(message.sent), out).serve()
    assert b"the editor sent" in out.getvalue()


def sent(*requests: tuple[str, object]) -> bytes:
    """Requests as an editor sends them."""
    told = b""
    for number, (command, arguments) in enumerate(requests):
        asked = {"seq": number, "type": "request", "command": command, "arguments": arguments}
        body = json.dumps(asked).encode()
        told += b"Content-Length: %d\r\n\r\n" % len(body) + body
    return told


@pytest.mark.parametrize("program", LAUNCHED, ids=ascii)
def test_launched(program: object, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a pipe")
    given = os.fspath(tmp_path / "a pipe") if program == "a pipe" else program
    out = BytesIO()
    begin: tuple[str, object] = ("launch", {"program": given})
    Adapter(BytesIO(sent(("initialize", {}), begin, ("configurationDone", {}), *REQUESTS)), out).serve()
    told = out.getvalue().decode()
    assert told.count('"type": "response"') == 3 + len(REQUESTS)
    assert "Traceback" not in told and "bug of lixeval" not in told


@pytest.mark.parametrize("request_made", REQUESTS, ids=ascii)
def test_requests(request_made: tuple[str, object], tmp_path: Path) -> None:
    (tmp_path / "a.nix").write_text("let a = 1; in a + 2")
    begin: tuple[str, object] = ("launch", {"program": os.fspath(tmp_path / "a.nix"), "stopOnEntry": True})
    out = BytesIO()
    configured: tuple[str, object] = ("configurationDone", {})
    requests: list[tuple[str, object]] = [begin, configured, request_made, ("threads", {})]
    Adapter(BytesIO(sent(*requests)), out).serve()
    told = out.getvalue().decode()
    assert told.count('"type": "response"') == len(requests)
    assert "Traceback" not in told and "bug of lixeval" not in told and "root:" not in told


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
def test_cells(cell: Cell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LIXEVAL_STORE", "XDG_CACHE_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    told: list[str] = []
    session = NotebookSession(told.append)
    session.is_unfinished(cell.code)
    list(session.completions(cell.code, cell.code[-5:]))
    session.documentation(cell.code)
    for answered in session.answers(cell.code):
        told += [answered.text, *(answered.error or ())]
        assert answered.page is None or answered.page.count("<script") == answered.page.count("</script>") == 3
    whole = "".join(told)
    assert "Traceback" not in whole
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202e\ud800-\udfff]", whole)


READ_LINKS = """
import { BrokenLink, decode } from "./permalink.js";
import zlib from "node:zlib";
const url = (bytes) => Buffer.from(bytes).toString("base64url");
const bomb = url(zlib.deflateRawSync(Buffer.alloc(50_000_000, 32)));
for (const hash of JSON.parse(process.argv[2])) {
  const given = hash.replace("BOMB", bomb).replace("NESTED", url("[".repeat(1_000_000)));
  let said;
  try { said = await decode(given); } catch (error) {
    said = error instanceof BrokenLink ? error.message : `not told: ${error}`;
  }
  console.log(JSON.stringify(said));
}
"""


def test_permalinks(tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("needs Node, which runs the site's scripts")
    shutil.copy(PAGES / "permalink.js", tmp_path)
    (tmp_path / "package.json").write_text('{ "type": "module" }')
    (tmp_path / "read.js").write_text(READ_LINKS)
    command = [node, "read.js", json.dumps([hash_part for _, hash_part, _ in PERMALINKS])]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=True)
    assert [json.loads(line) for line in done.stdout.splitlines()] == [must for _, _, must in PERMALINKS]


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
def test_pages(program: Program) -> None:
    record = story(program.text, strict=True)
    page = page_of(record, program.text)
    assert page.count("<script") == page.count("</script>") == 3
    assert "<img" not in page
    found = re.search(r'<script type="application/json" id="record">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    assert json.loads(found[1]) == record


def test_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a course links to is not copied beside the learner's file."""
    monkeypatch.setenv("XDG_DATA_HOME", os.fspath(tmp_path / "share"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "secret").write_text("SEKRET")
    course = tmp_path / "course"
    (course / "data").mkdir(parents=True)
    (course / "one.nix").write_text("# title: a\n# kind: predict\n# ask: b\n# answer: 1\n1\n")
    (course / "notes").symlink_to(tmp_path / "secret")
    (course / "data/inner").symlink_to(tmp_path / "secret")
    main(["learn", "--path", "course"])
    copies = [path for path in (tmp_path / "learn-nix").rglob("*") if path.is_file() and not path.is_symlink()]
    assert not [path for path in copies if "SEKRET" in path.read_text()]


@pytest.mark.parametrize("place", COURSE_LINKS)
def test_a_site_holds_nothing_from_outside_of_a_course(place: str, tmp_path: Path) -> None:
    """Whoever publishes a course that somebody else has written publishes no file of his own."""
    (tmp_path / "elsewhere").mkdir()
    for secret in tmp_path / "secret", tmp_path / "elsewhere/x":
        secret.write_text("SEKRET")
    course = tmp_path / "course"
    (course / "01-a/data").mkdir(parents=True)
    (course / "01-a/01-one.nix").write_text("# title: a\n# kind: predict\n# ask: b\n# answer: 1\n1\n")
    (course / "01-a/own").write_text("own")
    (course / "01-a/data/own").symlink_to("../own")
    (course / "round").symlink_to(".")
    link, target = (course / "01-a/folder", "elsewhere") if place.endswith("/x") else (course / place, "secret")
    link.symlink_to(tmp_path / target)
    write_archive(tmp_path / "app.zip", course=course)
    with zipfile.ZipFile(tmp_path / "app.zip") as archive:
        held = {name.partition("/syllabus/")[2] for name in archive.namelist() if "/syllabus/" in name}
        assert not [name for name in archive.namelist() if b"SEKRET" in archive.read(name)]
    assert held == {"01-a/01-one.nix", "01-a/own", "01-a/data/own"}
    assert "SEKRET" not in json.dumps(lessons(os.fspath(course)))


@pytest.mark.parametrize("target", EXERCISE_LINKS)
def test_an_exercise_is_a_file_of_its_course(target: str, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("# title: SEKRET\n# kind: predict\n# ask: b\n# answer: 1\n1\n")
    course = tmp_path / "course"
    course.mkdir()
    if target == "a pipe":
        os.mkfifo(course / "one.nix")
    else:
        (course / "one.nix").symlink_to(tmp_path / target)
    with pytest.raises(SystemFailure, match="no file of its course"):
        lessons(os.fspath(course))
