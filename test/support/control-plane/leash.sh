#!/bin/sh
# Runs one component of the test control plane on a leash:
#
#   sh leash.sh SCRATCH COMMAND ARGS...
#
# stdin is a pipe whose only writer is the process that started the control plane. However that
# process ends - normally, by an exception, by SIGKILL - the kernel closes the pipe, the read below
# meets its end, and the component dies with it. So there is no clean-up code that could be skipped,
# and no moment between the fork and some registration in which a component could be lost.
#
# What the pipe says:
#   term, kill    send the component that signal
#   keep          the leash comes off: the component outlives its starter
#   end of file   the starter is gone: kill the component; remove SCRATCH too unless it is "-"
#
# Exits with the component's own exit code.
scratch=$1
shift
starter_gone=10

exec 3<&0 </dev/null
"$@" 3<&- &
component=$!

(
  while read -r word <&3; do
    case $word in
      term) kill -TERM "$component" ;;
      kill) kill -KILL "$component" ;;
      keep) exit 0 ;;
    esac
  done
  trap '' TERM # or the line after `wait` below could hide that we got here
  kill -KILL "$component"
  exit $starter_gone
) 2>/dev/null &
reader=$!

exec 3<&-
wait "$component"
code=$?
kill -TERM "$reader" 2>/dev/null
wait "$reader"
if [ $? -eq $starter_gone ] && [ "$scratch" != - ]; then
  rm -rf "$scratch"
fi
exit $code
