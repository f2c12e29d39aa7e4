"""The commands of plain scripts (`plain_script`), done on a tree in memory (`made_tree`).

    check: is all of it known (`plain_known`)?  -> run: on the variables and inputs of a build -> the tree

Source: GNU coreutils' manual; lndir(1).
"""

from __future__ import annotations

import fnmatch
import os
import re

from lixeval.build.builders.made_tree import File, Folder, Link, MadeTree
from lixeval.build.builders.plain_known import Installation, is_option, tool_of
from lixeval.build.builders.plain_script import And, Assignment, Command, For, If, parse
from lixeval.errors import BuildError
from lixeval.formats.store_path import STORE_DIR

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from lixeval.build.builders.inputs import Inputs
    from lixeval.build.builders.plain_script import Script, Statement, Word


class Run:
    """One run of a known script; `tree` has what it made."""

    def __init__(
        self,
        inputs: Inputs,
        variables: Mapping[str, str],
        roots: Sequence[str],
        directory: str,
        say: Callable[[str], None],
    ) -> None:
        self.tree = MadeTree(inputs, (*roots, directory))
        self.tree.entries[directory] = Folder()
        self.variables = dict(variables)
        self._directory = directory
        self._say = say

    def script(self, script: Script) -> bool:
        """Does the statements; whether the last succeeded."""
        succeeded = True
        for statement in script:
            succeeded = self._statement(statement)
        return succeeded

    def _statement(self, statement: Statement) -> bool:
        if isinstance(statement, Assignment):
            self.variables[statement.name] = "".join(self._fields(statement.word, split=False))
            return True
        if isinstance(statement, And):
            return self._statement(statement.first) and self._statement(statement.then)
        if isinstance(statement, For):
            for value in [field for word in statement.words for field in self._fields(word)]:
                self.variables[statement.name] = value
                self.script(statement.body)
            return True
        if isinstance(statement, If):
            for condition, body in statement.branches:
                if not condition or self.script(condition):
                    return self.script(body)
            return True
        return self._command(statement)

    # Words

    def _fields(self, word: Word, *, split: bool = True) -> list[str]:
        """The words that a word becomes: unquoted values are split, and unquoted patterns are names of files."""
        fields: list[list[tuple[str, bool]]] = [[]]
        there = False
        for part in word:
            text = part.text
            if part.call is not None:
                text = self._output(part.call).rstrip("\n")
            elif part.name:
                text = self.variables.get(part.name, "")
            there = there or part.quoted or bool(text)
            if part.quoted or not split or not (part.name or part.call):
                fields[-1].append((text, part.quoted))
                continue
            pieces = re.split(r"[ \t\n]+", text)
            fields[-1].append((pieces[0], False))
            fields += [[(piece, False)] for piece in pieces[1:]]
        if not split:
            return ["".join(text for text, _ in field) for field in fields]
        found: list[str] = []
        for field in fields:
            if any(text or quoted for text, quoted in field):
                found += self._globbed(field)
        return found if there else []

    def _globbed(self, field: list[tuple[str, bool]]) -> list[str]:
        whole = "".join(text for text, _ in field)
        if not any(mark in text for text, quoted in field if not quoted for mark in "*?["):
            return [whole]
        escaped = "".join(re.sub(r"([*?[])", r"[\1]", text) if quoted else text for text, quoted in field)
        found = [""] if not whole.startswith("/") else ["/"]
        for name in escaped.split("/"):
            if name:
                found = [path for start in found for path in self._matching(start, name)]
        return found or [whole]

    def _matching(self, start: str, pattern: str) -> Iterator[str]:
        if not any(mark in pattern for mark in "*?["):
            path = os.path.join(start, pattern)
            if path in ("/nix", STORE_DIR) or self.tree.found(self._absolute(path), follow=False)[1] is not None:
                yield path
            return
        for name in self.tree.names(self._absolute(start or ".")):
            if fnmatch.fnmatchcase(name, pattern) and (not name.startswith(".") or pattern.startswith(".")):
                yield os.path.join(start, name)

    def _absolute(self, path: str) -> str:
        return os.path.normpath(os.path.join(self._directory, path))

    # Commands

    def _command(self, command: Command) -> bool:
        words = [field for word in command.words for field in self._fields(word)]
        name = tool_of(words[0]) or ""
        if name in ("echo", "cat", "printf", "dirname", "basename"):
            text = self._printed(name, words[1:], command)
            if command.output is None:
                if text:
                    self._say(text.rstrip("\n"))
            else:
                self._write("".join(self._fields(command.output, split=False)), text, command.append)
            return True
        if name in ("[", "test"):
            return self._test(words[1:-1] if name == "[" else words[1:])
        if name == "eval":
            return self.script(parse(" ".join(words[1:])))
        if name in ("bash", "shellcheck"):
            self._say(f"warning: {name} has not looked at {words[-1]}: it is no program of this machine")
            return True
        if name in ("true", ":", "set", "runHook"):
            return True
        if name == "install":
            self._install(Installation.of(words[1:]))
            return True
        options = {letter for word in words[1:] if is_option(word, name) for letter in word[1:] if word[1] != "-"}
        long = [word for word in words[1:] if word.startswith("--")]
        rest = [word for word in words[1:] if not is_option(word, name)]
        getattr(self, f"_do_{name}")(options, rest, long)
        return True

    def _output(self, command: Command) -> str:
        words = [field for word in command.words for field in self._fields(word)]
        return self._printed(words[0], words[1:], command)

    def _printed(self, name: str, words: list[str], command: Command) -> str:
        if name == "echo":
            return " ".join(words[1:]) if words[:1] == ["-n"] else " ".join(words) + "\n"
        if name == "printf":
            return _formatted(words[0], words[1:])
        if name == "dirname":
            return (os.path.dirname(words[0].rstrip("/") or "/") or ".") + "\n"
        if name == "basename":
            base = os.path.basename(words[0].rstrip("/")) or "/"
            return (base.removesuffix(words[1]) if len(words) > 1 and base != words[1] else base) + "\n"
        if command.given is not None and not words:
            return "".join(self._fields(command.given, split=False))
        return "".join(self._read(word) for word in words)

    def _read(self, word: str) -> str:
        _, entry = self.tree.found(self._absolute(word))
        if not isinstance(entry, File):
            raise BuildError(f"cat: '{word}' is no file that can be read")
        return entry.contents().decode("utf-8", "surrogateescape")

    def _write(self, word: str, text: str, append: bool) -> None:
        path, there = self.tree.found(self._absolute(word))
        data = text.encode("utf-8", "surrogateescape")
        if isinstance(there, File):
            if not there.writable or not self.tree.is_own(path):
                raise BuildError(f"'{word}' cannot be written to: Permission denied")
            there.data, there.source = (there.contents() + data if append else data), None
            return
        self.tree.put(path, File(data))

    def _test(self, words: list[str]) -> bool:
        if words[:1] == ["!"]:
            return not self._test(words[1:])
        if len(words) == 3:
            return (words[0] == words[2]) is (words[1] != "!=")
        kind, word = words[0], words[1] if len(words) > 1 else ""
        if kind in ("-n", "-z"):
            return bool(word) is (kind == "-n")
        _, entry = self.tree.found(self._absolute(word), follow=kind not in ("-L", "-h")) if word else ("", None)
        if kind == "-f":
            return isinstance(entry, File)
        if kind == "-d":
            return isinstance(entry, Folder)
        if kind in ("-L", "-h"):
            return isinstance(entry, Link)
        return isinstance(entry, Folder) or (isinstance(entry, File) and (entry.executable or kind == "-e"))

    def _do_cd(self, options: set[str], words: list[str], long: list[str]) -> None:
        path, entry = self.tree.found(self._absolute(words[0]))
        if not isinstance(entry, Folder):
            raise BuildError(f"cd: {words[0]}: No such file or directory")
        self._directory = path

    def _do_mkdir(self, options: set[str], words: list[str], long: list[str]) -> None:
        for word in words:
            path = self._absolute(word)
            missing = []
            while "p" in options and not self.tree.is_folder(path) and self.tree.is_own(os.path.dirname(path)):
                missing.append(path)
                path = os.path.dirname(path)
            if not self.tree.is_folder(path) or "p" not in options:
                missing.append(path)
            for one in reversed(missing):
                self.tree.put(self.tree.found(one)[0], Folder())

    def _targets(self, words: list[str], options: set[str], *, through: bool = True) -> Iterator[tuple[str, str]]:
        """(what is copied or linked, its new path) of `SOURCE... DESTINATION`."""
        *sources, destination = words
        path = self._absolute(destination)
        into = "T" not in options and self._is_folder_for(path, through)
        if not into and (len(sources) != 1 or destination.endswith("/")):
            raise BuildError(f"target '{destination}' is not a directory")
        for source in sources:
            yield source, f"{path}/{os.path.basename(source.rstrip('/'))}" if into else path

    def _is_folder_for(self, path: str, through: bool) -> bool:
        return self.tree.is_folder(path) if through else isinstance(self.tree.found(path, follow=False)[1], Folder)

    def _do_ln(self, options: set[str], words: list[str], long: list[str]) -> None:
        if len(words) == 1:
            words = [words[0], "."]
        for target, path in self._targets(words, options, through="n" not in options):
            self.tree.put(path, Link(target), replace="f" in options)

    def _do_cp(self, options: set[str], words: list[str], long: list[str]) -> None:
        keeps_links = bool(options & {"a", "d", "P", "r", "R"}) and not options & {"L", "H"}
        recursive = bool(options & {"r", "R", "a"})
        keeps_mode = not any("mode" in option for option in long)
        for source, path in self._targets(words, options):
            if source.rstrip("/").endswith("/.") or source == ".":
                path = os.path.dirname(path) if path.endswith("/.") else path
            follow = not keeps_links or source.endswith(("/", "/."))
            self._copy(self._absolute(source), path, recursive, follow, "L" in options, keeps_mode)

    def _copy(self, source: str, path: str, recursive: bool, follow: bool, all_links: bool, keeps_mode: bool) -> None:
        source, entry = self.tree.found(source, follow=follow)
        if entry is None:
            raise BuildError(f"cp: cannot stat '{source}': No such file or directory")
        if isinstance(entry, Link):
            self.tree.put(path, Link(entry.target), replace=True)
        elif isinstance(entry, File):
            copied = File(entry.data, source=entry.source, executable=entry.executable and keeps_mode)
            copied.writable = entry.writable or not keeps_mode
            self._put_file(path, copied)
        elif not recursive:
            raise BuildError(f"cp: -r not specified; omitting directory '{source}'")
        else:
            there = self.tree.found(path)[1]
            if not isinstance(there, Folder):
                self.tree.put(path, Folder())
            for name in self.tree.names(source):
                self._copy(f"{source}/{name}", f"{path}/{name}", recursive, all_links, all_links, keeps_mode)
            if not isinstance(there, Folder):
                made = self.tree.found(path)[1]
                assert isinstance(made, Folder)
                made.writable = entry.writable or not keeps_mode

    def _put_file(self, path: str, copied: File) -> None:
        """A copy over a file writes into it, and its mode stays; a link is followed."""
        _, there = self.tree.found(path)
        if isinstance(there, File):
            if not there.writable:
                raise BuildError(f"cp: cannot create regular file '{path}': Permission denied")
            there.data, there.source = copied.data, copied.source
        else:
            self.tree.put(path, copied)

    def _install(self, asked: Installation) -> None:
        """Copies files, and gives them their modes; what is there is replaced."""
        if asked.makes_folders:
            self._do_mkdir({"p"}, asked.words, [])
            return
        words = asked.words if asked.folder is None else [*asked.words, asked.folder]
        if asked.makes_above and len(words) > 1:
            above = words[-1] if asked.folder is not None else os.path.dirname(words[-1])
            self._do_mkdir({"p"}, [above or "."], [])
        for source, path in self._targets(words, set()):
            entry = self.tree.found(self._absolute(source))[1]
            if not isinstance(entry, File):
                raise BuildError(f"install: cannot stat '{source}': No such file or directory")
            copied = File(entry.data, source=entry.source, executable=asked.executable, writable=asked.writable)
            self.tree.put(path, copied, replace=True)

    def _do_mv(self, options: set[str], words: list[str], long: list[str]) -> None:
        for source, path in self._targets(words, options):
            old, entry = self.tree.found(self._absolute(source), follow=False)
            if entry is None or not self.tree.is_own(old):
                raise BuildError(f"mv: cannot move '{source}'")
            moved = {name: one for name, one in self.tree.entries.items() if name.startswith(old + "/")}
            self.tree.put(path, entry, replace=True)
            self.tree.remove(old)
            self.tree.entries.update({path + name[len(old) :]: one for name, one in moved.items()})

    def _do_rm(self, options: set[str], words: list[str], long: list[str]) -> None:
        for word in words:
            path, entry = self.tree.found(self._absolute(word), follow=False)
            if entry is None:
                if "f" not in options:
                    raise BuildError(f"rm: cannot remove '{word}': No such file or directory")
                continue
            above = self.tree.entries.get(os.path.dirname(path))
            locked = isinstance(above, Folder) and not above.writable
            if not self.tree.is_own(path) or locked or (isinstance(entry, Folder) and not options & {"r", "R"}):
                raise BuildError(f"rm: cannot remove '{word}'")
            self.tree.remove(path)

    def _do_chmod(self, options: set[str], words: list[str], long: list[str]) -> None:
        mode, *words = words
        for word in words:
            path, entry = self.tree.found(self._absolute(word))
            if entry is None or not self.tree.is_own(path):
                raise BuildError(f"chmod: cannot access '{word}'")
            below = [one for name, one in self.tree.entries.items() if name.startswith(path + "/")]
            for one in [entry, *(below if "R" in options else [])]:
                _change_mode(one, mode)

    def _do_touch(self, options: set[str], words: list[str], long: list[str]) -> None:
        for word in words:
            path, entry = self.tree.found(self._absolute(word))
            if entry is None:
                self.tree.put(path, File())

    def _do_lndir(self, options: set[str], words: list[str], long: list[str]) -> None:
        source, path = (self._absolute(word) for word in words)
        if not self.tree.is_folder(source):
            raise BuildError(f"{words[0]}: No such file or directory")
        self._join(source, path)

    def _join(self, source: str, path: str) -> None:
        for name in self.tree.names(source):
            inner, target = f"{source}/{name}", f"{path}/{name}"
            entry, there = self.tree.found(inner, follow=False)[1], self.tree.found(target, follow=False)[1]
            if isinstance(entry, Folder) and (there is None or isinstance(there, Folder)):
                if there is None:
                    self.tree.put(target, Folder())
                self._join(inner, target)
            elif there is None:
                self.tree.put(target, Link(entry.target if isinstance(entry, Link) else inner))


def _formatted(form: str, words: list[str]) -> str:
    """printf of a format that has %s and \\n; it is used again while there are words."""
    pieces = form.replace("\\n", "\n").split("%s")
    if len(pieces) == 1:
        return pieces[0]
    count, text = len(pieces) - 1, ""
    for start in range(0, max(len(words), 1), count):
        chosen = [*words[start : start + count], *[""] * count][:count]
        text += pieces[0] + "".join(value + piece for value, piece in zip(chosen, pieces[1:], strict=True))
    return text


def _change_mode(entry: Folder | Link | File, mode: str) -> None:
    if isinstance(entry, Link):
        return
    if mode.isdigit():
        user = int(mode[-3])
        entry.writable = bool(user & 2)
        if isinstance(entry, File):
            entry.executable = bool(user & 1)
        return
    for change in mode.split(","):
        who, sign, letters = re.split(r"([+-])", change, maxsplit=1)
        if who and not set(who) & {"u", "a"}:
            continue
        if "w" in letters:
            entry.writable = sign == "+"
        if isinstance(entry, File) and ("x" in letters or ("X" in letters and entry.executable)):
            entry.executable = sign == "+"
