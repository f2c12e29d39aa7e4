# blame: 8:5 or 8:15
# flags: --json
{
  name = "hello";
  commands = {
    build = "make";
    check = "make check";
    install = { prefix }: "make install PREFIX=${prefix}";
  };
}
