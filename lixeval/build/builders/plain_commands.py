"""The commands of plain scripts (`plain_script`), done on a tree in memory (`made_tree`).

    check: is all of it known?  -> run: on the variables and inputs of a build -> the tree

Known are mkdir, ln -s, cp, install, mv, rm, chmod, touch, echo, cat, printf of %s, cd, test, eval of a variable, lndir,
and checks that change nothing (bash -n, shellcheck).  Any other command or option is NotPlain, before anything is run.

Source: GNU coreutils' manual; lndir(1).
"""

from __future__ import annotations

import fnmatch
import os
import re

from lixeval.build.builders.made_tree import File, Folder, Link, MadeTree
from lixeval.build.builders.plain_script import And, Assignment, Command, For, If, NotPlain, literal, parse
from lixeval.errors import BuildError
from lixeval.formats.store_path import STORE_DIR

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from lixeval.build.builders.inputs import Inputs
    from lixeval.build.builders.plain_script import Script, Statement, Word

_OPTIONS = {
    "mkdir": "pv",
    "ln": "sfnvT",
    "cp": "rRadPLvfpTH",
    "mv": "fvT",
    "rm": "rfRv",
    "chmod": "Rv",
    "touch": "",
    "echo": "n",
    "cat": "",
    "cd": "",
    "dirname": "",
    "basename": "",
    "true": "",
    ":": "",
    "set": "xeu",
}
"""Each command's options of one letter."""
_LONG = {"cp": ("--no-preserve=mode", "--no-preserve=ownership", "--no-preserve=mode,ownership")}
_TESTS = ("-e", "-f", "-d", "-L", "-h", "-n", "-z", "-x")
_MODE = re.compile(r"[0-7]{3,4}|[ugoa]*[+-][rwxX]+(,[ugoa]*[+-][rwxX]+)*")
_HOOKS = ("preCheck", "postCheck", "preInstall", "postInstall", "preBuild", "postBuild")


def _tool(name: str | None) -> str | None:
    """What a program of a package is known as here: of others only those that are looked for in PATH."""
    if name is None or "/" not in name:
        return name
    base = os.path.basename(name)
    return base if base in ("lndir", "bash", "shellcheck", "mkdir", "ln", "cp") else name


class Known:
    """A script of which every command is known.

    `mentions` is all text from which store paths can come that it reads or writes; programs are not among it.
    """

    def __init__(self, text: str, variables: Mapping[str, str]) -> None:
        """Raises NotPlain."""
        self._variables = variables
        self._texts: list[str] = []
        self._seen: set[str] = set()
        self.script = parse(text)
        self._statements(self.script)

    @property
    def mentions(self) -> str:
        """All texts of it, and the variables that it names."""
        return "\n".join(self._texts)

    def _statements(self, script: Script) -> None:
        for statement in script:
            self._statement(statement)

    def _statement(self, statement: Statement) -> None:
        if isinstance(statement, Command):
            self._command(statement)
        elif isinstance(statement, Assignment):
            self._word(statement.word)
            self._seen.add(statement.name)
        elif isinstance(statement, And):
            self._statement(statement.first)
            self._statement(statement.then)
        elif isinstance(statement, For):
            for word in statement.words:
                self._word(word)
            self._seen.add(statement.name)
            self._statements(statement.body)
        else:
            for condition, body in statement.branches:
                self._statements(condition)
                self._statements(body)

    def _word(self, word: Word) -> None:
        for part in word:
            self._texts.append(part.text)
            if part.call is not None:
                if literal(part.call.words[0]) not in ("dirname", "basename", "cat"):
                    raise NotPlain("'$(' of another command than dirname, basename and cat")
                self._command(part.call)
            elif part.name:
                self._variable(part.name)

    def _variable(self, name: str) -> None:
        """A variable that is named: one of the derivation's, one that the script has set, or `textPath`, for `text`."""
        if name in self._seen:
            return
        self._seen.add(name)
        one = name if name in self._variables else name.removesuffix("Path")
        if one not in self._variables and name not in ("NIX_BUILD_TOP", "TMPDIR"):
            raise NotPlain(f"'${name}'")
        self._texts.append(self._variables.get(one, ""))

    def _command(self, command: Command) -> None:
        name = literal(command.words[0])
        words = command.words[1:]
        if name == "eval":
            self._eval(words)
            return
        if name == "runHook" and len(words) == 1:
            hook = literal(words[0])
            if hook not in _HOOKS or self._variables.get(hook):
                raise NotPlain("a hook")
            return
        tool = _tool(name)
        for word in words:
            self._word(word)
        for also in (command.output, command.given):
            if also is not None:
                self._word(also)
        if tool in ("[", "test"):
            _check_test([literal(word) for word in words], tool)
        elif tool == "printf":
            if not words or re.fullmatch(r"([^%\\]|%s|\\n)*", literal(words[0]) or "%") is None:
                raise NotPlain("printf of another format than %s")
        elif tool == "lndir":
            if not (len(words) == 3 and literal(words[0]) == "-silent"):
                raise NotPlain("lndir")
        elif tool == "install":
            Installation.of([literal(word) for word in words])
        elif tool in ("bash", "shellcheck") and name != tool:
            _check_check(tool, [literal(word) for word in words])
        elif tool in _OPTIONS:
            self._options(tool, words)
        else:
            raise NotPlain(f"'{name}'")

    def _options(self, tool: str, words: Sequence[Word]) -> None:
        for word in words:
            text = literal(word)
            if text is not None and text.startswith("-") and len(text) > 1 and not word[0].quoted:
                if tool == "echo" and text != "-n":
                    raise NotPlain("echo with options")
                known = text in _LONG.get(tool, ()) or set(text[1:]) <= set(_OPTIONS[tool])
                if not known and not (tool == "chmod" and _MODE.fullmatch(text)):
                    raise NotPlain(f"'{tool} {text}'")
        if tool == "ln" and not any(re.match(r"-[a-zA-Z]*s", literal(word) or "") for word in words):
            raise NotPlain("a hard link")
        if tool == "chmod":
            modes = [literal(word) for word in words if not (literal(word) or "").startswith(("-R", "-v"))]
            if not modes or modes[0] is None or not _MODE.fullmatch(modes[0]):
                raise NotPlain("chmod")
        if tool == "set" and len(words) != 1:
            raise NotPlain("set")

    def _eval(self, words: Sequence[Word]) -> None:
        """`eval "$NAME"`: the script that a variable of the derivation holds."""
        parts = [part for word in words for part in word if part.name or part.text or part.call is not None]
        if len(parts) != 1 or not parts[0].name:
            raise NotPlain("eval of a text")
        self._statements(parse(self._variables.get(parts[0].name, "")))


