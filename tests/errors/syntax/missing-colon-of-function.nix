# blame: 2:21
{ stdenv, fetchurl }
stdenv.mkDerivation { }
