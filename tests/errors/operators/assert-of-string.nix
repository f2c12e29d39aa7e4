# blame: 2:8
assert "true";
1
