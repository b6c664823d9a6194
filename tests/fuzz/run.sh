#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What `make fuzz` does: every fuzz target for FUZZ_SECONDS, from its seeds in tests/fuzz/corpus. What
# it finds new stays in BIN_FOLDER/../fuzz-corpus; what makes one fail is named and kept there.
# Usage: run.sh BIN_FOLDER FUZZ_SECONDS
set -euo pipefail
bin=$(realpath "$1")
seconds=$2
# Undefined behaviour fails a target as a bad access does, instead of being printed and passed over.
export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
cd "$(dirname "$0")"

failed=()
for program in "$bin"/*_fuzz; do
  target=$(basename "$program")
  found=$bin/../fuzz-corpus/$target
  mkdir -p "$found" "corpus/$target"
  echo "== fuzz: $target, $seconds s"
  "$program" -max_total_time="$seconds" -max_len=4000 -timeout=10 -rss_limit_mb=4096 \
    -print_final_stats=1 -artifact_prefix="$found/" "$found" "corpus/$target" >"$found.log" 2>&1 ||
    failed+=("$target")
  grep -E 'stat::number_of_executed_units|ERROR|SUMMARY|Test unit written' "$found.log" || true
done

if [ "${#failed[@]}" -gt 0 ]; then
  printf 'fuzz: failed: %s\n' "${failed[@]}"
  exit 1
fi
echo "fuzz: no target failed"
