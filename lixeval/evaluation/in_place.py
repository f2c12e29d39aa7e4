"""Fetched trees whose Nix functions have others in their place: nix2container's, whose builders are lixeval's own here.

The tree is known by what it is, not by where it came from: a fork, a mirror and a vendored copy are nix2container too.
Whoever imports its default.nix (its flake.nix does) gets the original's functions with the same names, arguments and
bytes, and nothing of the original program, of skopeo and of Go has to be fetched or built.
"""

from __future__ import annotations

from lixeval.formats.store_path import STORE_DIR
from lixeval.system.directories import EMBEDDED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lixeval.environment.files import Files

_FILE = "/default.nix"
_DEPTH = STORE_DIR.count("/") + 2
_MODULE = b"module github.com/nlewo/nix2container"
SAID = (
    "nix2container: lixeval's own builders stand in the original program's place "
    "(--option original-nix2container true builds that)"
)


def file_in_place(files: Files, path: str) -> str | None:
    """The file that is called with a default.nix to get what stands in its place; None for all but nix2container's."""
    if path.count("/") != _DEPTH:
        return None
    module = f"{path.removesuffix(_FILE)}/go.mod"
    if not files.exists(module) or not files.read(module).startswith(_MODULE):
        return None
    files.allow(EMBEDDED)
    return f"{EMBEDDED}/nix2container-in-place.nix"
