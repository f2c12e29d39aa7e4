"""Wrappers: a program's own name becomes a small script that sets its environment and executes the real one.

    bin/git            #!STORE-BASH … exec -a "$0" OUT/bin/.git-wrapped ARGUMENTS "$@"
    bin/.git-wrapped   the program

`exec -a "$0"` keeps the name the program was called by: git and others act on it.  A variable set by default stays what
the user made it, even if empty.
"""

from __future__ import annotations

import glob
import os
from collections.abc import Callable, Mapping
from shlex import quote

from lixeval.host.programs import Program, Wrapper, substitute


def write_wrappers(
    program: Program, root: str, paths: Mapping[str, str], shell: str, real: Callable[[str], str]
) -> None:
    """Wrap the programs of one prefix: `root` is its real path, `paths` the store path of each name a text may mention.

    `shell` is the store path of bash, without which nothing is wrapped; `real` tells where a store path's files lie.
    """
    for place, wrapper in program.wrappers.items():
        target = os.path.join(root, place)
        if not shell or not os.path.isfile(target) or os.path.islink(target):
            continue
        directory, name = os.path.split(place)
        hidden = os.path.join(directory, f".{name}-wrapped")
        os.rename(target, os.path.join(root, hidden))

        def expand(text: str) -> str | None:
            return _expand(text, paths, lambda path: root if path == paths["out"] else real(path))

        with open(target, "w", encoding="utf-8", errors="surrogateescape") as file:
            file.write(script(wrapper, f"{paths['out']}/{hidden}", expand, f"{shell}/bin/bash"))
        os.chmod(target, 0o755)


def script(wrapper: Wrapper, program: str, expand: Callable[[str], str | None], shell: str) -> str:
    """The text of the script that runs `program` (its logical path) in the wrapper's environment.

    `expand` replaces references and patterns in a text; None drops the setting.
    """
    lines = [f"#!{shell}"]
    for variable, text in wrapper.always.items():
        if (value := expand(text)) is not None:
            lines.append(f"export {variable}={quote(value)}")
    for variable, texts in wrapper.default.items():
        if (value := expand(texts[-1])) is not None:
            fallback = quote(value)
            for other in reversed(texts[:-1]):
                fallback = f"${{{other[1:]}:-{fallback}}}"
            lines.append(f"export {variable}=${{{variable}-{fallback}}}")
    for variable, text in wrapper.prefix.items():
        if value := expand(text):
            lines.append(f'export {variable}={quote(value)}"${{{variable}:+:${variable}}}"')
    for variable, text in wrapper.suffix.items():
        if value := expand(text):
            lines.append(f'export {variable}="${{{variable}:+${variable}:}}"{quote(value)}')
    arguments = [value for text in wrapper.arguments if (value := expand(text)) is not None]
    command = " ".join([quote(program), *(f'"{argument}"' for argument in arguments)])
    lines.append(f'exec -a "$0" {command} "$@"')
    return "\n".join(lines) + "\n"


def _expand(text: str, paths: Mapping[str, str], real: Callable[[str], str]) -> str | None:
    """`text` with references replaced and patterns expanded, entry by entry of a list separated by colons.

    Entries that mention what is not there are left out; None if none is left.
    """
    entries: list[str] = []
    for piece in text.split(":"):
        entry = substitute(piece, paths)
        if entry is None:
            continue
        if piece.startswith("{"):
            store_path = next(path for path in paths.values() if entry == path or entry.startswith(path + "/"))
            pattern = real(store_path) + entry[len(store_path) :]
            found = sorted(glob.glob(pattern))
            entries.extend(store_path + path[len(real(store_path)) :] for path in found)
        else:
            entries.append(entry)
    return ":".join(entries) if entries else None
