# blame: 4:10
{
  name = "web";
  host = "example.org;
  port = 80;
}
