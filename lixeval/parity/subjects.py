"""What is compared, and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass, field

MODES = ("parse", "lazy", "strict", "drv")
"""What is asked of a subject: its syntax, its value as far as evaluated, all of its value, its derivations."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A file (`file` is its path) or an expression (`text`), evaluated in `directory`.

    `arguments` are (name, text, whether it is a string): --arg and --argstr.  `search_path` are the entries of -I.
    """

    label: str
    file: str = ""
    text: str = ""
    directory: str = "."
    attribute: str = ""
    arguments: tuple[tuple[str, str, bool], ...] = ()
    search_path: tuple[str, ...] = ()
    nix_path: str | None = None
    modes: frozenset[str] = field(default=frozenset(("lazy", "strict")))

    def options(self) -> tuple[str, ...]:
        """The options of nix-instantiate that belong to the subject, its own text or file left out."""
        words: list[str] = []
        for name, text, is_string in self.arguments:
            words += ["--argstr" if is_string else "--arg", name, text]
        for entry in self.search_path:
            words += ["-I", entry]
        if self.attribute:
            words += ["-A", self.attribute]
        return tuple(words)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an implementation made of a subject.

    `status`: "value" (`text` is what it printed), "error" (`text` is the innermost message), "crash" (the process died,
    or showed a bug of its own) or "timeout".
    """

    status: str
    text: str = ""

    @property
    def succeeded(self) -> bool:
        return self.status == "value"


def message_of(stderr: str) -> str:
    """The innermost error message in what nix-instantiate wrote to stderr, on one line."""
    lines = stderr.splitlines()
    starts = [number for number, line in enumerate(lines) if line.lstrip().startswith("error:")]
    for start in reversed(starts):
        message = [lines[start].strip().removeprefix("error:").strip()]
        for line in lines[start + 1 :]:
            if not line.strip() or line.strip().startswith(("at ", "…", "error:")):
                break
            message.append(line.strip())
        text = " ".join(message).strip()
        if text:
            return text
    return ""
