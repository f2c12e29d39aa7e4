[ (true && false) (true || throw "x") (false && throw "x") (false -> throw "x") (true -> false) (!true) (true && (false || true)) ]
