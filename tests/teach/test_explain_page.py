"""The examples of docs/explain.md: the files in it, and what the commands print."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from lixeval.cli import run
from lixeval.parity.generate import programs
from lixeval.teach.record import story
from lixeval.teach.values import Bounds

PAGE = (Path(__file__).parents[2] / "docs/explain.md").read_text(encoding="utf-8")


def test_the_page_says_what_the_commands_print(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "page"
    folder.mkdir()
    monkeypatch.chdir(folder)
    for name, text in re.findall(r"```nix\n# (\S+)\n(.*?)```", PAGE, re.DOTALL):
        (folder / name).write_text(text)
    commands = re.findall(r"```\n\$ lixeval (.*?)\n(.*?)\n```", PAGE, re.DOTALL)
    for command, expected in commands:
        run(shlex.split(command))
        assert capsys.readouterr().out.rstrip() == expected, command
    assert len(commands) == 7


def test_walking_never_fails() -> None:
    from itertools import islice
    from random import Random

    from lixeval.cli.output.stepper import Screen

    keys = ["down", "up", "right", "left", "/", "a", "enter", "n", "f", "b", "m", "e", "home", "end", "escape"]
    random = Random(1)
    for text in islice(programs(5), 40):
        record = story(text, bounds=Bounds(events=2000, items=6, text=30, depth=2, bytes=random.choice((2000, 10**6))))
        for small in (True, False):
            screen = Screen(record, rewriting=small, only="")
            for _ in range(30):
                if not screen.key(random.choice(keys)):
                    break
                assert len(screen.text(24, 80).split("\n")) == 24
