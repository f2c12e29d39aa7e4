# nothing but starting and ending
1 + 1
