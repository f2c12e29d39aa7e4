# blame: 3:16
{
  web = import ./data/empty-folder;
}
