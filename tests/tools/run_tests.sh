#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What `make test` does: set-up, build, then every check; goes on after a failed check so that one
# run shows all that is wrong. The last line counts checks and tests; exit 1 if any failed.
# Usage: run_tests.sh PRESET JOBS
set -euo pipefail
cd "$(dirname "$0")/../.."
preset=$1
jobs=$2
build=build/$preset
results=$build/ctest.xml

times=()
timed() {
  local name=$1 start=$SECONDS status=0
  shift
  echo "== $name"
  "$@" || status=$?
  times+=("$name $((SECONDS - start)) s")
  return "$status"
}

run_ctest() {
  rm -f "$results"
  ctest --test-dir "$build" -j "$jobs" --no-tests=error --output-on-failure --progress \
    --label-exclude '^(accuracy|bench|fuzz)$' --output-junit "$PWD/$results" </dev/null
}

timed set-up make --no-print-directory setup
timed build make --no-print-directory build PRESET="$preset" JOBS="$jobs"

passed=0
failed=0
for check in check-format check-protos; do
  if timed "$check" make --no-print-directory "$check"; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
  fi
done

ctest_status=0
timed tests run_ctest || ctest_status=$?
# The counts of ctest's own report; what is neither passed nor disabled has failed.
count() { grep -c "<testcase .* status=\"$1\"" "$results" 2>/dev/null || true; }
good=$(count run)
bad=$(count '\(fail\|notrun\)')
if [ "$ctest_status" -ne 0 ] && [ "${bad:-0}" -eq 0 ]; then bad=1; fi
passed=$((passed + ${good:-0}))
failed=$((failed + ${bad:-0}))

printf '%s, ' "${times[@]}"
echo "in all $SECONDS s"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
