{ __toString = self: "it is ${self.x}"; x = "y"; }
