{ lib }:
let
  inherit (lib) meta;
  program = { type = "derivation"; name = "hello-2.12"; outPath = "/o"; bin.outPath = "/b"; meta.mainProgram = "hi"; };
  x86 = { system = "x86_64-linux"; parsed.cpu = { family = "x86"; bits = 64; }; parsed.kernel.name = "linux"; };
in
{
  "addMetaAttrs-set" = lib.addMetaAttrs { a = 1; } { meta = { a = 0; b = 2; }; };
  "addMetaAttrs-overrideAttrs" = lib.addMetaAttrs { a = 1; } { overrideAttrs = f: f { meta.b = 2; }; };
  "dontDistribute-mark" = lib.dontDistribute { meta.x = 1; };
  "setName-name" = lib.setName "a" { name = "b"; };
  "updateName-name" = lib.updateName (n: n + "-x") { name = "a"; };
  "appendToName-cases" = map (name: (lib.appendToName "min" { inherit name; }).name) [ "a-1.0" "a" ];
  "mapDerivationAttrset-only" = lib.mapDerivationAttrset (d: d.name) { a = { type = "derivation"; name = "n"; }; b = 1; };
  "defaultPriority-number" = meta.defaultPriority;
  "setPrio-priority" = lib.setPrio 3 { };
  "lowPrio-priority" = lib.lowPrio { };
  "lowPrioSet-priority" = lib.lowPrioSet { a.type = "derivation"; b = { }; };
  "hiPrio-priority" = lib.hiPrio { };
  "hiPrioSet-priority" = lib.hiPrioSet { a.type = "derivation"; b = { }; };
  "platformMatch-cases" = [
    (meta.platformMatch x86 "x86_64-linux")
    (meta.platformMatch x86 "aarch64-linux")
    (meta.platformMatch x86 { cpu.family = "x86"; })
    (meta.platformMatch x86 { cpu.family = "arm"; })
    (meta.platformMatch x86 { parsed.kernel.name = "linux"; })
    (meta.platformMatch x86 { })
    (meta.platformMatch { } "x86_64-linux")
  ];
  "availableOn-cases" = map (m: meta.availableOn x86 { meta = m; }) [
    { }
    { platforms = [ "x86_64-linux" ]; }
    { platforms = [ "aarch64-linux" ]; }
    { badPlatforms = [ "x86_64-linux" ]; }
    { platforms = [ "x86_64-linux" ]; badPlatforms = [ { cpu.bits = 64; } ]; }
    { platforms = [ ]; }
  ];
  "availableOn-no-meta" = meta.availableOn x86 { };
  "getExe-main" = lib.getExe program;
  "getExe-name" = lib.getExe (removeAttrs program [ "meta" ]);
  "getExe-not-package" = lib.getExe "text";
  "getExe'-program" = lib.getExe' program "other";
  "getExe'-no-bin" = lib.getExe' (removeAttrs program [ "bin" ]) "other";
  "getExe'-not-package" = lib.getExe' { outPath = "/x"; } "a";
  "getExe'-nested" = lib.getExe' program "a/b";
  "getExe'-not-text" = lib.getExe' program 1;
  "cpeFullVersionWithVendor-parts" = meta.cpeFullVersionWithVendor "gnu" "1.2.3";
  "licensesSpdx-same" = [ (meta.licensesSpdx.MIT == lib.licenses.mit) (lib.licensesSpdx."Apache-2.0".shortName) ];
  "getLicenseFromSpdxId-cases" = map (id: (lib.getLicenseFromSpdxId id).shortName) [ "MIT" "mIt" "no such licence" ];
  "getLicenseFromSpdxIdOr-cases" = [ (lib.getLicenseFromSpdxIdOr "gpl-3.0-only" null).fullName (lib.getLicenseFromSpdxIdOr "nope" null) ];
  "licenses-common" = lib.getAttrs [ "mit" "asl20" "bsd3" "gpl2" "gpl3Plus" "lgpl21Plus" "mpl20" "unfree" "unfreeRedistributable" "publicDomain" "free" "ofl" "bsl11" "elastic20" "sspl" "json" "sustainableUse" "unfreeRedistributableFirmware" "wtfpl" "cc0" "bsd2" ] lib.licenses;
  "sourceTypes-all" = lib.sourceTypes;
}
