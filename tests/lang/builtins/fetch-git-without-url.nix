fetchGit { rev = "x"; }
