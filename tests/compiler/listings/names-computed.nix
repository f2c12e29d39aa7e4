name: sets: f: map (m: m.set ? ${name} && f m.set.${name} name) sets
