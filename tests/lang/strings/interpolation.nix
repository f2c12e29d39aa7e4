let a = "x"; b = { outPath = "/o"; }; c = { __toString = self: "s${self.n}"; n = "1"; }; in "${a}-${b}-${c}-${"nested ${a}"}"
