"ignored"
