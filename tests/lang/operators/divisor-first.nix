false / (1 - 1)
