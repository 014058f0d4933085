# shellcheck shell=bash
# What the scripts share: messages, installing packages, configuring and compiling.
# Source it from the project's folder.

logs=build/log
jobs=$(nproc)

say() { printf '%s\n' "$@"; }

# die SENTENCE [LOG]: shows the end of the log, then the sentence; exit status 1.
die() {
  if [[ -n ${2:-} && -s ${2:-} ]]; then
    tail -n 40 "$2" >&2
  fi
  printf 'pq: %s\n' "$1" >&2
  exit 1
}

missing_packages() {
  local package
  for package in "$@"; do
    [[ $(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null) == installed ]] || printf '%s\n' "$package"
  done
}

# install PACKAGE...: silent when all are there.
install() {
  local missing root=() log=$logs/install.log
  [[ -x /usr/bin/dpkg-query && -x /usr/bin/apt-get ]] ||
    die "dpkg-query and apt-get were not found: this script needs Debian 12; docs/dependencies.md lists what to install."
  mapfile -t missing < <(missing_packages "$@")
  ((${#missing[@]})) || return 0
  if ((EUID != 0)); then
    command -v sudo >/dev/null ||
      die "missing packages and neither root nor sudo; as root, run: apt-get install ${missing[*]}"
    root=(sudo)
    [[ -t 0 ]] || root+=(-n)
  fi
  root+=(env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300)
  mkdir -p "$logs"
  say "Installing ${#missing[@]} Debian packages: ${missing[*]}"
  "${root[@]}" update </dev/null >"$log" 2>&1 ||
    say "The package lists could not be renewed ($log); trying with those that are there."
  "${root[@]}" install -y --no-install-recommends "${missing[@]}" </dev/null >>"$log" 2>&1 ||
    die "apt-get could not install ${missing[*]}; the whole log is $log" "$log"
}

# configure PRESET [CMAKE_OPTION...]
configure() {
  local preset=$1 log=$logs/configure-$1.log
  mkdir -p "$logs"
  shift
  cmake --preset "$preset" "$@" >"$log" 2>&1 ||
    die "CMake could not configure the preset '$preset'; the whole log is $log" "$log"
}

# Sanitizers of this age want their shadow memory at fixed addresses, which strong address randomisation may
# take; where the kernel lets us, run COMMAND without it.
without_aslr() {
  if setarch -R true 2>/dev/null; then
    setarch -R "$@"
  else
    "$@"
  fi
}

# compile PRESET TARGET...: ninja's own status line on a terminal, otherwise a log that is shown on failure.
compile() {
  local preset=$1 log=$logs/build-$1.log start=$SECONDS
  shift
  if [[ -t 1 ]]; then
    NINJA_STATUS="[%f/%t] " without_aslr ninja -C "build/$preset" -j "$jobs" "$@" ||
      die "the build of '$preset' failed; the compiler's message is above."
  else
    say "Building $* ($preset) ..."
    without_aslr ninja -C "build/$preset" -j "$jobs" "$@" >"$log" 2>&1 ||
      die "the build of '$preset' failed; the whole log is $log" "$log"
    say "Built $* ($preset) in $((SECONDS - start)) s"
  fi
}
