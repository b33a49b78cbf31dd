// Questions of the catalogue that no check answers, and why: what would have to be asked, and whom.

export interface NotChecked {
  readonly id: string;
  /** What should be true. */
  readonly title: string;
  readonly why: string;
}

const ON_NODE = 'Only a program on the node can see it, and the operator puts none there.';
const IN_SCRIPT =
  'The node script is no object of the cluster; who writes it may ask before a node pool uses it.';
const BY_TRAFFIC =
  'Only traffic tells: pods on both sides that send to each other. The operator starts none.';

export const NOT_CHECKED: readonly NotChecked[] = [
  {
    id: 'C16',
    title: 'No other registered cluster uses the pod vSwitches',
    why: 'It would take every network interface of the account, which the read-only policy does not ask for.',
  },
  {
    id: 'C32',
    title: 'The access key is not that of the account itself, and not old',
    why: 'RAM would have to be read (ram:ListAccessKeys), a right that Terway’s user should not have.',
  },
  { id: 'C46', title: 'The primary network interface is called eth0', why: ON_NODE },
  { id: 'C70', title: 'addNodeScriptPath can be fetched from the VPC', why: IN_SCRIPT },
  { id: 'C71', title: 'The node script takes all four variables, and may run twice', why: IN_SCRIPT },
  {
    id: 'C72',
    title: 'The join token lives long enough',
    why: 'Bootstrap tokens are Secrets that the operator has no right to read, and shall have none.',
  },
  { id: 'C73', title: 'The node script verifies the CA, and its address is not public', why: IN_SCRIPT },
  {
    id: 'C74',
    title: 'ack-agent-config keeps its other keys',
    why: 'The operator does not write this ConfigMap, so it cannot lose any.',
  },
  { id: 'C80', title: 'API server and kubelets reach each other across the link', why: BY_TRAFFIC },
  { id: 'C81', title: 'Nodes and pods of both sides reach each other, at the right MTU', why: BY_TRAFFIC },
  {
    id: 'C84',
    title: 'The BGP sessions are established',
    why: 'Routers tell, or CalicoNodeStatus, which costs every node and has to be created.',
  },
  {
    id: 'C85',
    title: 'Cloud nodes can pull the images of the on-premises CNI',
    why: 'The kubelet tells as soon as a pod is there: condition OverlayReady.',
  },
  { id: 'C86', title: 'DNS, Services and webhooks work across the sides', why: BY_TRAFFIC },
  { id: 'C87', title: 'The link is quick and wide enough', why: BY_TRAFFIC },
  {
    id: 'C90',
    title: 'The agent of the registered cluster is up, over the private link',
    why: 'ACK tells: without the agent the cluster is shown as unavailable there.',
  },
  {
    id: 'C91',
    title: 'Nobody else manages the Terway add-on',
    why: 'Who else writes to Terway’s objects shows as a fight: reason FieldManagerConflict.',
  },
];
