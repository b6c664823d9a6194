#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What `make accuracy` does: reading and grading over real pictures, label rules over GS1's vectors
# and dictionary, device facts imported from published lists, and an EPCIS export of the demonstration against GS1's schema. Each part that DATA has no files for
# is refused, not skipped: a missing measurement must not look like a good one.
# Usage: run.sh BIN_FOLDER DATA_FOLDER
set -euo pipefail
bin=$(realpath "$1")
data=$(realpath "$2")
cd "$(dirname "$0")/../.."

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

failed=()
part() {
  local name=$1 start=$SECONDS
  shift
  echo "== accuracy: $name"
  "$@" || failed+=("$name")
  echo "   ($name: $((SECONDS - start)) s)"
}

pictures() { "$bin/loopdock-accuracy" --data "$data" --budgets tests/accuracy/budgets.toml; }

# How many rows must be exact; these numbers may only rise.
label_rules() {
  "$bin/gs1-vectors" "$data/gs1" --vectors-min 168 --linter-min 50 --dictionary-min 541
}

# Published lists imported into a server of its own, then looked up there by a reader of its own. The
# same lists once more must change nothing.
catalog() {
  local folder=$scratch/catalog server status=0
  "$bin/loopdockd" --data-dir "$folder" --listen 127.0.0.1:0 --metrics 127.0.0.1:0 \
    --ready-file "$folder.ready" >"$folder.log" 2>&1 &
  server=$!
  for ((tries = 0; tries < 300; ++tries)); do
    [ -s "$folder.ready" ] && break
    kill -0 "$server" 2>/dev/null || break
    sleep 0.1
  done
  node tests/accuracy/catalog/check.mjs "$bin/loopdock" "$folder" "$folder.ready" "$data/catalog" \
    --masses-min 1035 --tacs-min 672 --codes-min 720 || status=1
  kill "$server" 2>/dev/null && wait "$server" 2>/dev/null || true
  [ "$status" -eq 0 ] || tail -n 20 "$folder.log"
  return "$status"
}

# GS1's own examples first: a validator that refuses those, or a schema of another version, would
# make our own result worthless.
epcis() {
  local schema=$data/epcis/EPCIS-JSON-Schema.json examples
  mapfile -d '' -t examples < <(find "$data/epcis/documents" -name '*.jsonld' -print0 | sort -z)
  node tests/accuracy/epcis/validate.mjs "$schema" "${examples[@]}" || return 1
  "$bin/loopdock" demo --once --keep "$scratch/demo" >"$scratch/demo.txt" 2>&1 || {
    tail -n 40 "$scratch/demo.txt"
    return 1
  }
  node tests/accuracy/epcis/validate.mjs "$schema" "$scratch/demo/export.epcis.json"
}

part 'reading and grading' pictures
part 'label rules' label_rules
part 'catalog' catalog
part 'EPCIS export' epcis

if [ "${#failed[@]}" -gt 0 ]; then
  printf 'accuracy: failed: %s\n' "${failed[@]}"
  exit 1
fi
echo "accuracy: every budget held"
