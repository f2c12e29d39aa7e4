# blame: 4:2
{
  a = 1;
}}
