#!/usr/bin/env bash
# Installs what zcmpi needs to be built, run and tested, from the distribution's own packages.
set -euo pipefail

usage() {
  cat <<'END'
usage: tools/setup.sh [--no-torch] [--no-tests] [--print]

Installs, with apt and unattended, the Debian or Ubuntu packages that zcmpi needs. What is there already is left as it
is; a second run changes nothing and takes no time.

  --no-torch   leave LibTorch out (then configure with -DZCMPI_ENABLE_TORCH=OFF)
  --no-tests   leave out what only tests, benchmarks and checks of style use (then -DZCMPI_BUILD_TESTS=OFF)
  --print      print the packages, one a line, and install nothing
END
}

build_packages=(
  g++ cmake ninja-build ccache git
  openmpi-bin libopenmpi-dev openssh-client       # mpirun looks for ssh even on one machine
  libhdf5-openmpi-dev libboost-serialization-dev libtrilinos-kokkos-dev
  libcli11-dev libtomlplusplus-dev nlohmann-json3-dev libfmt-dev libspdlog-dev
  librandom123-dev libxxhash-dev
)
torch_packages=(libtorch-dev libopenblas0-pthread)
test_packages=(
  libgtest-dev libgmock-dev libbenchmark-dev
  valgrind                                        # tests/instructions
  python3 python3-numpy python3-h5py              # tests that files are readable without zcmpi
  slurm-wlm munge                                 # tests/slurm runs a Slurm of its own
  clang-format clang-tidy shellcheck             # tools/lint.sh
)

torch=yes tests=yes print=no
for option in "$@"; do
  case "$option" in
    --no-torch) torch=no ;;
    --no-tests) tests=no ;;
    --print) print=yes ;;
    -h | --help) usage; exit 0 ;;
    *) echo "setup.sh: unknown option '$option'" >&2; usage >&2; exit 2 ;;
  esac
done

packages=("${build_packages[@]}")
[[ $torch == no ]] || packages+=("${torch_packages[@]}")
[[ $tests == no ]] || packages+=("${test_packages[@]}")
if [[ $print == yes ]]; then
  printf '%s\n' "${packages[@]}"
  exit 0
fi

if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
  {
    echo "setup.sh: this system has no apt, so nothing was installed. Install the equivalents of these Debian packages:"
    printf '  %s\n' "${packages[@]}"
  } >&2
  exit 1
fi

installed=$(dpkg-query --show --showformat='${binary:Package} ${db:Status-Status}\n' 2>/dev/null |
  sed -n 's/^\([^ :]*\)[^ ]* installed$/\1/p')
missing=()
for package in "${packages[@]}"; do
  grep -qxF -- "$package" <<<"$installed" || missing+=("$package")
done
if ((${#missing[@]} == 0)); then
  echo "setup: all ${#packages[@]} packages are installed already"
  exit 0
fi

as_root=()
if ((EUID != 0)); then
  if ! command -v sudo >/dev/null; then
    echo "setup.sh: installing needs root and there is no sudo. As root run: apt-get install ${missing[*]}" >&2
    exit 1
  fi
  as_root=(sudo)
fi
# The variable is set by env, behind sudo, because sudo passes none on.
apt_get() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get \
    -o Acquire::Retries=3 -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 "$@" </dev/null
}

echo "setup: installing ${#missing[@]} of ${#packages[@]} packages: ${missing[*]}"
apt_get -qq update
apt_get -qq --yes --no-install-recommends install "${missing[@]}"
echo "setup: done"
