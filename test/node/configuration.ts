// How containerd and the kubelet of a node are set up: below one directory, on loopback, and with nothing that the machine
// would keep.
import { join } from 'node:path';

export interface NodeSettings {
  /** Of this node alone. */
  readonly dir: string;
  /** Of the control group and of the bridge: at most 15 characters, the limit of an interface's name. */
  readonly name: string;
  /** Where the API server finds the kubelet, on 127.0.0.1. */
  readonly port: number;
  /** What holds the namespaces of a pod. It is imported, not pulled. */
  readonly pauseImage: string;
}

export function socketOf({ dir }: Pick<NodeSettings, 'dir'>): string {
  return join(dir, 'containerd.sock');
}

/** For containerd 1.6 (https://github.com/containerd/containerd/blob/release/1.6/docs/cri/config.md). */
export function containerdConfiguration({ dir, pauseImage }: NodeSettings): string {
  return `version = 2
root = "${join(dir, 'containerd')}"
state = "/run/containerd"
disabled_plugins = ["io.containerd.internal.v1.opt"]
[grpc]
  address = "${socketOf({ dir })}"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${pauseImage}"
  # A profile would stay in the kernel.
  disable_apparmor = true
  # Without the right CAP_SYS_RESOURCE, as in a container, a score cannot be lowered.
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    # Debian's containernetworking-plugins.
    bin_dir = "/usr/lib/cni"
    conf_dir = "${join(dir, 'cni')}"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
      SystemdCgroup = false
`;
}

/** Pods on a bridge: enough for a node to be Ready. No gateway and no masquerade, so no rule of the machine changes. */
export function cniConfiguration({ dir, name }: NodeSettings): object {
  return {
    cniVersion: '1.0.0',
    name,
    plugins: [
      {
        type: 'bridge',
        bridge: name,
        ipam: {
          type: 'host-local',
          dataDir: join(dir, 'addresses'),
          ranges: [[{ subnet: '10.200.0.0/24' }]],
        },
      },
    ],
  };
}

/** https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/ */
export function kubeletConfiguration(settings: NodeSettings): object {
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    containerRuntimeEndpoint: `unix://${socketOf(settings)}`,
    address: '127.0.0.1',
    port: settings.port,
    readOnlyPort: 0,
    healthzPort: 0,
    // It listens on loopback only, and ends with the test.
    authentication: { anonymous: { enabled: true }, webhook: { enabled: false } },
    authorization: { mode: 'AlwaysAllow' },
    cgroupDriver: 'cgroupfs',
    cgroupRoot: `/${settings.name}`,
    failCgroupV1: false,
    enforceNodeAllocatable: [],
    failSwapOn: false,
    makeIPTablesUtilChains: false,
    resolvConf: '/dev/null',
    volumePluginDir: join(settings.dir, 'volume-plugins'),
    // A machine that tests run on may be nearly full.
    evictionHard: { 'memory.available': '1Mi', 'nodefs.available': '1Mi', 'imagefs.available': '1Mi' },
    imageGCHighThresholdPercent: 100,
  };
}
