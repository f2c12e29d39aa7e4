# What fixed-output derivations that download need to know of their surroundings.
{ lib }:
let
  names = [ "http_proxy" "https_proxy" "ftp_proxy" "all_proxy" "no_proxy" ];
in
{
  # For impureEnvVars.
  proxyImpureEnvVars = names ++ map lib.toUpper names ++ [ "NIX_SSL_CERT_FILE" ];
}
