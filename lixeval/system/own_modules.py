"""The modules of lixeval's runs in one file, beside those that Python makes for each of them.

For each module Python looks through folders, opens, checks and reads a file: half of what an import takes, and imports
are most of a short run.  Here the code of all modules that runs have needed, lixeval's own and those of Python's
library, is in one file, and of each its source's size and time, by which Python too finds out whether code is out of
date.  Who can write there can write Python's files
as well, so it is trusted as those are.  Where the file is missing, cannot be written, or lacks a module as it is now,
Python's own way is taken.

Modules that are always needed together are a group: their codes lie there a second time, dozens as one, which is read
quicker, and are executed one after the other without the rest of what Python does for an import.  Not all as one: what
is read anew into memory that was just used takes no page of memory of its own, 150 of a start's 1,500.

    lixeval/__pycache__/modules.TAG-VERSION:  MARKER, bytes of the index (8, little-endian), index, codes
    index, by `marshal`:                      names, a line each; as many places;
                                              {group: (part, ...)}
    part:                                     names, where the tuple of their codes begins, bytes
    place, signed numbers of 8 bytes:         is a package, size, mtime in ns, where its code begins, bytes

The index is read by each run and has all modules that any run has needed: hence no object for each number in it.
"""

import os
import sys
from itertools import count
from marshal import dumps, loads

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from importlib.machinery import ModuleSpec, SourceFileLoader
    from types import CodeType, ModuleType

    Place = tuple[bool, int, int, int, int]
    Part = tuple[tuple[str, ...], int, int]

    def _fix_file_name(code: CodeType, path: str) -> None:
        """Has a code and those within it name this file, which has been moved."""
else:
    from _imp import _fix_co_filename as _fix_file_name

    ModuleSpec, ModuleType = type(sys.__spec__), type(sys)
    SourceFileLoader = sys.modules["_frozen_importlib_external"].SourceFileLoader

MARKER = b"lixeval modules 4\n" + sys.modules["_frozen_importlib_external"].MAGIC_NUMBER
START = len(MARKER) + 8
PLACE = 5
PART = 3 << 15
"""So many bytes of a group are read at once, at most, but for a module that has more: the C library gives memory for
more than 128 KB back at once."""
PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
LIBRARY = os.path.dirname(os.path.abspath(os.__file__))


def file_of_modules(package: str = PACKAGE) -> str | None:
    """Where they are; None where Python is told to keep code elsewhere, or in another form."""
    tag = sys.implementation.cache_tag
    if tag is None or sys.pycache_prefix is not None or sys.flags.optimize:
        return None
    return f"{package}/__pycache__/modules.{tag}-{sys.hexversion:x}"


