#!/usr/bin/env bash
# What action.yml runs: everything comes from the environment, see the inputs there.
set -uo pipefail

trace_build() { node "$ACTION_PATH/dist/cli/main.js" "$@"; }
output() { printf '%s=%s\n' "$1" "$2" >> "${GITHUB_OUTPUT:-/dev/null}"; }

# How the traced command itself ended, as the manifest beside the trace says.
command_status() {
  node -e '
    const { exit = {} } = JSON.parse(require("node:fs").readFileSync(process.argv[1], "utf8"));
    console.log(exit.status ?? (exit.signal === undefined ? "" : 1));
  ' "${1%.gz}.json" 2> /dev/null
}

status=0
own=
if [[ -n ${COMMAND-} ]]; then
  trace="${RUNNER_TEMP:-${TMPDIR:-/tmp}}/trace-build-${GITHUB_RUN_ID:-0}-$$.strace.gz"
  options=(--engine "${ENGINE:-auto}" -o "$trace")
  if [[ -n ${HOST-} ]]; then options+=(--on "$HOST"); fi
  if [[ -n ${IMAGE-} ]]; then options+=(--image "$IMAGE"); fi
  if [[ -n ${REPORT-} ]]; then options+=(--report "$REPORT"); fi
  # Annotations and the step summary come with it.
  trace_build run "${options[@]}" -- bash -e -o pipefail -c "$COMMAND" || status=$?
  if [[ -f $trace ]]; then
    output trace "$trace"
    own=$(command_status "$trace")
    output command-status "$own"
    if [[ -n ${SARIF-} ]]; then
      anchor=()
      if [[ -n ${ANCHOR-} ]]; then anchor=(--anchor "$ANCHOR"); fi
      # Said once is enough: the second report is only a file.
      GITHUB_ACTIONS='' trace_build report "$trace" --format sarif -o "$SARIF" "${anchor[@]}" || status=$?
    fi
  fi
else
  read -r -a paths <<< "${TRACES:-traces}"
  if [[ -n ${MIN_HOST-} ]]; then paths+=(--min-host "$MIN_HOST"); fi
  trace_build check "${paths[@]}" || status=$?
fi

output status "$status"
if [[ $status == 1 && ${FAIL:-true} != true ]]; then exit 0; fi
# A build that fails for another reason is no finding, but no success either.
if [[ $status == 0 && ${own:-0} != 0 && ${FAIL:-true} == true ]]; then
  echo "trace-build: the command failed with status $own, not because of a refused syscall" >&2
  exit "$own"
fi
exit "$status"
