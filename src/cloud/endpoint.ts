// Where the API is. The host follows from the region, which has been validated, and from nothing else that an object
// says: whoever may edit a HybridNetwork must not be able to have requests signed for a host of their own.
import { troubleWith } from './trouble.ts';
import type { CloudError } from './trouble.ts';

export type Product = 'ecs' | 'vpc' | 'sts';

/** The pattern of the CRD's `cloud.regionID`. */
const REGION = /^[a-z]{2}(-[a-z0-9]+)+$/;
const LONGEST_REGION = 33;

// Regions whose host does not follow the rule, as @alicloud/ecs20140526 7.11.6 and @alicloud/vpc20160428 7.3.2 have it.
const EXCEPTIONS: Readonly<Record<'ecs' | 'vpc', Readonly<Record<string, string>>>> = {
  ecs: {
    'cn-hangzhou': 'ecs-cn-hangzhou.aliyuncs.com',
    'cn-shanghai-finance-1': 'ecs-cn-hangzhou.aliyuncs.com',
    'cn-shenzhen-finance-1': 'ecs-cn-hangzhou.aliyuncs.com',
    'cn-hangzhou-finance': 'ecs.aliyuncs.com',
    'cn-north-2-gov-1': 'ecs.aliyuncs.com',
    'cn-beijing-gov-1': 'ecs.aliyuncs.com',
  },
  vpc: {
    'cn-hangzhou': 'vpc.aliyuncs.com',
    'cn-hangzhou-finance': 'vpc.aliyuncs.com',
    'cn-shanghai-finance-1': 'vpc.aliyuncs.com',
    'cn-shenzhen-finance-1': 'vpc.aliyuncs.com',
    'cn-north-2-gov-1': 'vpc.aliyuncs.com',
    'cn-beijing-gov-1': 'vpc.aliyuncs.com',
  },
};

export const REGIONS_WITH_OWN_HOSTS: readonly string[] = Object.keys({
  ...EXCEPTIONS.ecs,
  ...EXCEPTIONS.vpc,
});

export function isRegionId(text: string): boolean {
  return text.length <= LONGEST_REGION && REGION.test(text);
}

/** `https://vpc.cn-beijing.aliyuncs.com`; `override` is the process's own, for a private endpoint or the emulator. */
export function originOf(product: Product, regionId: string, override?: string): string {
  if (override !== undefined) return new URL(override).origin;
  const exception = product === 'sts' ? undefined : EXCEPTIONS[product][regionId];
  return `https://${exception ?? `${product}.${regionId}.aliyuncs.com`}`;
}

/** What is wrong with a region, before anything is sent. */
export function regionTrouble(action: string, regionId: string): CloudError | undefined {
  if (isRegionId(regionId)) return undefined;
  return troubleWith({
    reason: 'Refused',
    action,
    detail: 'the region ID has not the form of one (such as cn-hangzhou)',
  });
}
