{ lib }: with lib; with types; rec { f = x: g x (with x; h); k = listOf str; }
