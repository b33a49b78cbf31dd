#!/bin/sh
# Takes a node away, with all that it has changed on the machine: `sh undo.sh DIR NAME`, with a pipe from the owner as standard
# input. The pipe closes when the owner asks for it and when the owner ends, however that is. NAME is that of the node's
# control group and of its bridge.
dir=$1 name=$2
trap '' HUP INT TERM

# What the kubelet sets (k8s.io/kubernetes, pkg/kubelet/cm/container_manager_linux.go) and no namespace holds.
settings='vm.overcommit_memory kernel.panic kernel.panic_on_oops'
before=
for setting in $settings; do before="$before $setting=$(sysctl -n "$setting")"; done

# Whoever names DIR belongs to it, but for this script and its own subshells. With the first process of a process namespace
# all the others in it end.
belonging() {
  for process in /proc/[0-9]*; do
    grep -qF -- "$dir" "$process/cmdline" 2>/dev/null || continue
    grep -qF -- undo.sh "$process/cmdline" 2>/dev/null || echo "${process#/proc/}"
  done
}

main() {
  echo ready
  cat >/dev/null

  tries=0
  while [ "$tries" -lt 500 ]; do
    pids=$(belonging)
    [ -n "$pids" ] || break
    kill -KILL $pids 2>/dev/null
    tries=$((tries + 1))
    sleep 0.02
  done

  for pair in $before; do sysctl -q -w "$pair"; done
  ip link delete "$name" 2>/dev/null
  # A group can be removed when its last process has been waited for.
  tries=0
  while [ "$tries" -lt 500 ]; do
    groups=$(find /sys/fs/cgroup -depth -type d -path "*/$name*")
    [ -n "$groups" ] || break
    rmdir $groups 2>/dev/null
    tries=$((tries + 1))
    sleep 0.02
  done
  rm -rf "$dir"

  [ -z "$(belonging)$groups" ] || exit 1
  exit 0
}

main
