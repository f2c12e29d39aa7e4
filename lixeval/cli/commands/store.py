"""`lixeval store SUBCOMMAND …`: what is in the store, and what becomes of it.

The subcommands answer as `nix-store` and `nix store` do where these have the same; see HELP and each one's own.
"""

from __future__ import annotations

import sys
from importlib import import_module

from lixeval.errors import UsageError

HELP = """\
usage: lixeval store SUBCOMMAND …

  query --references|--requisites|--referrers|--tree|… PATH …   what refers to what, and what is known of it
  path-info [--json] [-r] [-s] [-S] PATH …                      sizes, hashes, signatures
  add FILE [--name NAME] [--mode nar|flat|text]                 copies a file or folder into the store
  dump PATH, restore PATH                                       writes and reads NAR archives
  verify [--check-contents]                                     does the store hold what its database says?
  gc [--dry-run|--print-dead|--print-live|--print-roots]        deletes what no root leads to
  delete PATH …                                                 deletes paths that nothing needs
  log PATH                                                      the log of a build

  --store ROOT   the store to use (default: the user's own; / is the machine's /nix)

`lixeval store SUBCOMMAND --help` tells more.
"""

SUBCOMMANDS: dict[str, tuple[str, str]] = {
    "query": ("lixeval.cli.commands.store_query", "query"),
    "path-info": ("lixeval.cli.commands.store_query", "path_info"),
    "add": ("lixeval.cli.commands.store_objects", "add"),
    "dump": ("lixeval.cli.commands.store_objects", "dump"),
    "restore": ("lixeval.cli.commands.store_objects", "restore"),
    "log": ("lixeval.cli.commands.store_objects", "log"),
    "verify": ("lixeval.cli.commands.store_upkeep", "verify"),
    "gc": ("lixeval.cli.commands.store_upkeep", "collect"),
    "delete": ("lixeval.cli.commands.store_upkeep", "delete"),
}
"""Subcommand -> the module and function that do it."""


def run(arguments: list[str]) -> int:
    """Does what a subcommand says; see HELP."""
    if not arguments or arguments[0] in ("-h", "--help"):
        print(HELP, end="", file=sys.stdout if arguments else sys.stderr)
        return 0 if arguments else 1
    name, *rest = arguments
    if name not in SUBCOMMANDS:
        raise UsageError(
            f"unknown subcommand 'store {name}'", hint=f"there are {', '.join(SUBCOMMANDS)}; lixeval store --help"
        )
    module, function = SUBCOMMANDS[name]
    code: int = getattr(import_module(module), function)(rest)
    return code
