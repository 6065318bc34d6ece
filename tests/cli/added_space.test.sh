#!/usr/bin/env bash
# added_space.test.sh ZCMPI: what a space of one file more is good for, without networks: the documentation's `chain`.
set -euo pipefail

zcmpi=$(realpath "$1")
mpirun=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/../mpi/mpirun.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

fail() {
  echo "FAILED: $*" >&2
  cat out.txt >&2
  exit 1
}

"$zcmpi" list spaces >out.txt
grep -qE "^chain +27 " out.txt || fail "the space is not listed"
"$zcmpi" list graph chain >out.txt
grep -qE "^count_convolutions +2$" out.txt || fail "no graph features of conv_3x3/skip/conv_1x1"

"$mpirun" 2 "$zcmpi" features --space chain --archs all --proxies graph --out chain.h5 &>out.txt || fail "features"
"$zcmpi" eval count_convolutions chain.h5 --values --transform raw >values.csv
[[ $(wc -l <values.csv) == 28 ]] || fail "expected 27 values"
grep -qF "chain/random,skip/conv_1x1/conv_3x3,2" values.csv || fail "a value is missing: $(cat values.csv)"

"$mpirun" 2 "$zcmpi" search --space chain --objective count_convolutions --evaluations 100 --run-dir run &>out.txt ||
  fail "search"
grep -qF "15 architectures evaluated" out.txt || fail "the search did not see all networks"
grep -qF "every network of the space" out.txt || fail "the search did not say so"

code=0
"$zcmpi" features --space chain --archs all --proxies params,graph --out params.h5 &>out.txt || code=$?
[[ $code == 2 ]] || fail "proxies of a space without networks: exit code $code"
grep -qF "no networks are known of the space chain" out.txt || fail "the reason is not said"
[[ ! -e params.h5 && ! -e params.h5.cache ]] || fail "something was written"
echo "passed"
