#!/usr/bin/env bash
# fuzz.sh SECONDS [NAME]: builds the fuzzers and runs each, or the one named. What they find interesting is kept
# in build/fuzz/corpus, what breaks them in build/fuzz/findings.
set -euo pipefail
source tools/shell.sh

seconds=$1
only=${2:-}
programs=build/fuzz/tests/fuzz

names() {
  local name
  for name in tests/fuzz/*_fuzzer.cc; do
    basename "$name" .cc
  done
}

# Files of the tree that the fuzzer of this name starts from.
seeds() {
  find "tests/fuzz/seeds/$1" -type f 2>/dev/null || true
  case $1 in
    model_file_fuzzer) find models -name '*.pqm' ;;
    contract_fuzzer) find models -name '*.pqc' ;;
  esac
}

# Bytes; a whole model must fit.
longest_input() {
  case $1 in
    model_file_fuzzer) say 1048576 ;;
    *) say 65536 ;;
  esac
}

run() {
  local name=$1 corpus=build/fuzz/corpus/$1 log=$logs/fuzz-$1.log
  mkdir -p "$corpus" build/fuzz/findings
  seeds "$name" | xargs -r -d '\n' cp -t "$corpus"
  say "$name: $seconds s"
  without_aslr "$programs/$name" -max_total_time="$seconds" -max_len="$(longest_input "$name")" \
    -timeout=10 -rss_limit_mb=2048 -artifact_prefix="build/fuzz/findings/$name-" "$corpus" \
    >"$log" 2>&1 </dev/null ||
    die "$name found a fault; the input is in build/fuzz/findings, the whole log is $log" "$log"
  tail -n 1 "$log"
}

mapfile -t chosen < <(names | grep -x -- "${only:-.*}")
((${#chosen[@]})) || die "there is no fuzzer '$only'; there are: $(names | paste -sd' ')"
configure fuzz
compile fuzz "${chosen[@]}"
for name in "${chosen[@]}"; do
  run "$name"
done
