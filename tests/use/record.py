"""Records what real Nix 2.26.3 prints of the environments of `developed.nix`: environments.json.

python tests/use/record.py WORDS-BEFORE-nix
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
OPTIONS = ("--extra-experimental-features", "nix-command", "--impure", "-f", str(HERE / "developed.nix"))
SETTINGS = {"sandbox": "false", "build-users-group": "", "substitute": "false"}


def main() -> None:
    """Asks real Nix, in its own store."""
    settings = [word for name, value in SETTINGS.items() for word in ("--option", name, value)]
    recorded = {}
    for attribute in ("plain", "structured"):
        command = [*sys.argv[1:], "nix", "print-dev-env", *OPTIONS, attribute, *settings]
        script, text = (
            subprocess.run([*command, *more], check=True, capture_output=True, text=True).stdout
            for more in ((), ("--json",))
        )
        recorded[attribute] = {"script": script.replace(str(Path.cwd()), "HERE"), "json": json.loads(text)}
    (HERE / "environments.json").write_text(json.dumps(recorded, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
