"""What a run of builds is given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lixeval.build.builders.builder import BuiltinBuilder
    from lixeval.build.observer import BuildObserver
    from lixeval.build.plan import Plan
    from lixeval.build.settings import BuildSettings
    from lixeval.store.local import LocalStore


@dataclass(frozen=True, slots=True)
class Task:
    """The builds of a `plan` in a `store`: how they are made, who hears of them, and the builders inside lixeval by the
    names that derivations give them.
    """

    store: LocalStore
    plan: Plan
    settings: BuildSettings
    observer: BuildObserver
    builtin_builders: Mapping[str, BuiltinBuilder]
