#!/bin/bash
# compare.sh PROGRAM KERNEL COMPILER COUNTS: fails when the kernel takes more instructions than the file COUNTS says, by
# more than 5 %. The counts are those of one compiler; for another this exits with 77, which ctest takes for skipped.
# A change that is meant writes them anew: UPDATE=1 ctest -L instructions.
set -euo pipefail

program=$1 kernel=$2 compiler=$3 counts=$4
allowed_percent=105

if ! command -v valgrind >/dev/null; then
  echo "skipped: valgrind is not there (Debian: valgrind)"
  exit 77
fi
output=$(valgrind --tool=callgrind --collect-atstart=no --callgrind-out-file=/dev/null "$program" "$kernel" 2>&1) || {
  echo "$output" >&2
  exit 1
}
counted=$(sed -n 's/.*Collected : \([0-9]*\).*/\1/p' <<<"$output")
if [[ -z $counted || $counted -eq 0 ]]; then
  echo "FAILED: callgrind counted nothing:" >&2
  echo "$output" >&2
  exit 1
fi
if [[ -n ${UPDATE:-} ]]; then
  { grep -v "^$compiler $kernel " "$counts" || true; echo "$compiler $kernel $counted"; } | sort >"$counts.new"
  mv "$counts.new" "$counts"
fi
expected=$(sed -n "s/^$compiler $kernel \([0-9]*\)$/\1/p" "$counts")
if [[ -z $expected ]]; then
  echo "skipped: $counts has no count for $compiler"
  exit 77
fi
echo "$kernel: $counted instructions, $((100 * counted / expected)) % of the $expected on record"
if ((100 * counted > allowed_percent * expected)); then
  echo "FAILED: more than $allowed_percent % of what is on record" >&2
  exit 1
fi
