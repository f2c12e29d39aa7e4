# blame: 3:3
builtins.all (person: person.age > 40) (
  map (name: if name == "bob" then [ 42 ] else { age = 41; }) [ "alice" "bob" "carol" ]
)
