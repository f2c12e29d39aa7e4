# blame: 3:17
{
  pkgs = import <nopkgs> { };
}
