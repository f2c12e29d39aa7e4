"""Records what real Nix answers to the expressions in recorded_values/*.json.

    python tests/builtins/record_values.py [NAME...]      all, or those of these names

Each file is a list of pairs: an expression, and what Nix 2.26 prints for it with --eval --strict, or "error: " and the
message.  To add a case, add a list of one expression.  Nix is asked as by record_services.py, which see.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from tests.builtins import record_services

HERE = Path(__file__).parent


def main() -> None:
    answer = record_services.answer
    for file in sorted((HERE / "recorded_values").glob("*.json")):
        if sys.argv[1:] and file.stem not in sys.argv[1:]:
            continue
        cases = [[case[0], answer(case[0], [], "/")] for case in json.loads(file.read_text())]
        file.write_text(json.dumps(cases, indent=1, ensure_ascii=True) + "\n")


if __name__ == "__main__":
    main()
