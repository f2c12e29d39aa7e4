[
  (builtins.filterSource (path: type: false) /.)
  (builtins.path { path = /.; filter = path: type: false; })
  (baseNameOf /.)
  (baseNameOf "/")
  (dirOf /.)
  (/. + "/a/../..")
]
