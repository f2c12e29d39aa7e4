"""One case through all contestants, in turn."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from .cases import Case
from .contestants import Contestant
from .processes import Run, medians

Measurements = dict[str, dict[str, dict[str, Any]]]
"""Case -> contestant -> its figures (see `processes.Figures`), or why there are none."""


def measure(case: Case, contestants: Sequence[Contestant], runs: int) -> dict[str, dict[str, Any]]:
    """The figures of one case.  The first round fills caches and compares answers; it is not counted."""
    kept: dict[str, list[Run]] = {one.name: [] for one in contestants}
    overheads: dict[str, list[Run]] = {one.name: [] for one in contestants}
    answers: dict[str, object] = {}
    for round_ in range(runs + 1):
        for contestant in contestants:
            done = contestant.run(case)
            if done is None:
                continue
            if round_:
                kept[contestant.name].append(done)
                alone = contestant.overhead()
                if alone is not None:
                    overheads[contestant.name].append(alone)
            else:
                answers[contestant.name] = answer(case, done.output)
    result: dict[str, dict[str, Any]] = {}
    right = next(iter(answers.values()), None)
    for contestant in contestants:
        name = contestant.name
        if kept[name]:
            result[name] = asdict(medians(kept[name], overheads[name]))
        elif case.name in contestant.failed:
            result[name] = {"failed": contestant.failed[case.name]}
        if name in answers and answers[name] != right:
            result.setdefault(name, {})["disagrees"] = str(answers[name])[:200]
    return result


def answer(case: Case, output: str) -> object:
    """What was answered, apart from its form: JSON's order and spacing mean nothing."""
    if case.makes != "value":
        return output.split("!")[0]
    return json.loads(output)
