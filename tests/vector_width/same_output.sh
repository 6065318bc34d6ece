#!/bin/bash
# same_output.sh PROGRAM OTHER: both programs must succeed and print the same.
set -euo pipefail

output=$("$1")
other_output=$("$2")
if ! diff <(echo "$output") <(echo "$other_output"); then
  echo "FAILED: $1 and $2 end with other bits" >&2
  exit 1
fi
echo "$output"
