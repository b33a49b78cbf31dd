/** Parameters of a call, as the query has them: `VpcId`, `InstanceTypes.1`, `InstanceIds` with a JSON array. */
import { ApiProblem } from './problem.ts';

export class Parameters {
  readonly #query: URLSearchParams;

  constructor(query: URLSearchParams) {
    this.#query = query;
  }

  text(name: string): string | undefined {
    const value = this.#query.get(name);
    return value === null || value === '' ? undefined : value;
  }

  required(name: string): string {
    const value = this.text(name);
    if (value === undefined)
      throw new ApiProblem(400, `Missing${name}`, `${name} is mandatory for this action.`);
    return value;
  }

  integer(name: string, fallback: number): number {
    const value = this.text(name);
    if (value === undefined) return fallback;
    if (!/^\d{1,9}$/.test(value))
      throw new ApiProblem(400, `Invalid${name}`, `The specified ${name} is invalid.`);
    return Number(value);
  }

  /** `X.1`, `X.2`, …; undefined where there is none. */
  list(name: string): readonly string[] | undefined {
    const pattern = new RegExp(`^${name}\\.\\d+$`);
    const values = [...this.#query].filter(([key]) => pattern.test(key)).map(([, value]) => value);
    return values.length === 0 ? undefined : values;
  }

  /** One parameter with a JSON array of at most 100 texts. */
  jsonList(name: string): readonly string[] | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    const parsed = parse(value);
    if (!Array.isArray(parsed) || parsed.length > 100 || parsed.some((one) => typeof one !== 'string'))
      throw new ApiProblem(400, `Invalid${name}.Malformed`, `The specified ${name} is not valid.`);
    return parsed as readonly string[];
  }

  isTrue(name: string): boolean {
    return this.text(name) === 'true';
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
