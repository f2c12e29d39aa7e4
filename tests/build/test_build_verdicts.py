"""What becomes of builds that leave what they should or should not: the same as with real Nix.

The derivations are in `verdicts.nix`; contents, messages and exit codes of Nix 2.26.3 in `verdicts.json`
(`record_verdicts.py`).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lixeval.environment.settings import Settings
from lixeval.errors import BuildError
from lixeval.evaluation.evaluator import Evaluator
from lixeval.formats.store_path import StorePath
from lixeval.runtime.strings import text_of
from lixeval.runtime.thunks import force

if TYPE_CHECKING:
    from tests.support.workshop import Workshop

HERE = Path(__file__).parent
VERDICTS = json.loads((HERE / "verdicts.json").read_text())


@pytest.mark.parametrize("name", VERDICTS)
def test_verdict_is_that_of_nix(workshop: Workshop, name: str) -> None:
    evaluator = Evaluator(Settings(system="x86_64-linux"), workshop.store)
    chosen = force(evaluator.file(str(HERE / "verdicts.nix"))[name])
    drv_path = StorePath(text_of(chosen["drvPath"]))
    expected = VERDICTS[name]
    if "contents" in expected:
        workshop.build(drv_path)
        assert workshop.out(drv_path) == expected["path"]
        assert workshop.read(drv_path) == expected["contents"]
    else:
        with pytest.raises(BuildError) as caught:
            workshop.build(drv_path)
        told = "\n".join(line.strip() for line in caught.value.message.splitlines())
        assert (told, caught.value.exit_code) == (expected["message"], expected["exit_code"])
    assert workshop.leftovers() == []
