# blame: 2:5
[ 1 -1 ]
