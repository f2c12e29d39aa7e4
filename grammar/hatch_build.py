"""What a wheel has besides the package: the man page and the shells' completion, made of the tables of the command, and
lixeval's own Nix files compiled.

hatchling calls this when it builds a wheel; of what lixeval depends on nothing is there then but lark.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CustomBuildHook(BuildHookInterface):  # type: ignore[type-arg]  # its parameter differs between releases
    """Writes the files and says where they go below the environment: share/man and so on."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called before the wheel is put together; an editable one needs none of this."""
        if version == "editable":
            return
        sys.path.insert(0, self.root)
        from lixeval.cli.output.completion import bash, fish, zsh
        from lixeval.cli.output.man_page import man_page

        folder = Path(self.directory) / "shared"
        folder.mkdir(parents=True, exist_ok=True)
        for name, make, place in (
            ("lixeval.1", man_page, "share/man/man1/lixeval.1"),
            ("lixeval.bash", bash, "share/bash-completion/completions/lixeval"),
            ("_lixeval", zsh, "share/zsh/site-functions/_lixeval"),
            ("lixeval.fish", fish, "share/fish/vendor_completions.d/lixeval.fish"),
        ):
            (folder / name).write_text(make(), encoding="utf-8")
            build_data["shared_data"][str(folder / name)] = place
        from lixeval.evaluation.shipping import compile_own_files

        compiled = Path(self.directory) / "compiled"
        shutil.rmtree(compiled, ignore_errors=True)
        compiled.mkdir()
        compile_own_files(str(compiled))
        build_data["force_include"][str(compiled)] = "lixeval/compiled"
