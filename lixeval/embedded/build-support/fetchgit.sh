# What fetchgit does: one commit (or with deepClone all history) of `url`, checked out.  Variables are its arguments.
export HOME=$PWD
if [ -n "$netrcPhase" ]; then
  eval "$netrcPhase"
  mv netrc .netrc
fi
if [ -n "$gitConfigFile" ]; then export GIT_CONFIG_GLOBAL=$gitConfigFile; fi
export GIT_SSL_CAINFO=${NIX_GIT_SSL_CAINFO:-$GIT_SSL_CAINFO} GIT_TERMINAL_PROMPT=0
runHook preFetch

git init --quiet --initial-branch="$branchName" "$out"
cd "$out"
git config advice.detachedHead false
git remote add origin "$url"
if [ -n "$sparseCheckout" ]; then
  git config remote.origin.promisor true
  git config remote.origin.partialclonefilter blob:none
  printf '%s' "$sparseCheckout" | git sparse-checkout set --stdin ${nonConeMode:+--no-cone}
fi
depth=(--depth=1)
tags=(--no-tags)
if [ -n "$deepClone" ]; then depth=(); fi
if [ -n "$deepClone$fetchTags" ]; then tags=(--tags); fi
# Not every server cuts history off, nor gives a commit that no branch ends in by itself; all of them give all.
if ! git fetch --quiet "${depth[@]}" "${tags[@]}" origin "$rev" && ! git fetch --quiet "${tags[@]}" origin "$rev"; then
  git fetch --quiet "${tags[@]}" origin '+refs/heads/*:refs/remotes/origin/*'
  git update-ref FETCH_HEAD "$(git rev-parse --verify "$rev^{commit}")"
fi
git checkout --quiet -B "$branchName" FETCH_HEAD
if [ -n "$fetchLFS" ]; then
  git lfs install --local
  git lfs pull
fi
if [ -n "$fetchSubmodules" ]; then
  git -c protocol.file.allow=user submodule update --init --recursive --quiet --jobs "$NIX_BUILD_CORES" "${depth[@]}" \
    || git submodule update --init --recursive --quiet
fi
eval "$postCheckout"

# A repository that comes out the same from every clone.
deterministic() {
  (
    cd "$1"
    directory=$(git rev-parse --absolute-git-dir)
    (cd "$directory" && rm -rf logs hooks index FETCH_HEAD ORIG_HEAD refs/remotes/origin/HEAD config)
    git branch -r | while read -r branch; do git branch -rD "$branch" >&2; done
    here=$(git tag --points-at HEAD)
    git tag --contains HEAD | while read -r tag; do
      case " $here " in *"$tag"*) ;; *) git tag -d "$tag" >&2 ;; esac
    done
    git config pack.threads 1
    git repack -A -d -f --quiet
    rm -f "$directory/config"
    git gc --quiet --prune=all --keep-largest-pack
  )
}
if [ -n "$leaveDotGit" ]; then
  find "$out" -name .git -prune | while read -r found; do deterministic "$(dirname "$found")"; done
else
  find "$out" -name .git -prune -exec rm -rf {} +
fi
if [ -n "$rootDir" ]; then
  mv "$out" "$NIX_BUILD_TOP/whole"
  mv "$NIX_BUILD_TOP/whole/$rootDir" "$out"
fi
cd "$NIX_BUILD_TOP"
runHook postFetch
