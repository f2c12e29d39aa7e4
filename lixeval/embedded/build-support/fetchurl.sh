# What fetchurl does by shell: every URL in turn, then postFetch.  Variables are fetchurl's arguments.
curl=(curl --location --max-redirs 20 --retry 3 --disable-epsv --cookie-jar cookies)
eval "curl+=($curlOptsList)"
if [ -n "$netrcPhase" ]; then
  eval "$netrcPhase"
  curl+=(--netrc-file "$PWD/netrc")
fi
set -o noglob
curl+=($curlOpts ${NIX_CURL_FLAGS:-})

downloadedFile=$out
if [ -n "$downloadToTemp" ]; then downloadedFile=$TMPDIR/file; fi

success=
for url in $urls; do
  echo "trying $url"
  status=18
  # 18: the transfer broke off, and goes on where it ended
  while [ "$status" = 18 ]; do
    status=0
    "${curl[@]}" -C - --fail "$url" --output "$downloadedFile" || status=$?
  done
  if [ "$status" = 0 ]; then
    success=1
    break
  fi
done
set +o noglob
if [ -z "$success" ]; then
  echo "error: cannot download $name from any mirror"
  exit 1
fi
if [ -n "$executable" ]; then chmod +x "$downloadedFile"; fi
runHook postFetch
