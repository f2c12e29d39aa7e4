"""File capabilities as the kernel keeps them: the extended attribute `security.capability`, version 2.

    value     = magic permitted-low inheritable-low permitted-high inheritable-high      32 bits each, little-endian
    magic     = 0x02000000, with bit 0 set if the permitted ones are effective at once

Two ways to write them: a list of names, which are then permitted and effective, or a text of cap_from_text(3):
`cap_net_bind_service,cap_net_raw=+ep`.

Source: capabilities(7), "File capability extended attribute versioning"; <linux/capability.h>.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Sequence

from lixeval.errors import ImageError

XATTR = "security.capability"
_NAMES = """
    chown dac_override dac_read_search fowner fsetid kill setgid setuid setpcap linux_immutable net_bind_service
    net_broadcast net_admin net_raw ipc_lock ipc_owner sys_module sys_rawio sys_chroot sys_ptrace sys_pacct sys_admin
    sys_boot sys_nice sys_resource sys_time sys_tty_config mknod lease audit_write audit_control setfcap mac_override
    mac_admin syslog wake_alarm block_suspend audit_read perfmon bpf checkpoint_restore
""".split()  # noqa: SIM905 - forty names read better as a text
_BITS = {name: 1 << number for number, name in enumerate(_NAMES)}
_ALL = (1 << len(_NAMES)) - 1
_CLAUSE = re.compile(r"([a-z_0-9,]*)((?:[=+-][eip]*)+)\Z")
_OPERATION = re.compile(r"([=+-])([eip]*)")
_VERSION_2 = 0x02000000


def encode(wanted: str | Sequence[str]) -> bytes:
    """The value of the attribute; raises ImageError for names and texts that mean nothing."""
    if not isinstance(wanted, str):
        mask = 0
        for name in wanted:
            mask |= _bit(name)
        return _packed(mask, 0, effective=bool(mask))
    sets = {"e": 0, "i": 0, "p": 0}
    clauses = wanted.lower().split()
    if not clauses:
        raise ImageError("a text of capabilities must not be empty", hint="for example: cap_net_bind_service=+ep")
    for clause in clauses:
        _apply(clause, sets)
    if sets["e"] and sets["e"] != sets["p"] | sets["i"]:
        raise ImageError(f"'{wanted}': of a file's capabilities all are effective or none", hint="write =ep or =p")
    return _packed(sets["p"], sets["i"], effective=bool(sets["e"]))


def _apply(clause: str, sets: dict[str, int]) -> None:
    match = _CLAUSE.match(clause)
    if match is None:
        raise ImageError(f"'{clause}' is no clause of capabilities", hint="for example: cap_net_bind_service=+ep")
    mask = 0
    for name in filter(None, match.group(1).split(",")):
        mask |= _ALL if name == "all" else _bit(name)
    mask = mask if match.group(1) else _ALL
    for operation, letters in _OPERATION.findall(match.group(2)):
        if operation == "=":
            for letter in sets:
                sets[letter] &= ~mask
        for letter in letters:
            sets[letter] = sets[letter] & ~mask if operation == "-" else sets[letter] | mask


def _bit(name: str) -> int:
    plain = name.lower().removeprefix("cap_")
    if plain not in _BITS:
        raise ImageError(f"'{name}' is no capability", hint="capabilities(7) lists them: cap_net_bind_service, …")
    return _BITS[plain]


def _packed(permitted: int, inheritable: int, *, effective: bool) -> bytes:
    low = 0xFFFFFFFF
    return struct.pack(
        "<5I", _VERSION_2 | effective, permitted & low, inheritable & low, permitted >> 32, inheritable >> 32
    )
