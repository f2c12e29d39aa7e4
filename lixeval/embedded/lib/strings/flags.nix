# Options for configure scripts, CMake and Meson.
{ lib }:
let
  inherit (builtins) elem isBool isString;
  choose = isOn: on: off: feature:
    assert isBool isOn;
    assert isString feature;
    "--${if isOn then on else off}-${feature}";
  valued = isOn: flag: value: if isOn then "${flag}=${value}" else flag;
in
rec {
  enableFeature = isOn: choose isOn "enable" "disable";
  enableFeatureAs = isOn: feature: valued isOn (enableFeature isOn feature);
  withFeature = isOn: choose isOn "with" "without";
  withFeatureAs = isOn: feature: valued isOn (withFeature isOn feature);

  cmakeOptionType =
    type: feature: value:
    assert elem (lib.toUpper type) [ "BOOL" "FILEPATH" "PATH" "STRING" "INTERNAL" "LIST" ];
    assert isString feature;
    assert isString value;
    "-D${feature}:${lib.toUpper type}=${value}";
  cmakeBool =
    feature: isOn:
    assert isString feature;
    assert isBool isOn;
    cmakeOptionType "bool" feature (lib.toUpper (lib.boolToString isOn));
  cmakeFeature = cmakeOptionType "string";

  mesonOption =
    feature: value:
    assert isString feature;
    assert isString value;
    "-D${feature}=${value}";
  mesonBool =
    feature: isOn:
    assert isString feature;
    assert isBool isOn;
    mesonOption feature (lib.boolToString isOn);
  mesonEnable =
    feature: isOn:
    assert isString feature;
    assert isBool isOn;
    mesonOption feature (if isOn then "enabled" else "disabled");
}
