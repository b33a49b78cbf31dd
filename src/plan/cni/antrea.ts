// Antrea by build/yamls/antrea*.yml or its chart.
import type { Cni } from './contract.ts';

export const antrea: Cni = {
  name: 'Antrea',
  summary: 'DaemonSet antrea-agent (selector app=antrea, component=antrea-agent)',
  agents: [
    {
      what: 'node agent',
      kind: 'DaemonSet',
      // antrea-agent-windows has the same selector: see isForWindows.
      anyOf: [{ selector: { app: 'antrea', component: 'antrea-agent' } }],
      owner: { chart: { takes: 'Affinity', value: 'agent.affinity' } },
    },
  ],
  companions: [
    {
      what: 'controller',
      kind: 'Deployment',
      anyOf: [{ selector: { app: 'antrea', component: 'antrea-controller' } }],
      owner: { chart: { takes: 'Affinity', value: 'controller.affinity' } },
      verdict: 'KeepOff',
      why: 'it uses the host network, and the on-premises agents would depend on a cloud node',
    },
  ],
};
