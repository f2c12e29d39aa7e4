"""What texts of others order a terminal to do: the attempts.  Each is shown as what it is."""

from __future__ import annotations

ORDERS = [
    "\x1b]0;title\x07",  # the window's title
    "\x1b]52;c;ZXZpbA==\x07",  # the clipboard
    "\x1b]8;;http://evil/\x1b\\\\link",  # a link
    "\x1b[2J\x1b[H",  # an empty screen
    "\x1b[1A\x1b[2K",  # the line above, gone
    "\x1b[6n",  # an answer, as if it had been typed
    "\x1bP$q\x1b\\\\",
    "\x1b[?1049h",
    "\x07\x08\x0b\x0c\x7f",
    "safe\rfake",
    "\x9b2J\x9d0;x\x9c",  # C1, one character each
    "\u202eexe.txt",
    "\u2066a\u2069\u200f",
    "a\u2028b",
    "\udc9b2J",  # a byte that is no UTF-8
    "\x1b[31m\x1b]0;x\x07",
    "\x1b[38;5;1",
    "\x1b",
]

NAME = "e\x1b]0;t\x07v\x1b[2Ji\u202el"
RESULTS = {
    "a value": ["--eval", "-E", f'"{NAME}"'],
    "an attribute": ["--eval", "--strict", "-E", f'{{ "{NAME}" = 1; }}'],
    "a raw value": ["--eval", "--raw", "-E", f'"{NAME}"'],
    "JSON": ["--eval", "--json", "-E", f'"{NAME}\x9b"'],
    "a program": ["--parse", "-E", f'"{NAME}"'],
    "a listing": ["store", "ls", "PATH"],
    "a long listing": ["store", "ls", "--long", "--recursive", "PATH"],
    "a listing as JSON": ["store", "ls", "--json", "PATH"],
    "a derivation": ["show-derivation", "DERIVATION"],
    "bindings": ["store", "print-env", "DERIVATION"],
    "findings": ["lint", "FOLDER/lint.nix"],
    "a difference": ["diff", "FOLDER/one.nix", "FOLDER/two.nix"],
}
"""Commands whose results have names or texts of others in them."""
