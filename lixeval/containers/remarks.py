"""What a layer or an image is made of in silence by the original, and its author would want to know.

The bytes stay those of the original.  A remark is a line of the build log that begins with "warning: ", which is shown
to who builds; of each kind the first few are named and the rest is counted.
"""

from __future__ import annotations

import filecmp
import os
import stat
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from lixeval.containers import go_regexp
from lixeval.containers.layers_json import LayerPath, LayerRecord, Perm, Rewrite
from lixeval.oci import go_json
from lixeval.oci.config import RUN_CONFIG_FIELDS

_MOST = 5
MOST_LAYERS = 127
"""What overlayfs, and so docker and podman, lay on one another at most."""

Say = Callable[[str], None]


def shown(text: str) -> str:
    """A name for a line of text: controls and bytes that are no UTF-8 as escapes."""
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text)


class Remarks:
    """Collects while the trees of layers are made, perhaps several at a time; `tell` says what there is to say."""

    def __init__(self) -> None:
        self._used: set[Perm] = set()
        self._replaced: dict[str, str] = {}
        self._whiteouts: dict[str, None] = {}
        self._modes: dict[str, str] = {}

    def used(self, perm: Perm) -> None:
        """A perm has changed a file."""
        self._used.add(perm)

    def replaced(self, destination: str, before: tuple[str, str], after: tuple[str, str], mode: int) -> None:
        """Two sources, each (name, real path), of one place agree in type and size, and the later one counts."""
        if destination not in self._replaced and before[1] != after[1] and not _same(before[1], after[1], mode):
            self._replaced[destination] = f"by '{shown(before[0])}' and by '{shown(after[0])}'"

    def named(self, destination: str) -> None:
        """A file comes to a place whose name begins with ".wh."."""
        self._whiteouts[destination] = None

    def mode(self, destination: str, mode: int) -> None:
        """A mode that no file can have."""
        self._modes[destination] = f"{mode:o}"

    def tell(
        self, say: Say, entries: Iterable[LayerPath], given: Sequence[tuple[str, Perm]], known: Iterable[str]
    ) -> None:
        """Say what was found.  `entries` are the paths of the layers, `given` all perms, `known` the whole closure."""
        _some(say, list(_unused_perms(entries, given, set(known), self._used)))
        _some(
            say,
            [
                f"'{shown(place)}' is brought {sources}, with other contents: the latter counts"
                for place, sources in sorted(self._replaced.items())
            ],
        )
        _some(say, [_of_whiteout(place) for place in sorted(self._whiteouts)])
        _some(
            say,
            [
                f"'{shown(place)}' is given the mode {mode}, which no file has"
                for place, mode in sorted(self._modes.items())
            ],
        )


def _of_whiteout(place: str) -> str:
    folder, _, name = place.rpartition("/")
    return (
        f"'{shown(place)}' is a whiteout by its name: whoever unpacks the image does not get it, and loses "
        f"'{shown(folder)}/{shown(name.removeprefix('.wh.'))}' of the layers below"
    )


def _same(before: str, after: str, mode: int) -> bool:
    if stat.S_ISLNK(mode):
        return os.readlink(before) == os.readlink(after)
    return not stat.S_ISREG(mode) or filecmp.cmp(before, after, shallow=False)


def _some(say: Say, texts: list[str]) -> None:
    for text in texts[:_MOST]:
        say("warning: " + text)
    if len(texts) > _MOST:
        say(f"warning: {len(texts) - _MOST} more of the kind")


def _unused_perms(
    entries: Iterable[LayerPath], given: Sequence[tuple[str, Perm]], known: set[str], used: set[Perm]
) -> Iterable[str]:
    present = {entry.path for entry in entries}
    for path, perm in dict.fromkeys(given):
        if path not in known:
            yield (
                f"perms are given to '{shown(path)}', which is no path of the layer, so that nothing gets them: path "
                "is a store path that copyToRoot or deps names, regex finds the files in it"
            )
        elif path in present and perm not in used:
            yield f"perms are given to files of '{shown(path)}' that match '{shown(perm.regex)}', and none does"


def tell_of_roots(
    say: Say, real: Callable[[str], str], rewrites: Iterable[tuple[str, Rewrite]], known: set[str]
) -> None:
    """Say of which paths of copyToRoot nothing comes to the root."""
    for path, rewrite in rewrites:
        if path not in known:
            why = "it is a place inside a store path, and only whole ones are put there"
        elif os.path.islink(real(path)):
            why = f"it is a symbolic link, to '{shown(os.readlink(real(path)))}'"
        elif not os.path.isdir(real(path)):
            why = "it is a file, and only what is in folders is put there"
        elif go_regexp.replace_all(rewrite.regex, rewrite.repl, path) == path:
            why = "its name is taken as a regular expression, which does not match it; it stays in /nix/store"
        else:
            continue
        say(f"warning: copyToRoot: nothing of '{shown(path)}' comes to the root of the image: {why}")


def tell_of_image(say: Say, config: Any, layers: Sequence[LayerRecord], *, compatible: bool) -> None:
    """Say what is lost of a configuration, and of layers that clients do not take."""
    if compatible and isinstance(config, go_json.Object):
        known = {go_json.fold(name) for name in RUN_CONFIG_FIELDS}
        lost = [name for name, value in config if value is not None and go_json.fold(name) not in known]
        if lost:
            say(
                f"warning: {', '.join(map(shown, dict.fromkeys(lost)))} of config "
                f"{'is' if len(lost) == 1 else 'are'} lost, as nix2container loses it: compatible = false keeps it"
            )
    if compatible and not layers:
        say(
            "warning: the image has no layers, and umoci and some registries refuse it: compatible = false makes a "
            "sound one"
        )
    if len(layers) > MOST_LAYERS:
        say(
            f"warning: the image has {len(layers)} layers, and clients take at most {MOST_LAYERS}: maxLayers bounds "
            "them"
        )


Links = Mapping[tuple[bytes, ...], str]


def tell_of_links(say: Say, links: Links, folders: Iterable[tuple[bytes, ...]]) -> None:
    """Say which links to folders of a base image are covered by folders: what the base has behind them is not seen."""
    covered = sorted(place for place in set(folders) if place in links)
    _some(
        say,
        [
            f"the base image's link '/{shown(os.fsdecode(b'/'.join(place)))} -> {shown(links[place])}' is replaced by "
            "a folder, so that what the base has there is not found any more: put the files where the link leads"
            for place in covered
        ],
    )
