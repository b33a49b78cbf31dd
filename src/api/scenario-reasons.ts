// Reasons of the scenarios: which network plug-in cloud nodes run, and what keeps them from changing it.
import type { ReasonText } from './reason-text.ts';

export const SCENARIO_REASONS = {
  NodesJoining: {
    meaning:
      'Cloud nodes have no ready pod of the on-premises CNI yet, and have been joining for less than ten minutes, or are NotReady.',
  },
  ReimageNodes: {
    meaning:
      'The network plug-in of the other scenario ran on cloud nodes and left its configuration there, which may win over the right one.',
    remedy:
      'Drain each node that the message names, delete its Node object, re-image it and let it join again.',
  },
  CNIReady: { meaning: 'The on-premises CNI is Ready on every cloud node, or there is none yet.' },
  OnlyNetworkPlugin: {
    meaning:
      'The on-premises network would be taken from cloud nodes that have no other network plug-in. Nothing is written, so that no node is left without one.',
    remedy:
      'Drain those nodes or remove them; re-image them, and let them join again once Terway is installed. Where Terway runs on them already, nothing waits.',
    stalls: true,
  },
  CNIMissing: {
    meaning:
      'A cloud node has no pod of the on-premises CNI, because its template does not let it run there, or because none has been created for ten minutes.',
    remedy: 'Remove the requirement that keeps it off, or mend what the message names.',
    stalls: true,
  },
  ImagePullFailed: {
    meaning: 'A cloud node cannot pull an image of the on-premises CNI.',
    remedy:
      'Mirror the image to a registry that the VPC reaches, or give the nodes a way to its registry; the message names node and image.',
    stalls: true,
  },
  CNIFailing: {
    meaning:
      'A pod of the on-premises CNI on a cloud node crashes, cannot be started, or has not been Ready for ten minutes.',
    remedy:
      'Read its log by the command in the message. The usual cause is a security group that does not let the tunnel through (VXLAN UDP 8472 or 4789, IPIP protocol 4).',
    stalls: true,
  },
  UnexpectedCNI: {
    meaning:
      'Under HostNetwork, an on-premises CNI is there all the same and can run on cloud nodes beside Terway.',
    remedy:
      'Choose scenario BGP, which keeps it off; or uninstall it; or list it in `spec.onPremises.workloads`.',
    stalls: true,
  },
  TerwayBesideCNI: {
    meaning:
      'Under Overlay, Terway runs, or would run, on cloud nodes beside the on-premises CNI. Two network plug-ins on one node break each other.',
    remedy: 'Delete the DaemonSet of Terway and re-image the nodes where it ran, or choose scenario BGP.',
    stalls: true,
  },
} as const satisfies Record<string, ReasonText>;
