"""The memory that a process may have: limits of control groups as cgroups(7) has them."""

from __future__ import annotations

from pathlib import Path

import pytest

from lixeval.system.machines import memory


@pytest.mark.parametrize(
    ("table", "limits", "expected"),
    [
        ("0::/\n", {"memory.max": "1000000\n"}, 1_000_000),
        ("0::/a/b\n", {"a/b/memory.max": "max\n", "a/memory.max": "2000000\n"}, 2_000_000),
        ("0::/a/b\n", {"a/b/memory.max": "1000\n", "a/memory.max": "2000000\n"}, 1000),
        ("0::/host/path\n", {"memory.max": "3000\n"}, 3000),
        ("5:cpu:/x\n4:memory:/x/y\n0::/\n", {"memory/x/y/memory.limit_in_bytes": "4000\n"}, 4000),
        ("4:memory:/\n", {"memory/memory.limit_in_bytes": "9223372036854771712\n"}, None),
        ("3:hugetlb,memory:/x:y\n", {"memory/x:y/memory.limit_in_bytes": "5000\n"}, 5000),
        ("0::/\n", {"memory.max": "max\n"}, None),
        ("0::/\n", {"memory.max": ""}, None),
        ("", {}, None),
        ("nonsense\n", {}, None),
    ],
)
def test_limits_of_control_groups(tmp_path: Path, table: str, limits: dict[str, str], expected: int | None) -> None:
    (tmp_path / "table").write_text(table)
    for name, text in limits.items():
        (tmp_path / "groups" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "groups" / name).write_text(text)
    found = memory(str(tmp_path / "table"), str(tmp_path / "groups"))
    assert found == (memory("/nowhere") if expected is None else expected)
