# blame: 4:9
with { alpha = 1; };
with { beta = 2; };
alpha + bata
