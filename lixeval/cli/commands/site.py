"""`lixeval site DIR`: Nix in the browser, as a folder of files that any web server can serve."""

from __future__ import annotations

import sys

from lixeval.cli.subcommand import at_least, read
from lixeval.errors import UsageError
from lixeval.system.terminal_text import tell

COMMAND = "site"


def run(arguments: list[str]) -> int:
    """Writes the site."""
    line = read(COMMAND, arguments)
    at_least(line, COMMAND, 1, "a folder to write to")
    if len(line.words) > 1:
        raise UsageError(f"lixeval site takes one folder, and '{line.words[1]}' is another")
    from lixeval.site.write import write_site

    folder = line.words[0]
    if not write_site(folder, line.texts.get("pyodide"), line.texts.get("lessons")):
        tell("note: the modules are not compiled, so a first visit takes some seconds more; Node or Python 3.14 can")
    print(folder)
    if sys.stdout.isatty():
        print(f"to look at it: python3 -m http.server --directory {folder}")
    return 0
