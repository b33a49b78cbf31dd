// The words in capitals that a person replaces in a command of the documentation, and what is put in for them here.

const FIRST_POD = "$(kubectl -n $1 get pods -o name | head -n 1 | cut -d '/' -f 2)";

/** One after the other: what is known of a command goes before what is assumed of any. */
const STANDS_FOR: readonly (readonly [RegExp, string])[] = [
  [/\b(hn|hybridnetwork|hn -- check|hn -- plan) NAME\b/g, '$1 idc-hangzhou'],
  [/-n NAMESPACE get secret NAME\b/g, '-n hybridnetwork-system get secret ram-user'],
  [/\bsecret generic NAME\b/g, 'secret generic another-key'],
  [/-n NAMESPACE\b/g, '-n kube-system'],
  [/\b(ds|daemonset)([ /])NAME\b/g, '$1$2calico-node'],
  [/-n (\S+) (delete pod|describe pod) (?:POD|NAME)\b/g, `-n $1 $2 ${FIRST_POD}`],
  [/=HASH\b/g, '=909ff592c2b7'],
  [/\bnode NAME\b/g, 'node NODE'],
];

/** @param node a cloud node that is there */
export function filledIn(text: string, node: string): string {
  const filled = STANDS_FOR.reduce((before, [word, value]) => before.replaceAll(word, value), text);
  return filled.replaceAll(/\bNODE\b/g, node);
}

/** Words in capitals that are left, and that no shell knows. */
export function unfilled(text: string): readonly string[] {
  return filledIn(text, 'ecs-1').match(/\b(?:NAME|NAMESPACE|NODE|POD|HASH|ID)\b(?![-:])/g) ?? [];
}
