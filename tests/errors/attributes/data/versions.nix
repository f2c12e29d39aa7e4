{
  python = "3.11";
  perl = "5.36";
}
