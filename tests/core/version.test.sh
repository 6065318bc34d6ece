#!/bin/bash
# version.test.sh CMAKE SOURCE_DIR: the revision that cmake/WriteVersion.cmake writes, in a checkout made for it.
set -euo pipefail

cmake=$1
source_dir=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

# revision: what a build of the checkout says.
revision() {
  "$cmake" -DGIT_EXECUTABLE="$(command -v git)" -DSOURCE_DIR="$work/checkout" -DPROJECT_VERSION=0 \
    -DINPUT="$source_dir/src/core/version.cpp.in" -DOUTPUT="$work/version.cpp" -P "$source_dir/cmake/WriteVersion.cmake"
  sed -n 's/.*git_revision() { return "\(.*\)"; }/\1/p' "$work/version.cpp"
}

expect() {
  [[ $2 =~ ^$1$ ]] || {
    echo "FAILED: expected $1, got '$2'" >&2
    exit 1
  }
}

# A folder above that is a checkout is none of this one.
export GIT_CEILING_DIRECTORIES=$work GIT_CONFIG_GLOBAL=/dev/null
mkdir checkout
expect "" "$(revision)"

git -C checkout init --quiet
echo one >checkout/file
git -C checkout add file
git -C checkout -c user.name=a -c user.email=a@b commit --quiet --message=one
expect "[0-9a-f]{12}" "$(revision)"

echo two >checkout/file
expect "[0-9a-f]{12}-dirty" "$(revision)"

git -C checkout -c user.name=a -c user.email=a@b commit --quiet --all --message=two
expect "[0-9a-f]{12}" "$(revision)"
