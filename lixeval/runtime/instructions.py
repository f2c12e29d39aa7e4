"""What compiled code was about to do when it failed, by Python's own instructions.

Selecting an attribute that must exist is an unchecked `set["name"]`: only the variable that was loaded before the key
tells from what was selected.
"""

from __future__ import annotations

from types import FrameType

TYPE_CHECKING = False
if TYPE_CHECKING:
    import dis


def selected_from(frame: FrameType, instruction: int) -> tuple[str, object]:
    """The variable that the failed `value["name"]` at this offset of the frame's code selected from, and the value of
    it; "" and None if unknown.
    """
    import dis  # few failures need it, and it takes a millisecond

    previous: list[dis.Instruction] = []
    for each in dis.get_instructions(frame.f_code):
        if each.offset == instruction:
            break
        previous.append(each)
    loaded = [name for each in previous[-4:] for name in _loaded(each)]
    # The last is the key: "" for a constant, or the variable of a computed one.
    local = frame.f_locals
    return next(((name, local[name]) for name in reversed(loaded[:-1]) if name in local), ("", None))


def _loaded(instruction: dis.Instruction) -> list[str]:
    """The variables that an instruction puts on the stack; "" for a constant.

    Python 3.13 and later join two steps in one instruction, LOAD_FAST_LOAD_FAST or STORE_FAST_LOAD_FAST, with a pair of
    names.
    """
    if "LOAD_" not in instruction.opname:
        return []
    if instruction.opname == "LOAD_CONST" or not isinstance(instruction.argval, str | tuple):
        return [""]
    if isinstance(instruction.argval, str):
        return [instruction.argval]
    names = [str(name) for name in instruction.argval]
    return names if instruction.opname.startswith("LOAD_") else names[-1:]
