# blame: 6:3 or 6:16 or 7:3 or 7:25
let
  fix = f: let self = f self; in self;
in
fix (self: {
  hello = self.greeting + "!";
  greeting = "[" + self.hello + "]";
})
