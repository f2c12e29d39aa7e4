let
  show = x: {
    type = builtins.typeOf x;
    text = if builtins.isPath x then toString x else x;
    context = if builtins.isString x then builtins.attrNames (builtins.getContext x) else null;
  };
  nested = { outPath = { outPath = "n"; }; };
  spelled = { __toString = self: self.where; where = /w; };
in
map show [
  ({ outPath = /tmp; } + "")
  ({ outPath = /tmp; } + "/x")
  ({ outPath = /tmp; } + { outPath = /tmp; })
  ({ __toString = _: /tmp; } + "")
  ({ outPath = /tmp; } + /var)
  ({ outPath = "/x"; } + /etc/hostname)
  (/tmp + { outPath = "/y"; })
  (/tmp + { outPath = /y; })
  (/a + { outPath = "b"; })
  (/a + nested)
  (/a + spelled)
  (nested + spelled + nested)
  /a/${{ outPath = "b"; }}
  /a/${{ outPath = /b; }}/c
  /a/${spelled}/${nested}
  ("" + { outPath = "q"; } + nested)
  (/a + "b" + { outPath = "/c"; } + /d)
]
