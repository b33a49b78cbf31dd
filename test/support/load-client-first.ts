// @dot-i/k8s-operator is CommonJS and requires @kubernetes/client-node, which is ESM. Inside Jest's module
// registry that fails ("Cannot require() ES Module … in a cycle") unless the ESM side is loaded first.
import '@kubernetes/client-node';