class Modules:
    """Finds the modules of a file for Python's import; the file stays open."""

    def __init__(self, path: str, package: str = PACKAGE) -> None:
        self.path = path
        self._folder = os.path.dirname(package)
        self._fd = -1
        self.index: dict[str, int] = {}
        self._places = memoryview(b"")
        self.groups: dict[str, tuple[Part, ...]] = {}
        self._start = 0
        self._before = frozenset(sys.modules)
        try:
            self._fd = os.open(path, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0))
            self._read_index()
        except (OSError, ValueError, TypeError, AttributeError, EOFError):
            self.index, self.groups = {}, {}  # as if there were none

    def _read_index(self) -> None:
        head = os.read(self._fd, 1 << 16)
        size = int.from_bytes(head[len(MARKER) : START], "little")
        if not head.startswith(MARKER) or size > 1 << 24:
            raise ValueError(self.path)
        if len(head) < START + size:
            head += os.read(self._fd, size)
        names, places, self.groups = loads(head[START : START + size])
        self.index = dict(zip(names.split("\n"), count(0, PLACE), strict=False))
        self._places = memoryview(places).cast("q")
        if len(self._places) != PLACE * len(self.index):
            raise ValueError(self.path)
        self._start = START + size

    def place(self, name: str) -> "Place":
        """What the index says of a module that it has: whether it is a package, its source's size and time, where its
        code is.
        """
        start = self.index[name]
        is_package, size, changed, begin, length = self._places[start : start + PLACE]
        return bool(is_package), size, changed, begin, length

    def find_spec(
        self, name: str, path: "Sequence[str] | None" = None, target: "ModuleType | None" = None
    ) -> "ModuleSpec | None":
        """Where Python finds a module: in the file, if its source is what it was."""
        spec = self._spec(name)
        if spec is not None:
            folder, _, file = (spec.origin or "").rpartition("/")
            spec.cached = f"{folder}/__pycache__/{file[:-3]}.{sys.implementation.cache_tag}.pyc"
        return spec

    def _spec(self, name: str) -> "ModuleSpec | None":
        """The same without what Python knows of its own file, which it finds out itself where somebody asks."""
        if name not in self.index:
            return None
        is_package, size, changed, _, _ = self.place(name)
        source = self.source(name, is_package)
        try:
            status = os.stat(source)
        except OSError:
            return None
        if status.st_size != size or status.st_mtime_ns != changed:
            return None
        spec = ModuleSpec(name, Kept(name, source, self), origin=source, is_package=is_package)
        spec.has_location = True
        if is_package:
            spec.submodule_search_locations = [source.rpartition("/")[0]]
        return spec

    def source(self, name: str, is_package: bool) -> str:
        """The file that a module is written in."""
        folder = self._folder if name.startswith("lixeval") else LIBRARY
        return f"{folder}/{name.replace('.', '/')}{'/__init__' if is_package else ''}.py"

    def read(self, name: str) -> bytes:
        """A module's code, as marshal writes it."""
        return self._read(*self.place(name)[3:])

    def _read(self, start: int, size: int) -> bytes:
        return os.pread(self._fd, size, self._start + start)

    def execute(self, group: str) -> None:
        """Executes the modules of a group, if the file has it, but those that are there already, and those whose
        sources are not what they were.
        """
        for names, start, size in self.groups.get(group, ()):
            if sys.modules.keys() >= set(names):
                continue
            try:
                codes = loads(self._read(start, size))
            except (OSError, ValueError, TypeError, EOFError):
                return
            self._execute_all(names, codes)

    def _execute_all(self, names: "tuple[str, ...]", codes: "tuple[CodeType, ...]") -> None:
        known = sys.modules
        for name, code in zip(names, codes, strict=True):
            package = name.rpartition(".")[0]
            if name in known or (package and package not in known):
                continue  # or the package's own source has changed
            spec = self._spec(name)
            if spec is not None:
                _execute(spec, code)

    def lacking(self) -> list[str]:
        """The modules that Python has found its own way since this was made, where they would be looked for here."""
        return [
            name
            for name, module in list(sys.modules.items())
            if name not in self._before and self._is_plain(name, getattr(module, "__spec__", None))
        ]

    def _is_plain(self, name: str, spec: "ModuleSpec | None") -> bool:
        if spec is None or spec.loader.__class__ is not SourceFileLoader:
            return False
        return spec.origin == self.source(name, spec.submodule_search_locations is not None)


class _Own(ModuleType):
    """A module of lixeval's: one that is asked for what it lacks as any object is.

    Each `from … import …` asks whether the module is a package, and Python 3.11 writes two error messages where a plain
    module is none, 7,000 instructions, to throw them away.
    """

    __slots__ = ()
    __getattribute__ = object.__getattribute__


class Kept(SourceFileLoader):
    """Python's own loader of a source file, whose code is taken from among others'."""

    def __init__(self, name: str, source: str, modules: Modules) -> None:
        super().__init__(name, source)
        self._modules = modules

    def create_module(self, spec: "ModuleSpec") -> "ModuleType | None":
        return _new_module(spec.name)

    def get_code(self, fullname: str) -> "CodeType | None":
        try:
            code: CodeType = loads(self._modules.read(fullname))
        except (OSError, ValueError, TypeError, EOFError):
            return super().get_code(fullname)
        _fix_file_name(code, self.path)
        return code


def _new_module(name: str) -> "ModuleType":
    return _Own(name) if name.startswith("lixeval.") else ModuleType(name)


