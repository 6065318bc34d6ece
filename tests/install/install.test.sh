#!/bin/sh
# install.test.sh CMAKE BUILD_FOLDER VERSION: installs the build into a temporary prefix and uses what is there.
set -eu
cmake=$1 build=$2 version=$3
prefix=$(mktemp -d)
trap 'rm -rf "$prefix"' EXIT

"$cmake" --install "$build" --prefix "$prefix" >/dev/null
cd "$prefix"
for file in share/zcmpi/configs/quick.toml share/zcmpi/configs/nbsz13.toml share/zcmpi/data/nb201_fashion_mnist.h5 \
  share/zcmpi/data/README.md share/zcmpi/jobs/slurm/evolve.sh; do
  test -f "$file" || { echo "$file was not installed" >&2; exit 1; }
done
test -x share/zcmpi/jobs/slurm/evolve.sh || { echo "the job script is not executable" >&2; exit 1; }

said=$(bin/zcmpi --version)
case $said in
  *"$version"*) ;;
  *) echo "zcmpi --version does not tell the version $version but: $said" >&2; exit 1 ;;
esac
bin/zcmpi config --check share/zcmpi/configs/quick.toml >/dev/null

# The bundled problems are the installed ones, from any working folder.
mkdir elsewhere
cd elsewhere
../bin/zcmpi --generations 2 --set gp.population=50 >out.txt 2>&1 || { cat out.txt >&2; exit 1; }
test -s runs/zcmpi/result.json || { echo "zcmpi alone left no result.json in runs/zcmpi" >&2; exit 1; }
found=$(../bin/zcmpi list problems | grep -c "$prefix/share/zcmpi/data/.*fashion_mnist")
test "$found" -eq 3 || { echo "list problems shows $found bundled problems of 3" >&2; exit 1; }
