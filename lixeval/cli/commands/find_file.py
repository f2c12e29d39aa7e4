"""--find-file: where the search path has files, as `nix-instantiate --find-file` prints it."""

from __future__ import annotations

from lixeval.cli.options import Options
from lixeval.cli.workspace import open_workspace
from lixeval.errors import UsageError
from lixeval.formats.nix_text import quoted
from lixeval.system.deep_stack import run_deep


def print_found(options: Options) -> int:
    """A line for each word; the first that is nowhere ends it with an error."""
    if not options.files:
        raise UsageError("--find-file needs words to look for", hint="lixeval --find-file nixpkgs")
    workspace = open_workspace(options, write_store=False, faithful=True)
    find = "builtins.findFile builtins.nixPath"
    for name in options.files:

        def found(text: str = f"toString ({find} {quoted(name)})") -> object:
            return workspace.evaluator.text(text, "/")

        print(run_deep(found))
    return 0
