// deploy/argocd/argocd-cm.yaml: the health check of deploy/argocd/health.lua, as Argo CD takes it.
import { GROUP, KIND } from '../src/api/hybrid-network.ts';

const HEAD = `# Generated from health.lua by \`npm run generate\`.
#
# Tells Argo CD when a HybridNetwork is healthy; without it, it has no health. A patch, which takes nothing away:
#   kubectl -n argocd patch configmap argocd-cm --patch-file argocd-cm.yaml
# or under \`patches\` of the kustomization that installs Argo CD; or, with its Helm chart, the key below under
# \`configs.cm\`. Argo CD reads it at once.
`;

export function renderArgoCDPatch(script: string): string {
  const indented = script.trimEnd().replaceAll(/^(?=.)/gm, '    ');
  return `${HEAD}apiVersion: v1
kind: ConfigMap
metadata:
  name: argocd-cm
  namespace: argocd
data:
  resource.customizations.health.${GROUP}_${KIND}: |
${indented}
`;
}
