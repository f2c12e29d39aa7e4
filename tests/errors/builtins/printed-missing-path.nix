# blame: 5:3 or 5:10
# flags: --json
{
  name = "hello";
  logo = ./nowhere/logo.png;
}
