{ lib }:
{
  "splitVersion-parts" = map lib.splitVersion [ "1.2.3" "1.2pre-rc1" "" ];
  "major-part" = lib.versions.major "1.2.3";
  "minor-part" = lib.versions.minor "1.2.3";
  "patch-part" = lib.versions.patch "1.2.3";
  "majorMinor-parts" = lib.versions.majorMinor "1.2.3";
  "pad-cases" = [
    (lib.versions.pad 3 "1.2")
    (lib.versions.pad 3 "1.3-rc1")
    (lib.versions.pad 3 "1.2.3.4")
    (lib.versions.pad 0 "1.2-x")
    (lib.versions.pad 2 "1.2-x-y")
    (lib.versions.pad 3 "1")
  ];
  "compareVersions-order" = lib.versions.compareVersions "1.2" "1.10";
}
