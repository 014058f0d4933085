#!/usr/bin/env bash
# demo.sh PRIVQUANT MODEL PICTURE...: a server process and a client process on this machine, TLS between them.
set -euo pipefail
source tools/shell.sh

privquant=$1
model=$2
shift 2
pictures=("$@")
start_patience=30 # seconds until the server listens
stop_patience=10  # seconds until it ends after its one session

work=$(mktemp -d)
server=
client=

stop() {
  kill "$1" 2>/dev/null || true
  wait "$1" 2>/dev/null || true
}

finish() {
  [[ -z $client ]] || stop "$client"
  [[ -z $server ]] || stop "$server"
  rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

server_running() { kill -0 "$server" 2>/dev/null; }

# announced NAME: the value of the line "NAME VALUE" that the server prints.
announced() { sed -n "s/^$1 //p" "$work/server.out" | head -n 1; }

server_ready() { [[ -n $(announced listening) && -n $(announced fingerprint) ]]; }

start_server() {
  "$privquant" serve --model "$model" --listen 127.0.0.1:0 --reveal logits --once \
    >"$work/server.out" 2>"$work/server.err" </dev/null &
  server=$!
  local deadline=$((SECONDS + start_patience))
  until server_ready; do
    server_running || die "the server ended before it listened." "$work/server.err"
    ((SECONDS < deadline)) || die "the server did not listen within $start_patience s." "$work/server.err"
    sleep 0.05
  done
}

run_client() {
  local status=0
  "$privquant" infer --connect "$(announced listening)" --pin "$(announced fingerprint)" \
    --contract "$work/demo.pqc" --show "${pictures[@]}" &
  client=$! # in the background, because bash answers a signal only while it waits
  wait "$client" || status=$?
  client=
  ((status == 0)) ||
    die "the client failed; the server's last words are above." "$work/server.err"
}

expect_clean_end() {
  local deadline=$((SECONDS + stop_patience)) status=0
  while server_running; do
    ((SECONDS < deadline)) || die "the server did not end after its session." "$work/server.err"
    sleep 0.05
  done
  wait "$server" || status=$?
  server=
  ((status == 0)) || die "the server ended with status $status." "$work/server.err"
}

start_server
say "Server: process $server, $(announced listening), holds $model; certificate $(announced fingerprint)"
run_client
expect_clean_end
