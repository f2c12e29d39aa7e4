# blame: 2:7
./. + 1
