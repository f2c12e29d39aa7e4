"""Real Nix, or any command that is used like nix-instantiate: many subjects in one process.

nix-instantiate prints the values of its arguments one by one, and stops at the first error.  So an end mark, itself an
expression, goes behind each subject: the marks that were printed tell which subject failed; that one has the error, and
the rest go to the next process.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lixeval.errors import UsageError
from lixeval.parity.subjects import Outcome, Subject, message_of

_FLAGS = {"parse": ("--parse",), "lazy": ("--eval",), "strict": ("--eval", "--strict"), "drv": ()}
MAX_ARGUMENTS = 100_000
"""Bytes of subjects on one command line; Linux grants 128 KiB to one argument and 2 MiB to all."""
MAX_SUBJECTS = 250

END = '"@ end of a value @"'
_STEP = re.compile(r'"([^"]*)"|([^."]+)')

_ABOUT = """{
  version = builtins.nixVersion; system = builtins.currentSystem;
  flakes = builtins ? parseFlakeRef; trees = builtins ? fetchTree;
}"""


@dataclass(frozen=True, slots=True)
class About:
    """What lixeval must pretend to be, so that the two can be compared."""

    version: str
    system: str
    experimental: frozenset[str]


class RealNix:
    """nix-instantiate behind a command prefix (words to put before it, none for the one on the PATH)."""

    def __init__(self, prefix: Sequence[str] = (), *, timeout: float = 60.0) -> None:
        self.prefix = tuple(prefix)
        self.timeout = timeout

    def about(self) -> About:
        """Asks the command for its version; UsageError where it is no Nix."""
        subject = Subject("about", text=_ABOUT)
        try:
            outcome = self.outcomes("strict", [subject])[0]
        except OSError as error:
            raise UsageError(
                f"no Nix to compare with: {error.strerror}: '{error.filename}'",
                hint="install one, or name a command with --nix",
            ) from None
        if not outcome.succeeded:
            raise UsageError(f"no Nix to compare with: {outcome.text}", hint="name a command with --nix")
        from lixeval.parity.printed_values import parse_printed

        told = parse_printed(outcome.text)
        assert isinstance(told, dict)
        features = [name for name, key in (("flakes", "flakes"), ("fetch-tree", "trees")) if told[key] == "true"]
        return About(str(told["version"])[1:-1], str(told["system"])[1:-1], frozenset(features))

    def outcomes(self, mode: str, subjects: Sequence[Subject]) -> list[Outcome]:
        """The outcome of each subject in a mode, in order."""
        found: dict[int, Outcome] = {}
        for group in _groups(subjects, one_each=mode == "drv"):
            for number, outcome in zip(group, self._batch(mode, [subjects[number] for number in group]), strict=True):
                found[number] = outcome
        return [found[number] for number in range(len(subjects))]

    def read(self, path: str) -> bytes:
        """A file as the command sees it: its store need not be this machine's."""
        if not self.prefix:
            with open(path, "rb") as file:
                return file.read()
        return subprocess.run([*self.prefix, "cat", path], capture_output=True, check=True).stdout

    def _batch(self, mode: str, subjects: Sequence[Subject]) -> list[Outcome]:
        """Subjects that differ in nothing but their text or file."""
        done: list[Outcome] = []
        while len(done) < len(subjects):
            rest = subjects[len(done) :]
            status, printed, stderr = self._run(mode, rest)
            if mode == "drv":
                return [Outcome("value", printed[0].rstrip("\n")) if status == 0 else _failure(status, stderr)]
            complete = [Outcome("value", text.removesuffix("\n")) for text in printed[: len(rest)]]
            done += complete
            if len(complete) < len(rest):
                done.append(_failure(status, stderr))
        return done

    def _run(self, mode: str, subjects: Sequence[Subject]) -> tuple[int | None, list[str], str]:
        """Exit code (None: it took too long), what was printed of each subject that succeeded, and stderr."""
        first = subjects[0]
        words = [*self.prefix, "nix-instantiate", *_FLAGS[mode], *(() if mode == "parse" else first.options())]
        with (
            tempfile.NamedTemporaryFile("w", suffix=".nix") as end,
            tempfile.TemporaryFile() as out,
            tempfile.TemporaryFile() as err,
        ):
            mark = _end(first.attribute)
            end.write(f"{mark}\n")
            end.flush()
            words += ["-E"] if first.text else []
            for subject in subjects:
                words.append(subject.text or subject.file)
                if mode != "drv":
                    words.append(mark if subject.text else end.name)
            process = subprocess.Popen(
                [_bytes(word) for word in words],
                cwd=first.directory,
                env=_environment(first),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
            )
            code: int | None
            try:
                code = process.wait(self.timeout)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                code = None
            out.seek(0)
            err.seek(0)
            text, errors = _text(out.read()), _text(err.read())
        if mode == "drv":
            return code, [text], errors
        # What stands behind the last end was not finished.
        return code, text.split(f"{END}\n")[:-1], errors


def _end(attribute: str) -> str:
    """An expression in which the attribute path selects the end mark."""
    text = END
    for quoted, plain in reversed(_STEP.findall(attribute)):
        if plain.isdecimal():
            text = f"[ {'null ' * int(plain)}({text}) ]"
        else:
            text = f'{{ "{plain or quoted}" = {text}; }}'
    return text


def _failure(status: int | None, stderr: str) -> Outcome:
    if status is None:
        return Outcome("timeout", "took too long")
    message = message_of(stderr)
    if status < 0 or (status > 1 and not message):
        return Outcome("crash", message or f"the process ended with {status}")
    return Outcome("error", message)


def _groups(subjects: Sequence[Subject], *, one_each: bool) -> Iterable[list[int]]:
    """Numbers of subjects that can share a command line."""
    groups: dict[tuple[object, ...], list[int]] = {}
    sizes: dict[tuple[object, ...], int] = {}
    for number, subject in enumerate(subjects):
        key = (bool(subject.text), subject.directory, subject.options(), subject.nix_path)
        size = len(_bytes(subject.text or subject.file)) + 16
        group = groups.setdefault(key, [])
        if group and (one_each or len(group) >= MAX_SUBJECTS or sizes[key] + size > MAX_ARGUMENTS):
            yield group
            group = groups[key] = []
            sizes[key] = 0
        group.append(number)
        sizes[key] = sizes.get(key, 0) + size
    yield from groups.values()


def _environment(subject: Subject) -> dict[str, str]:
    environment = {**os.environ, "NO_COLOR": "1"}
    if subject.nix_path is not None:
        environment["NIX_PATH"] = subject.nix_path
    return environment


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")
