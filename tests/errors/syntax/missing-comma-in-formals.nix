# blame: 2:9
{ stdenv fetchurl }:
stdenv
