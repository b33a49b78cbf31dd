// What checks look at beyond the facts that decisions are made from, read once: nodes in detail, the addresses that the
// cluster and its CNI are configured with, the CRDs of Calico. Whatever cannot be read is a fact of its own.
import type { CalicoCrd, ClusterDetails, IpPool, NodeDetail } from '../plan/checks/check-facts.ts';
import type { ConfigMapFact, Observed } from '../plan/facts.ts';
import type { KubeClient } from './client.ts';
import type { KubeObject } from './object.ts';
import { projectConfigMap } from './projections.ts';
import { optional } from './raw-meta.ts';
import { listAll, observe, observeObject } from './snapshot.ts';

type Client = Pick<KubeClient, 'request'>;

const CALICO = '/apis/crd.projectcalico.org/v1';

interface RawNode {
  readonly metadata?: { readonly name?: string };
  readonly spec?: { readonly podCIDR?: string; readonly podCIDRs?: readonly string[] };
  readonly status?: {
    readonly capacity?: { readonly pods?: string };
    readonly addresses?: readonly { readonly type: string; readonly address: string }[];
    readonly nodeInfo?: { readonly kernelVersion?: string; readonly osImage?: string };
  };
}

function podCIDRsOf({ podCIDR, podCIDRs }: NonNullable<RawNode['spec']>): readonly string[] {
  return podCIDRs ?? (podCIDR === undefined ? [] : [podCIDR]);
}

function statusOf({
  capacity,
  addresses = [],
  nodeInfo,
}: NonNullable<RawNode['status']>): Omit<NodeDetail, 'podCIDRs'> {
  const pods = capacity?.pods;
  return {
    ...optional('maxPods', pods === undefined ? undefined : Number(pods)),
    ...optional('kernelVersion', nodeInfo?.kernelVersion),
    ...optional('osImage', nodeInfo?.osImage),
    internalIPs: addresses.filter(({ type }) => type === 'InternalIP').map(({ address }) => address),
  };
}

function projectDetail(raw: KubeObject): readonly [string, NodeDetail] {
  const { metadata, spec = {}, status = {} } = raw as RawNode;
  return [metadata?.name ?? '', { ...statusOf(status), podCIDRs: podCIDRsOf(spec) }];
}

function projectPool(raw: KubeObject): IpPool {
  const { metadata, spec = {} } = raw as {
    readonly metadata?: { readonly name?: string };
    readonly spec?: { readonly cidr?: string; readonly natOutgoing?: boolean; readonly disabled?: boolean };
  };
  return {
    name: metadata?.name ?? '',
    cidr: spec.cidr ?? '',
    natOutgoing: spec.natOutgoing === true,
    disabled: spec.disabled === true,
  };
}

interface RawCrd {
  readonly metadata?: { readonly name?: string };
  readonly spec?: {
    readonly versions?: readonly {
      readonly schema?: {
        readonly openAPIV3Schema?: {
          readonly properties?: Readonly<Record<string, unknown>>;
          readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
        };
      };
    }[];
  };
}

function projectCrd(raw: KubeObject): CalicoCrd {
  const { metadata, spec } = raw as RawCrd;
  const isStub = (spec?.versions ?? []).some(({ schema }) => {
    const { properties = {}, 'x-kubernetes-preserve-unknown-fields': keeps } = schema?.openAPIV3Schema ?? {};
    return keeps !== true && !('spec' in properties);
  });
  return { name: metadata?.name ?? '', isStub };
}

/** IPAMBlocks of Calico; without them the CIDRs that Cilium gave to its nodes. */
async function blocks(client: Client): Promise<Observed<readonly string[]>> {
  const calico = await observe(
    async () =>
      await listAll(client, `${CALICO}/ipamblocks`, (raw) => {
        const { spec } = raw as { readonly spec?: { readonly cidr?: string } };
        return spec?.cidr ?? '';
      }),
  );
  if (calico.state !== 'absent') return calico;
  const cilium = await observe(
    async () =>
      await listAll(client, '/apis/cilium.io/v2/ciliumnodes', (raw) => {
        const { spec } = raw as {
          readonly spec?: { readonly ipam?: { readonly podCIDRs?: readonly string[] } };
        };
        return spec?.ipam?.podCIDRs ?? [];
      }),
  );
  return cilium.state === 'present' ? { state: 'present', object: cilium.object.flat() } : cilium;
}

async function serviceCIDRs(client: Client): Promise<Observed<readonly string[]>> {
  const found = await observe(
    async () =>
      await listAll(client, '/apis/networking.k8s.io/v1/servicecidrs', (raw) => {
        const { spec } = raw as { readonly spec?: { readonly cidrs?: readonly string[] } };
        return spec?.cidrs ?? [];
      }),
  );
  return found.state === 'present' ? { state: 'present', object: found.object.flat() } : found;
}

async function flannel(client: Client): Promise<Observed<ConfigMapFact>> {
  const read = async (namespace: string): Promise<Observed<ConfigMapFact>> =>
    await observeObject(
      client,
      `/api/v1/namespaces/${namespace}/configmaps/kube-flannel-cfg`,
      projectConfigMap,
    );
  const own = await read('kube-flannel');
  return own.state === 'absent' ? await read('kube-system') : own;
}

async function calicoCrds(client: Client): Promise<Observed<readonly CalicoCrd[]>> {
  const found = await observe(
    async () =>
      await listAll(client, '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', (raw) =>
        (raw.metadata?.name ?? '').endsWith('.crd.projectcalico.org') ? [projectCrd(raw)] : [],
      ),
  );
  return found.state === 'present' ? { state: 'present', object: found.object.flat() } : found;
}

/** Everything of it that can be read. */
export async function readDetails(client: Client): Promise<ClusterDetails> {
  const inKubeSystem = async (name: string): Promise<Observed<ConfigMapFact>> =>
    await observeObject(client, `/api/v1/namespaces/kube-system/configmaps/${name}`, projectConfigMap);
  const [nodes, version, services, kubeadm, kubeProxy, cilium, flannelConfig, ipPools, addressBlocks, crds] =
    await Promise.all([
      observe(async () => new Map(await listAll(client, '/api/v1/nodes', projectDetail))),
      observe(async () => {
        const { gitVersion } = await client.request<{ readonly gitVersion: string }>({
          method: 'GET',
          path: '/version',
        });
        return gitVersion;
      }),
      serviceCIDRs(client),
      inKubeSystem('kubeadm-config'),
      inKubeSystem('kube-proxy'),
      inKubeSystem('cilium-config'),
      flannel(client),
      observe(async () => await listAll(client, `${CALICO}/ippools`, projectPool)),
      blocks(client),
      calicoCrds(client),
    ]);
  return {
    nodes,
    serverVersion: version,
    serviceCIDRs: services,
    kubeadm,
    kubeProxy,
    cilium,
    flannel: flannelConfig,
    ipPools,
    addressBlocks,
    calicoCrds: crds,
  };
}
