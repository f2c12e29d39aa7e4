# blame: 7:7 or 7:17
# flags: --json
{
  name = "hello";
  commands = [
    {
      check = toString;
    }
  ];
}
