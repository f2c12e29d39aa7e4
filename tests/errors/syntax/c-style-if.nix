# blame: 2:11
x: if (x) { 1 } else { 2 }
