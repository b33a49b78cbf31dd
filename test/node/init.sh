#!/bin/sh
# The first process of a node: `sh init.sh DIR KUBELET NODE` in a mount and a process namespace of its own, with the
# configuration of both programs in DIR. What they and the pods mount, write outside of DIR or start goes when it ends.
dir=$1 kubelet=$2 node=$3

for place in /run /var/lib /var/log /opt; do
  mount -t tmpfs none "$place" || exit 1
done

containerd --config "$dir/containerd.toml" >"$dir/logs/containerd.log" 2>&1 &
tries=0
until [ -S "$dir/containerd.sock" ]; do
  tries=$((tries + 1))
  [ "$tries" -lt 600 ] || exit 1
  sleep 0.05
done

"$kubelet" --config "$dir/kubelet.yaml" --kubeconfig "$dir/kubeconfig" --root-dir "$dir/kubelet" \
  --cert-dir "$dir/certificates" --hostname-override "$node" >"$dir/logs/kubelet.log" 2>&1 &

# Its children's orphans are its own: somebody has to wait for them.
wait
