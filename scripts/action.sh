#!/usr/bin/env bash
# What action.yml runs: everything comes from the environment, see the inputs there.
set -uo pipefail

trace_build() { node "$ACTION_PATH/dist/faces/cli/main.js" "$@"; }
output() { printf '%s=%s\n' "$1" "$2" >> "${GITHUB_OUTPUT:-/dev/null}"; }

status=0
if [[ -n ${COMMAND-} ]]; then
  trace="${RUNNER_TEMP:-${TMPDIR:-/tmp}}/trace-build-${GITHUB_RUN_ID:-0}-$$.strace.gz"
  options=(--engine "${ENGINE:-auto}" -o "$trace")
  [[ -n ${HOST-} ]] && options+=(--on "$HOST")
  [[ -n ${IMAGE-} ]] && options+=(--image "$IMAGE")
  trace_build run "${options[@]}" -- bash -e -o pipefail -c "$COMMAND" || status=$?
  output trace "$trace"
  if [[ -f $trace ]]; then
    anchor=()
    [[ -n ${ANCHOR-} ]] && anchor=(--anchor "$ANCHOR")
    # Annotations and the step summary come with the first report; the rest only writes files.
    trace_build report "$trace" --format text > /dev/null || true
    [[ -n ${REPORT-} ]] && GITHUB_ACTIONS='' trace_build report "$trace" -o "$REPORT" "${anchor[@]}"
    [[ -n ${SARIF-} ]] && GITHUB_ACTIONS='' trace_build report "$trace" --format sarif -o "$SARIF" "${anchor[@]}"
  fi
else
  read -r -a paths <<< "${TRACES:-traces}"
  trace_build check "${paths[@]}" || status=$?
fi

output status "$status"
if [[ $status == 1 && ${FAIL:-true} != true ]]; then exit 0; fi
exit "$status"
