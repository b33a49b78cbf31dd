#!/bin/sh
# Takes a node away, with all that it has changed on the machine: `sh undo.sh DIR NAME`, with a pipe from the owner as standard
# input. The pipe closes when the owner asks for it and when the owner ends, however that is. NAME is that of the node's
# control group and of its bridge. Ends with 1 where something is left.
dir=$1 name=$2
trap '' HUP INT TERM

# What the kubelet sets (k8s.io/kubernetes, pkg/kubelet/cm/container_manager_linux.go) and no namespace holds.
settings='vm/overcommit_memory vm/panic_on_oom kernel/panic kernel/panic_on_oops kernel/keys/root_maxkeys kernel/keys/root_maxbytes'
before=
for setting in $settings; do
  value=$(cat "/proc/sys/$setting") || exit 1
  before="$before $setting=$value"
done

# Whoever names DIR belongs to it, but for this script and its own subshells. With the first process of a process namespace
# all the others in it end.
belonging() {
  for process in /proc/[0-9]*; do
    grep -qF -- "$dir" "$process/cmdline" 2>/dev/null || continue
    grep -qF -- undo.sh "$process/cmdline" 2>/dev/null || echo "${process#/proc/}"
  done
}

# Repeats a command until it succeeds, for ten seconds at most.
eventually() {
  tries=0
  until "$@"; do
    tries=$((tries + 1))
    [ "$tries" -lt 500 ] || return 1
    sleep 0.02
  done
}

no_process() {
  pids=$(belonging)
  [ -z "$pids" ] && return 0
  kill -KILL $pids 2>/dev/null
  return 1
}

# Only what has changed: not everything that can be read may be written.
no_setting() {
  for pair in $before; do
    setting=/proc/sys/${pair%%=*} value=${pair#*=}
    [ "$(cat "$setting")" = "$value" ] || echo "$value" >"$setting" || return 1
  done
}

no_bridge() {
  [ ! -e "/sys/class/net/$name" ] || ip link delete "$name"
}

# A group can be removed when its last process has been waited for.
no_group() {
  groups=$(find /sys/fs/cgroup -depth -type d -path "*/$name*")
  [ -z "$groups" ] && return 0
  rmdir $groups 2>/dev/null
  return 1
}

main() {
  echo ready
  cat >/dev/null

  failed=0
  for what in no_process no_setting no_bridge no_group; do eventually "$what" || failed=1; done
  rm -rf "$dir" || failed=1
  exit "$failed"
}

main
