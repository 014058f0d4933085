#!/usr/bin/env bash
# lint.sh all | fix | format | floors | tidy | shell: one check, all of them, or formats the sources.
set -euo pipefail
source tools/shell.sh

sources() { find . \( -path ./build -o -path ./.git \) -prune -o \( -name '*.h' -o -name '*.cc' \) -print | sort; }

fix() { sources | xargs -r clang-format -i; }

format() { sources | xargs -r clang-format --dry-run -Werror; }

floors() { tools/check_floors.py --self-test && tools/check_floors.py src; }

shell() { shellcheck -x pq .ci/run tools/*.sh; }

# Of the build without libtorch, of which the generated headers are all that it needs.
# GCC's precompiled headers are left out: Clang cannot read them, and so a missing include shows.
tidy() {
  local log=$logs/tidy.log commands=build/tidy
  mkdir -p "$commands"
  configure release -DPRIVQUANT_TESTS=ON
  compile release privquant_proto
  sed -E 's/ (-Winvalid-pch|-fpch-preprocess|-include [^ ]*cmake_pch\.hxx)//g' build/release/compile_commands.json \
    >"$commands/compile_commands.json"
  # Kernels are read for one instruction set; the others are the same source.
  if ! run-clang-tidy -quiet -j "$jobs" -p "$commands" -extra-arg=-DHWY_COMPILE_ONLY_STATIC \
    '/src/[a-z]+/[a-z0-9_]+\.cc$' >"$log" 2>&1; then
    grep -E -A 4 '(warning|error): ' "$log" || tail -n 40 "$log"
    return 1
  fi
}

all() {
  local check failed=()
  for check in shell floors format tidy; do
    "$0" "$check" || failed+=("$check")
  done
  ((${#failed[@]} == 0)) || die "lint failed: ${failed[*]}"
  say "lint: nothing to complain about"
}

case ${1:-} in
  all | fix | format | floors | tidy | shell) "$1" ;;
  *)
    say "usage: tools/lint.sh all | fix | format | floors | tidy | shell" >&2
    exit 2
    ;;
esac
