"""What a course, an editor or a recorded program has tried at whoever learns by it."""

from __future__ import annotations

from typing import NamedTuple


class Lesson(NamedTuple):
    """A line of an exercise's header that means to steer the terminal; it must be shown as what it is."""

    name: str
    header: str


LESSONS = (
    Lesson("a title that clears the screen", "# title: a\x1b[2Jb"),
    Lesson("a title that sets the window's title", "# title: a\x1b]0;owned\x07b"),
    Lesson("a title that writes backwards", "# title: a\u202eb"),
    Lesson("a hint that moves the cursor", "# title: a\n# hint: x\x1b[1Ay"),
    Lesson("a text that overwrites the line", "# title: a\n# read: x\ry"),
)


class Message(NamedTuple):
    """Bytes that an editor sends to the debug adapter; the session must end with a word and without harm."""

    name: str
    sent: bytes


MESSAGES = (
    Message("a length of many gigabytes", b"Content-Length: 99999999999\r\n\r\n{}"),
    Message("a length below zero", b"Content-Length: -1\r\n\r\n{}"),
    Message("a length that is no number", b"Content-Length: x\r\n\r\n{}"),
    Message("no length", b"Hello: 1\r\n\r\n"),
    Message("no object", b"Content-Length: 2\r\n\r\n[]"),
    Message("lists in lists", b"Content-Length: 200000\r\n\r\n" + b"[" * 200000),
    Message("bytes that are no text", b"Content-Length: 2\r\n\r\n\xff\xfe"),
)


class Program(NamedTuple):
    """A program whose recorded run becomes a page; nothing of it may be markup."""

    name: str
    text: str


PROGRAMS = (
    Program("a string that ends the script", '"</script><script>alert(1)</script>"'),
    Program("a comment that opens one", '"<!--<script>"'),
    Program("a name that is markup", '{ "<img src=x onerror=alert(1)>" = 1; }'),
    Program("placeholders", '"@RECORD@ @TITLE@ @SCRIPT@"'),
)
