# blame: 3:9
{
  "name": "hello",
}
