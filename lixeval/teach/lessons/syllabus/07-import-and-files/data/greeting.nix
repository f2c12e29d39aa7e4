{ name }:
"Hello, ${name}!"