class Installation:
    """What `install` is asked: whether it makes the folders that are named (-d), or those above (-D); where to (-t)."""

    def __init__(self) -> None:
        self.makes_folders = False
        self.makes_above = False
        self.executable = True
        self.writable = True
        self.folder: str | None = None
        self.words: list[str] = []

    @staticmethod
    def of(words: Sequence[str | None]) -> Installation:
        """Reads the words, None for one that is not known yet; raises NotPlain for another option or mode."""
        found = Installation()
        todo = list(words)
        while todo:
            word = todo.pop(0)
            if word is None or not word.startswith("-") or word == "-":
                found.words.append(word or "")
                continue
            letters = word[1:]
            while letters:
                letter, letters = letters[0], letters[1:]
                if letter in "mt":
                    value = letters or (todo.pop(0) if todo else None)
                    found._take(letter, value)
                    letters = ""
                elif letter in "dDv":
                    found.makes_folders |= letter == "d"
                    found.makes_above |= letter == "D"
                else:
                    raise NotPlain(f"'install {word}'")
        return found

    def _take(self, letter: str, value: str | None) -> None:
        if letter == "t":
            self.folder = value or ""
        elif value is None or not re.fullmatch(r"[0-7]{3,4}", value):
            raise NotPlain("'install -m'")
        else:
            self.executable, self.writable = bool(int(value[-3]) & 1), bool(int(value[-3]) & 2)


def _check_test(words: list[str | None], tool: str) -> None:
    if tool == "[":
        if not words or words[-1] != "]":
            raise NotPlain("'['")
        words = words[:-1]
    if words[:1] == ["!"]:
        words = words[1:]
    known = (len(words) == 2 and words[0] in _TESTS) or (len(words) == 3 and words[1] in ("=", "==", "!="))
    if not known:
        raise NotPlain("test")


def _check_check(tool: str, words: list[str | None]) -> None:
    """`bash -n` and shellcheck look at a file and change nothing."""
    options = [word for word in words if word is not None]
    if tool == "bash" and "-n" not in options:
        raise NotPlain("'bash'")


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
        name = _tool(words[0]) or ""
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
        options = {letter for word in words[1:] if _is_option(word, name) for letter in word[1:] if word[1] != "-"}
        long = [word for word in words[1:] if word.startswith("--")]
        rest = [word for word in words[1:] if not _is_option(word, name)]
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


def _is_option(word: str, name: str) -> bool:
    return len(word) > 1 and word.startswith("-") and not (name == "chmod" and _MODE.fullmatch(word) is not None)


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
