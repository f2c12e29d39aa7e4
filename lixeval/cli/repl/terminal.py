"""The REPL's terminal: editing with history and completion through prompt_toolkit, or plain lines through a pipe."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from typing import Any, Protocol

from lixeval.cli.output.terminal import is_dialogue

PROMPT = "nix-repl> "
CONTINUED = "          "


class Answers(Protocol):
    """What a terminal asks of a session."""

    commands: list[str]

    def is_unfinished(self, line: str) -> bool: ...

    def completions(self, before: str) -> Iterator[str]: ...


def lines(session: Any) -> Iterator[str]:
    """What the user enters, each a whole expression or command, until the input ends."""
    if is_dialogue():
        yield from _from_terminal(session)
    else:
        yield from _from_pipe(session)


def _from_pipe(session: Answers) -> Iterator[str]:
    text = ""
    for line in sys.stdin:
        text += line.rstrip("\n")
        if session.is_unfinished(text):
            text += "\n"
            continue
        yield text
        text = ""
    if text.strip():
        yield text


def _from_terminal(session: Answers) -> Iterator[str]:
    """Enter ends an expression where it is complete, and begins a new line where it is not."""
    from prompt_toolkit import PromptSession
    from prompt_toolkit.history import FileHistory
    from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent

    keys = KeyBindings()

    @keys.add("enter")
    def _(event: KeyPressEvent) -> None:
        buffer = event.current_buffer
        if session.is_unfinished(buffer.text) and buffer.document.is_cursor_at_the_end:
            buffer.insert_text("\n")
        else:
            buffer.validate_and_handle()

    prompt: Any = PromptSession(
        PROMPT,
        history=FileHistory(history_file()),
        completer=_completer(session),
        complete_while_typing=False,
        key_bindings=keys,
        multiline=True,
        prompt_continuation=CONTINUED,
        enable_history_search=True,
    )
    while True:
        try:
            yield prompt.prompt()
        except KeyboardInterrupt:
            continue
        except EOFError:
            return


def _completer(session: Answers) -> Any:
    from prompt_toolkit.completion import Completer, Completion, PathCompleter
    from prompt_toolkit.document import Document

    class _Completer(Completer):
        def get_completions(self, document: Document, complete_event: Any) -> Iterator[Completion]:
            before = document.text_before_cursor
            loading = re.fullmatch(r"\s*:(?:l|load)\s+(.*)", before)
            if loading is not None:
                yield from PathCompleter(expanduser=True).get_completions(Document(loading[1]), complete_event)
            elif re.fullmatch(r"\s*:\S*", before):
                start = before.strip()
                yield from (Completion(name, -len(start)) for name in session.commands if name.startswith(start))
            else:
                word = re.search(r"[a-zA-Z_][a-zA-Z0-9_'.-]*$", before)
                length = len(word[0]) if word is not None else 0
                yield from (Completion(text, -length) for text in session.completions(before))

    return _Completer()


def history_file() -> str:
    """The file of the lines that were entered before, in the user's state folder; made where it is not there."""
    base = os.environ.get("XDG_STATE_HOME") or os.path.expanduser("~/.local/state")
    folder = os.path.join(base, "lixeval")
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
    except OSError:
        # Without a folder to keep it in there is a history for this session alone.
        return os.devnull
    return os.path.join(folder, "repl-history")
