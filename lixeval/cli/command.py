"""What a command is: its name, what it takes, which module does it; and what several commands have in common.

A command takes groups of options (`cli.option_table`) and options of its own.
"""

from __future__ import annotations

from lixeval.cli.option_table import (
    FLAKES,
    INPUT,
    OPTIONS,
    PLATFORM,
    REGISTRY,
    TITLES,
    Option,
)
from lixeval.environment.setting_table import BUILDING, EVALUATION, FETCHING, MESSAGES, NOTHING, SETTINGS, STORE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

EVALUATING = (INPUT, FLAKES, EVALUATION, BUILDING, FETCHING, STORE, MESSAGES)
"""What every command takes that evaluates what its words name, and may build it."""

OPENING_IMAGES = (PLATFORM, REGISTRY, *EVALUATING)
"""What every command takes whose words name images."""

IMAGE_WORDS = (
    (
        "IMAGE",
        "an OCI layout or an archive (DIR, FILE, oci:DIR[:TAG], oci-archive:FILE[:TAG], docker-archive:FILE[:NAME:TAG],"
        " dir:DIR), docker://HOST/NAME:TAG in a registry, containers-storage:NAME:TAG or docker-daemon:NAME:TAG, kept"
        " by podman or docker, or FILE.nix[#ATTRIBUTE], which is built first",
    ),
)
DERIVATION_WORDS = (
    (
        "INSTALLABLE",
        "a .drv file, a path that one has made (or a link to it, such as result), or a Nix file: FILE#ATTRIBUTE, "
        "FILE -A ATTRIBUTE, -E EXPRESSION",
    ),
)


class Command:
    """One command; `name` is what stands behind `lixeval` ("store gc").

    `usage` are the lines behind the name, `about` says more than the `summary`, `words` explains what is no option,
    `examples` are whole lines.  `module` has the `function` that is called with the words behind the name; it is run by
    `cli.main`.
    """

    __slots__ = (
        "about",
        "examples",
        "expressions_follow",
        "function",
        "groups",
        "module",
        "name",
        "own",
        "summary",
        "usage",
        "words",
    )

    def __init__(
        self,
        name: str,
        module: str,
        summary: str,
        *,
        function: str = "run",
        usage: tuple[str, ...] = ("",),
        about: str = "",
        words: tuple[tuple[str, str], ...] = (),
        groups: tuple[str, ...] = (STORE, MESSAGES),
        own: tuple[Option, ...] = (),
        examples: tuple[str, ...] = (),
        expressions_follow: bool = False,
    ) -> None:
        self.name = name
        self.module = module
        self.function = function
        self.summary = summary
        self.usage = usage
        self.about = about
        self.words = words
        self.groups = tuple(group for group in TITLES if group in groups)
        self.own = own
        self.examples = examples
        self.expressions_follow = expressions_follow

    @property
    def spoken(self) -> str:
        """Its name in a sentence."""
        return f"lixeval {self.name}" if self.name else "lixeval FILE"

    @property
    def help_line(self) -> str:
        """What to type for its help."""
        return f"lixeval {self.name} --help" if self.name else "lixeval --help"

    def options(self) -> Iterator[Option]:
        """All options but settings: its own first, which may have names that mean something else elsewhere."""
        taken = {name for option in self.own for name in option.names}
        for option in OPTIONS:
            if option.group in self.groups and not taken.issuperset(option.names):
                yield option
        yield from self.own

    def takes_setting(self, group: str) -> bool:
        """Whether settings of a group are options of it; those without a meaning go with evaluating and building."""
        return group in self.groups or (group == NOTHING and (EVALUATION in self.groups or BUILDING in self.groups))

    def spellings(self) -> set[str]:
        """All that may be spelled."""
        found = {name for option in self.options() for name in option.names}
        for setting in SETTINGS:
            if self.takes_setting(setting.group):
                found.update(setting.spellings())
        return found


JSON = Option("--json", "json", "as JSON")
"""An option of many commands."""

COMMANDS_PACKAGE = "lixeval.cli."
"""What the modules of commands begin with."""
