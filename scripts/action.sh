#!/usr/bin/env bash
# What action.yml runs: everything comes from the environment, see the inputs there.
set -uo pipefail

trace_build() { node "$ACTION_PATH/dist/faces/cli/main.js" "$@"; }
output() { printf '%s=%s\n' "$1" "$2" >> "${GITHUB_OUTPUT:-/dev/null}"; }

status=0
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
exit "$status"
