# blame: 6:10
{
  list = [
    "a" ("b")
  ];
  call = "a" ("b");
}
