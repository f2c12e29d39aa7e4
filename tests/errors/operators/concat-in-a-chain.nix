# blame: 6:8
{
  paths =
    [ "/bin" ]
    ++ [ "/usr/bin" ]
    ++ null
    ++ [ "/sbin" ];
}
