f: let y = f 1; in [ y y ]
