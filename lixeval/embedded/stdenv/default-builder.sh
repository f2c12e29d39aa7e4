# What a derivation without a builder of its own runs.
if [ -n "${NIX_ATTRS_SH_FILE:-}" ] && [ -e "$NIX_ATTRS_SH_FILE" ]; then
  source "$NIX_ATTRS_SH_FILE"
elif [ -e .attrs.sh ]; then
  source .attrs.sh
fi
source "$stdenv/setup"
genericBuild
