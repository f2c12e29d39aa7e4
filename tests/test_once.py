"""What a program needs of its machine is in one place each, and nothing stays that nobody uses."""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path

import pytest

import lixeval

PACKAGE = Path(lixeval.__file__).parent
SOURCES = {
    path.relative_to(PACKAGE).as_posix(): path.read_text(encoding="utf-8")
    for path in sorted(PACKAGE.rglob("*.py"))
    if "embedded" not in path.parts
}

PLACES = {
    # a file appears whole
    r"os\.replace\(": {"system/atomic.py"},
    # what is kept between runs: one folder, one check, one bound
    r"class \w*Cache\b": {
        "system/cache.py",
        "compiler/cache.py",  # what of a program is kept, by it
        "substituters/cache.py",  # a binary cache
    },
    r"import c?[Pp]ickle|shelve": set(),
    # the command's words; a builder's program and a worker are started with their own
    r"sys\.argv": {"cli/__init__.py", "cli/targets.py"},
    r"import argparse|import optparse": set(),
    # a child, which may be of a process with threads
    r"os\.fork\(\)": {"system/forks.py"},
    # which machine this is; what is known of calls by their numbers
    r"os\.uname\(\)|platform\.(machine|system|uname)\(": {
        "system/machines.py",
        "system/syscalls.py",
        "build/sandbox/proc.py",
    },
    # retries, patience, proxies, TLS: registries have their own pools, of the same connections
    r"PoolManager\(|ProxyManager\(": {"system/connections.py"},
    r"class \w*Retrying\b": {"system/retrying.py"},
    r"setrecursionlimit\(": {"system/deep_stack.py"},
    # circles of graphs
    r"Tarjan": {"system/graphs.py"},
    # words as a shell reads them, texts as Nix does
    r"""replace\("'", "'\\\\''"\)""": {"formats/shell_text.py"},
    r"translate\(_ESCAPES\)[^\n]*\n[^\n]*\$\{": {"formats/nix_text.py"},
    # amounts of bytes
    r"""\} [KMG]iB["']""": {"formats/sizes.py"},
    # what kind of place the output goes to
    r"get_terminal_size\(\(": {"cli/output/terminal.py"},
    r"NO_COLOR": {"system/terminal_text.py", "parity/real_nix.py"},  # which tells Nix so
    r"stdin\.isatty\(\) and": {"cli/output/terminal.py"},
    # variables of other functions' frames
    r"\.f_locals": {"runtime/frames.py", "runtime/code_info.py", "runtime/instructions.py", "runtime/walked_frames.py"},
    # whoever watches or records a run is asked nothing about whether it is there
    r"\b(watch|observer|recorder|recording) is (not )?None": set(),
}
"""How something is done, and the modules that may do it so."""


@pytest.mark.parametrize("way", PLACES)
def test_it_is_done_in_one_place(way: str) -> None:
    places = {path for path, text in SOURCES.items() if re.search(way, text)}
    assert places - PLACES[way] == set()
    assert PLACES[way] <= places, "nothing does it there any more"


CALLED_BY_NAME = re.compile(r"_?(do|on|take|visit|as|to)_\w+|__\w+__|_repr_html_")
"""Methods that are found by what they are called for: a shell's command, a request, an option, a node."""

OF_OTHERS = {
    # attributes and methods that libraries read and call
    *("__kwdefaults__", "create_module", "lex", "readinto", "log_message", "object_hook"),
    # a row of a protocol
    "WRITE",
}


def test_nothing_is_defined_that_nobody_names() -> None:
    words: Counter[str] = Counter()
    for text in [*SOURCES.values(), *(path.read_text() for path in (PACKAGE.parent / "grammar").glob("*.*"))]:
        words.update(re.findall(r"\w+", text))
    unused = []
    for path, text in SOURCES.items():
        for node in ast.walk(ast.parse(text)):
            match node:
                case ast.FunctionDef(name=name, decorator_list=[]) | ast.ClassDef(name=name, decorator_list=[]):
                    if words[name] == 1 and name not in OF_OTHERS and not CALLED_BY_NAME.fullmatch(name):
                        unused.append(f"{path}: {name}")
        for statement in ast.parse(text).body:
            match statement:
                case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                    if words[name] == 1 and name not in OF_OTHERS:
                        unused.append(f"{path}: {name}")
    assert unused == []
