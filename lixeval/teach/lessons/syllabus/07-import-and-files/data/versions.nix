{
  python = "3.11";
  gcc = "12";
}
