#!/usr/bin/env bash
# test.sh all | quick: runs every stage even when one fails, then prints a table and the count of tests.
set -euo pipefail
source tools/shell.sh

scope=$1
fuzz_seconds=20
# Under the sanitizers up to minutes each, of code that small networks run through as well.
large='EveryNetwork.*/(resnet20|minionn)W|EveryExtension\.PreparesInSlices|EveryExtension\.IsBitForBit.*/softspoken8'
large+='|NetworkPrice\.OfResNet20|HasTheKnownCosts|EveryNetworkOfTheZoo|plan\.Targets'
large+='|e2e\.ShippedNetworks|WireTrace\.DoesNotShowThreads|Fashion\.IntegerAccuracy|LatticeNetwork.*(resnet20|minionn)'
large+='|LatticeEngine\.ChoosesAhead'
# Every sharing of many widths, ten seconds a choice of protocols; with digits of 4 bits it stays.
large+='|mpc\.Choices/(RequantiseTest\.(EverySharing|WideNumbers)|Conversions\.TruncationsFloor|ClipWindowTest\.).*<0[58]-'
# What has threads; the other floors' tests would only repeat the address sanitizer's run.
threaded=(base net nn ot engine service)
large_for_threads="$large|EveryExtension\.IsBitForBit|WireTrace\.|DearRounds\.|Fashion\."
large_for_threads+='|nn\..*Zoo|e2e\.(Fashion|Bench)|Ferret\.CorrelationHoldsIn(Medium|Large)Rounds'

table=()
total_passed=0
total_failed=0
junit=$PWD/$logs/ctest.xml

# attribute NAME: a figure from the head of ctest's JUnit report.
attribute() { sed -n "/<testsuite/,/>/s/.*[^a-z]$1=\"\([0-9]*\)\".*/\1/p" "$junit" | head -n 1; }

# stage NAME COMMAND...: the stage counts as many tests as ctest reports, or as one when ctest had no part in it.
# A build that fails is one failed test.
stage() {
  local name=$1 start=$SECONDS verdict=pass passed=1 failed=0 skipped=0
  shift
  say "" "==== $name"
  rm -f "$junit"
  ("$@" </dev/null) || verdict=FAIL
  if [[ -s $junit ]]; then
    failed=$(attribute failures)
    skipped=$(($(attribute skipped) + $(attribute disabled)))
    passed=$(($(attribute tests) - failed - skipped))
  elif [[ $verdict == FAIL ]]; then
    passed=0
  fi
  if [[ $verdict == FAIL ]] && ((failed == 0)); then
    failed=1
  fi
  total_passed=$((total_passed + passed))
  total_failed=$((total_failed + failed))
  table+=("$(printf '%-28s %-6s %7d %7d %8d %8d' \
    "$name" "$verdict" "$passed" "$failed" "$skipped" "$((SECONDS - start))")")
  say "---- $name: $verdict in $((SECONDS - start)) s"
}

# run_ctest PRESET [CTEST_OPTION...]
run_ctest() {
  local preset=$1
  shift
  without_aslr ctest --test-dir "build/$preset" -j2 --output-on-failure --no-tests=error \
    --output-junit "$junit" "$@"
}

release_tests() {
  configure release -DPRIVQUANT_TESTS=ON && compile release all && run_ctest release --progress
}

# The release build and all that needs libtorch; the sanitizers' builds are those without it.
training_tests() {
  export OMP_WAIT_POLICY=passive
  configure training -DPRIVQUANT_TESTS=ON && compile training all && run_ctest training --progress
}

address_tests() {
  export ASAN_OPTIONS=detect_stack_use_after_return=1 UBSAN_OPTIONS=print_stacktrace=1
  configure asan && compile asan all && run_ctest asan --progress -E "$large"
}

thread_tests() {
  local names
  names=$(IFS='|' && printf '%s' "${threaded[*]}")
  export TSAN_OPTIONS=second_deadlock_stack=1
  configure tsan && compile tsan "${threaded[@]/#/test_}" privquant &&
    run_ctest tsan --progress -R "^($names|e2e)\." -E "$large_for_threads"
}

lint_stages() {
  local check
  for check in "$@"; do
    stage "lint: $check" tools/lint.sh "$check"
  done
}

fuzz_stages() {
  local fuzzer
  for fuzzer in tests/fuzz/*_fuzzer.cc; do
    fuzzer=$(basename "$fuzzer" .cc)
    stage "fuzz: $fuzzer" tools/fuzz.sh "$fuzz_seconds" "$fuzzer"
  done
}

print_totals() {
  say ""
  printf '%-28s %-6s %7s %7s %8s %8s\n' stage result passed failed skipped seconds
  printf '%s\n' "${table[@]}"
  say "" "$total_passed passed, $total_failed failed"
}

mkdir -p "$logs"
if [[ $scope == quick ]]; then
  stage "release tests" release_tests
else
  lint_stages shell floors format
  stage "release tests, training" training_tests
  lint_stages tidy
  stage "address, undefined behaviour" address_tests
  stage "threads" thread_tests
  fuzz_stages
fi
print_totals
((total_failed == 0))
