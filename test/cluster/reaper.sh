#!/bin/sh
# Ends a control plane when its owner is gone, however the owner ended: `sh reaper.sh DIR`, with a pipe from the
# owner as standard input. The pipe closes by itself on a clean stop, on Ctrl-C, on a crash and on kill -9.
# Every process of the control plane writes DIR/pids/PID before it becomes a server (see processes.ts), so that none
# is missed; the owner also names it on the pipe, for the case that somebody deletes DIR meanwhile.
dir=$1
trap '' HUP INT TERM

# A process counts only while its command line names DIR: a reused process id is left alone, a zombie is gone.
ours() {
  if [ -d /proc/self ]; then
    grep -qF -- "$dir" "/proc/$1/cmdline" 2>/dev/null
  else
    ps -ww -o command= -p "$1" 2>/dev/null | grep -qF -- "$dir"
  fi
}

# Read to the end before it waits: the file may change below a control plane that runs for days.
main() {
  known=
  while read -r pid; do known="$known $pid"; done

  # Nothing but a directory that its owner has marked is deleted with all that is in it.
  if [ -z "$known" ] && [ ! -e "$dir/owner" ] && [ ! -e "$dir/closing" ]; then
    rmdir "$dir" 2>/dev/null
    exit 0
  fi

  # A process that is being started just now sees this mark and gives up, or has left its id already.
  [ -d "$dir" ] && : >"$dir/closing"

  tries=0
  while [ "$tries" -lt 1500 ]; do
    left=
    for pid in $known $(ls "$dir/pids" 2>/dev/null); do
      if ours "$pid"; then
        left=yes
        kill -KILL -- "-$pid" 2>/dev/null || kill -KILL "$pid" 2>/dev/null
      fi
    done
    [ -z "$left" ] && break
    tries=$((tries + 1))
    sleep 0.02
  done

  # pids/ goes while the mark is still there: a start that comes even later finds no place for its id.
  rm -rf "$dir/pids"
  rm -rf "$dir" || { sleep 0.2; rm -rf "$dir"; }
  exit 0
}

main
