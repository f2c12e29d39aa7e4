{
  outputs =
    { self }:
    {
      lib.eachSystem =
        systems: f:
        builtins.foldl' (
          all: system:
          all // builtins.mapAttrs (name: value: (all.${name} or { }) // { ${system} = value; }) (f system)
        ) { } systems;
    };
}
