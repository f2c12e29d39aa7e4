source $stdenv
mkdir $out
