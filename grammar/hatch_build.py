"""What an installation has besides the package: lixeval's own Nix files compiled, and the parser's tables; in a wheel
also the man page and the shells' completion, made of the tables of the command.

hatchling calls this when it builds a wheel, and for an editable installation; of what lixeval depends on nothing is
there then but lark.
"""

from __future__ import annotations

import shutil
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CustomBuildHook(BuildHookInterface):  # type: ignore[type-arg]  # its parameter differs between releases
    """Writes the files and says where they go below the environment: share/man and so on."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called before the wheel is put together.  An editable one is the checkout, so what is compiled goes there."""
        sys.path.insert(0, self.root)
        if version == "editable":
            with suppress(OSError):  # a checkout that may not be written to: all is made at first use then
                _compile_into(Path(self.root) / "lixeval" / "compiled")
            return
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
        compiled = Path(self.directory) / "compiled"
        _compile_into(compiled)
        build_data["force_include"][str(compiled)] = "lixeval/compiled"


def _compile_into(folder: Path) -> None:
    from lixeval.evaluation.shipping import compile_own_files

    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    compile_own_files(str(folder))
    for file in folder.iterdir():
        file.chmod(0o644)  # whoever installs it may be another user
