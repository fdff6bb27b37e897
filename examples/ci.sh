#!/usr/bin/env bash
# The gate for any CI: measures the commit that is checked out against a base, keeps the reports, and ends with 0 when the job
# may go on. docs/ci.md explains it.
#
#   BASE       what to measure against (default: origin/main); its history has to be there
#   ARTIFACTS  folder that the reports are copied to (default: none)
#   STRICT     1: an inconclusive gate fails as well
set -u
cd "$(dirname "$0")/.."

base="${BASE:-origin/main}"

keep_reports() {
  [ -n "${ARTIFACTS:-}" ] && [ -d reports ] || return 0
  mkdir -p "$ARTIFACTS" && cp -R reports/. "$ARTIFACTS/" || echo "warning: the reports were not copied to $ARTIFACTS" >&2
}

npm ci || exit

code=0
npm run gate -- --against "$base" || code=$?
keep_reports

case "$code" in
  0) echo "queueproof: passed" ;;
  1) echo "queueproof: the proof failed: messages or connections went wrong, whatever the speed" >&2 ;;
  2) echo "queueproof: slower than $base" >&2 ;;
  3)
    echo "queueproof: inconclusive, the report says what is missing" >&2
    [ "${STRICT:-0}" = 1 ] || code=0
    ;;
  130) echo "queueproof: interrupted" >&2 ;;
  *) echo "queueproof: could not be run (exit code $code)" >&2 ;;
esac
exit "$code"
