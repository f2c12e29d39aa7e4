x: "a ${x} b ${toString 1}"
