import type { Model } from '@darabonba/typescript';
import type { Api, Query } from '../api.ts';

/** Somebody who asks, in a region. */
export interface Ask {
  readonly regionId: string;
  /** One call; throws a CloudError. */
  send<Request extends Model, Body extends Model>(
    api: Api<Request, Body>,
    query: Query<Request>,
  ): Promise<Body>;
}

/** What the models call optional and the API always gives. */
export function text(value: string | undefined): string {
  return value ?? '';
}

/** A field, unless the API left it out or empty: it does both where there is nothing. */
export function filled<Key extends string>(
  key: Key,
  value: string | undefined,
): Partial<Record<Key, string>> {
  return (value === undefined || value === '' ? {} : { [key]: value }) as Partial<Record<Key, string>>;
}