def _execute(spec: "ModuleSpec", code: "CodeType") -> None:
    """Makes a module of its code, as Python's import would; its package is there."""
    name, parent = spec.name, spec.parent
    source = spec.origin or ""
    module = _new_module(name)
    space = module.__dict__
    space["__spec__"], space["__loader__"] = spec, spec.loader
    space["__file__"], space["__package__"] = source, parent
    if spec.submodule_search_locations is not None:
        space["__path__"] = spec.submodule_search_locations
        parent = name.rpartition(".")[0]
    _fix_file_name(code, source)
    spec._initializing = False  # type: ignore[attr-defined]  # which each import asks too
    sys.modules[name] = module
    try:
        exec(code, space)
    except BaseException:
        del sys.modules[name]
        raise
    if parent:
        setattr(sys.modules[parent], name.rpartition(".")[2], module)


_MODULES: Modules | None = None


def find_together() -> None:
    """From now on, modules are looked for in the file first."""
    global _MODULES
    path = file_of_modules()
    if path is not None and _MODULES is None:
        _MODULES = Modules(path)
        sys.meta_path.insert(0, _MODULES)


def import_group(group: str) -> None:
    """Imports the modules of a group at once, where the file has them; else they are imported when they are needed."""
    if _MODULES is not None:
        _MODULES.execute(group)


def lacking() -> list[str]:
    """The modules that this run has had to look for, and that can be kept for the next one."""
    if _MODULES is None or sys.dont_write_bytecode:
        return []
    found = _MODULES.lacking()
    return found if found and os.access(os.path.dirname(_MODULES.path), os.W_OK) else []


def keep_together(names: list[str], groups: "Mapping[str, tuple[str, ...]]") -> None:
    """Adds modules to the file; `groups` says which are always needed together, each after those that it imports."""
    if _MODULES is not None:
        add_modules(_MODULES, names, groups)


def add_modules(modules: Modules, names: list[str], groups: "Mapping[str, tuple[str, ...]] | None" = None) -> None:
    """Writes the file anew, with these modules in place of older ones; not at all where that fails."""
    from lixeval.system.atomic import write_file

    kept = [name for name in modules.index if name not in names]
    entries = {name: (modules.place(name)[:3], modules.read(name)) for name in kept}
    for name in names:
        spec = sys.modules[name].__spec__
        if spec is None or not isinstance(spec.loader, SourceFileLoader):
            continue
        is_package = spec.submodule_search_locations is not None
        try:
            status = os.stat(modules.source(name, is_package))
            code = dumps(spec.loader.get_code(name))
        except (OSError, SyntaxError):
            continue  # it is being written
        entries[name] = ((is_package, status.st_size, status.st_mtime_ns), code)
    numbers: list[int] = []
    parts: list[bytes] = []
    start = 0
    for about, code in entries.values():
        numbers += (*about, start, len(code))
        parts.append(code)
        start += len(code)
    found: dict[str, tuple[Part, ...]] = {}
    for group, wanted in (groups or {}).items():
        places: list[Part] = []
        for these in _in_parts([(name, len(entries[name][1])) for name in wanted if name in entries]):
            codes = dumps(tuple(loads(entries[name][1]) for name in these))
            places.append((tuple(these), start, len(codes)))
            parts.append(codes)
            start += len(codes)
        found[group] = tuple(places)
    written = b"".join([number.to_bytes(8, sys.byteorder, signed=True) for number in numbers])
    head = dumps(("\n".join(entries), written, found))
    try:
        write_file(modules.path, b"".join([MARKER, len(head).to_bytes(8, "little"), head, *parts]))
    except OSError:
        return


def _in_parts(sizes: "list[tuple[str, int]]") -> "list[list[str]]":
    """Names, each with a size, in lists of about `PART` together."""
    parts: list[list[str]] = [[]]
    total = 0
    for name, size in sizes:
        if parts[-1] and total + size > PART:
            parts.append([])
            total = 0
        parts[-1].append(name)
        total += size
    return parts
