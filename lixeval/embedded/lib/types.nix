{ lib }:
{ inherit (import ./types/kinds.nix { }) isType setType; }
