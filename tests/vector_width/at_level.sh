#!/bin/bash
# at_level.sh LEVEL COMMAND...: runs a command that is compiled for x86-64-LEVEL. Exits with 77, which ctest takes for
# skipped, where the processor has not what that level has.
set -euo pipefail

level=$1
shift
case $level in
  v2) wanted=(cx16 lahf_lm popcnt sse4_1 sse4_2 ssse3) ;;
  v3) wanted=(cx16 lahf_lm popcnt sse4_1 sse4_2 ssse3 abm avx avx2 bmi1 bmi2 f16c fma movbe) ;;
  *)
    echo "unknown level: $level" >&2
    exit 2
    ;;
esac
flags=" $(sed -n 's/^flags[^:]*: //p' /proc/cpuinfo | head -n 1) "
for flag in "${wanted[@]}"; do
  if [[ $flags != *" $flag "* ]]; then
    echo "skipped: this processor has no $flag, which x86-64-$level has"
    exit 77
  fi
done
exec "$@"
