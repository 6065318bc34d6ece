#!/bin/sh
# install.test.sh CMAKE BUILD_FOLDER VERSION: installs the build into a temporary prefix and uses what is there.
set -eu
cmake=$1 build=$2 version=$3
prefix=$(mktemp -d)
trap 'rm -rf "$prefix"' EXIT

"$cmake" --install "$build" --prefix "$prefix" >/dev/null
cd "$prefix"
for file in share/zcmpi/configs/quick.toml share/zcmpi/configs/nbsz13.toml share/zcmpi/jobs/slurm/evolve.sh; do
  test -f "$file" || { echo "$file was not installed" >&2; exit 1; }
done
test -x share/zcmpi/jobs/slurm/evolve.sh || { echo "the job script is not executable" >&2; exit 1; }

said=$(bin/zcmpi --version)
case $said in
  *"$version"*) ;;
  *) echo "zcmpi --version does not tell the version $version but: $said" >&2; exit 1 ;;
esac
bin/zcmpi config --check share/zcmpi/configs/quick.toml >/dev/null
