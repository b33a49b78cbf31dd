import type { World } from '../model.ts';
import type { Parameters } from '../parameters.ts';

export interface Action {
  readonly product: 'ecs' | 'vpc';
  /** With `DryRun=true` a call that would be answered is answered with the error `DryRunOperation`. */
  readonly hasDryRun?: true;
  /** The answer without RequestId; throws an ApiProblem. */
  readonly run: (world: World, parameters: Parameters) => Record<string, unknown>;
}
