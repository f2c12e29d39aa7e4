# blame: 3:10
{
  name = "web;
  host = "example.org";
  user = "www";
}
