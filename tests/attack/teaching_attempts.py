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


LAUNCHED = ("/dev/zero", "a pipe", "/", "/nothing", "\ud800", "\0", "", 5, None, ["x"])
"""What an editor's settings, which lie in the repository that it shows, say is to be debugged."""

REQUESTS: tuple[tuple[str, object], ...] = (
    ("stackTrace", {"threadId": 10**30}),
    ("scopes", {"frameId": -1}),
    ("variables", {"variablesReference": 10**40}),
    ("variables", {"variablesReference": "x"}),
    ("evaluate", {"expression": "\ud800", "frameId": 1}),
    ("evaluate", {"expression": 5}),
    ("setBreakpoints", {"source": {"path": "\ud800"}, "breakpoints": [{"line": -(10**20)}, 5]}),
    ("setBreakpoints", []),
    ("source", {"sourceReference": "../../etc/passwd"}),
    ("next", {"threadId": {}}),
    ("continue", {}),
    ("reverseContinue", {}),
    ("pause", {}),
    ("terminate", {}),
    ("goto", None),
    ("\x1b]0;x\x07", {}),
)
"""What it asks then."""


class Cell(NamedTuple):
    """A cell of a notebook; it comes to an answer or an error, and nothing of it is obeyed by a terminal."""

    name: str
    code: str


CELLS = (
    Cell("a result that sets the window's title", '"\x1b]0;owned\x07"'),
    Cell("a trace that clears the screen", 'builtins.trace "\x1b[2J" 1'),
    Cell("a warning that writes backwards", 'builtins.warn "\u202e" 1'),
    Cell("an error that fills the clipboard", 'throw "\x1b]52;c;b3duZWQ=\x07"'),
    Cell("a name that moves the cursor", '{ "\x1b[1A" = 1; }'),
    Cell("a file's name that rings", ":l /nothing\x07"),
    Cell("a command that is none", ":\x1b]0;x\x07"),
    Cell("a documentation of nothing", ":doc \x1b[2J"),
    Cell("100,000 parentheses", "(" * 100_000 + ")" * 100_000),
    Cell("100,000 parentheses that stay open", "(" * 100_000),
    Cell("half a pair of surrogates", '"\ud800"'),
    Cell("a NUL", '"a\0b"'),
    Cell("2,000 lines", "x = 1\n" * 2_000),
    Cell("an end of all notebooks", ":q"),
    Cell("steps that are a page's script", ':steps "</script></iframe><script>alert(1)</script>"'),
    Cell("steps of nothing", ":steps"),
    Cell("steps of an endless run", ":steps let f = x: f (x + 1); in f 0"),
)

PERMALINKS = (
    ("a bomb", "#1.BOMB", "it holds too much"),
    ("no base64", "#1.@@@@", "it has characters that no link has"),
    ("half of a link", "#1.q1YqK", "part of it is missing or was changed"),
    ("no JSON", "#0.bm9uZQ", "part of it is missing or was changed"),
    ("bytes that are no text", "#0.__79", "part of it is missing or was changed"),
    ("a list", "#0.W10", "there is no program in it"),
    ("null", "#0.bnVsbA", "there is no program in it"),
    ("a program that is a number", "#0.eyJwcm9ncmFtIjo1fQ", "there is no program in it"),
    ("lists in lists", "#0.NESTED", "part of it is missing or was changed"),
    ("a prototype", "#0.eyJfX3Byb3RvX18iOnsicHJvZ3JhbSI6IngifX0", "there is no program in it"),
    ("another way of packing", "#2.AAAA", None),
    ("the name of a part of the page", '#"><script>', None),
)
"""What stands behind the # of the site's address, and what is said of it; None: it is no link."""


COURSE_LINKS = ("notes", "01-a/notes", "01-a/data/inner", "01-a/chapter.txt", "01-a/folder/x")
"""Where a course has a link to a file of its reader's (the last one: below a link to a folder)."""

EXERCISE_LINKS = ("secret", "/dev/zero", "a pipe")
"""What an exercise's file is, or leads to."""


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
