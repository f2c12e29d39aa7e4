{ name, src }:
{
  inherit name src;
}
