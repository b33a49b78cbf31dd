// The calls that the operator makes, all of them read-only: what docs/ram-policies.md lists. Models are those of the
// official SDKs, loaded one by one on first use: their clients would load every model there is, 97 MB of them.
import type { Model } from '@darabonba/typescript';
import type { DescribeInstancesRequest } from '@alicloud/ecs20140526/dist/models/DescribeInstancesRequest.js';
import type { DescribeInstancesResponseBody } from '@alicloud/ecs20140526/dist/models/DescribeInstancesResponseBody.js';
import type { DescribeInstanceTypesRequest } from '@alicloud/ecs20140526/dist/models/DescribeInstanceTypesRequest.js';
import type { DescribeInstanceTypesResponseBody } from '@alicloud/ecs20140526/dist/models/DescribeInstanceTypesResponseBody.js';
import type { DescribeNetworkInterfacesRequest } from '@alicloud/ecs20140526/dist/models/DescribeNetworkInterfacesRequest.js';
import type { DescribeNetworkInterfacesResponseBody } from '@alicloud/ecs20140526/dist/models/DescribeNetworkInterfacesResponseBody.js';
import type { DescribeSecurityGroupAttributeRequest } from '@alicloud/ecs20140526/dist/models/DescribeSecurityGroupAttributeRequest.js';
import type { DescribeSecurityGroupAttributeResponseBody } from '@alicloud/ecs20140526/dist/models/DescribeSecurityGroupAttributeResponseBody.js';
import type { DescribeSecurityGroupsRequest } from '@alicloud/ecs20140526/dist/models/DescribeSecurityGroupsRequest.js';
import type { DescribeSecurityGroupsResponseBody } from '@alicloud/ecs20140526/dist/models/DescribeSecurityGroupsResponseBody.js';
import type { DescribeRouteEntryListRequest } from '@alicloud/vpc20160428/dist/models/DescribeRouteEntryListRequest.js';
import type { DescribeRouteEntryListResponseBody } from '@alicloud/vpc20160428/dist/models/DescribeRouteEntryListResponseBody.js';
import type { DescribeRouteTableListRequest } from '@alicloud/vpc20160428/dist/models/DescribeRouteTableListRequest.js';
import type { DescribeRouteTableListResponseBody } from '@alicloud/vpc20160428/dist/models/DescribeRouteTableListResponseBody.js';
import type { DescribeVpcsRequest } from '@alicloud/vpc20160428/dist/models/DescribeVpcsRequest.js';
import type { DescribeVpcsResponseBody } from '@alicloud/vpc20160428/dist/models/DescribeVpcsResponseBody.js';
import type { DescribeVSwitchesRequest } from '@alicloud/vpc20160428/dist/models/DescribeVswitchesRequest.js';
import type { DescribeVSwitchesResponseBody } from '@alicloud/vpc20160428/dist/models/DescribeVswitchesResponseBody.js';

type ModelClass<M extends Model> = new (map?: Record<string, unknown>) => M;

export interface Api<Request extends Model, Body extends Model> {
  readonly product: 'ecs' | 'vpc';
  readonly action: string;
  /** Calls a minute: a tenth of what Terway allows itself, with whom the account's budget is shared (its ratelimit.go). */
  readonly perMinute: number;
  /** Whether the API has DryRun, which tells whether a call would be allowed and reads nothing. */
  readonly dryRun?: true;
  readonly request: () => Promise<ModelClass<Request>>;
  readonly body: () => Promise<ModelClass<Body>>;
}

/** What may be asked: the fields of a request without the methods of its class. */
export type Query<Request extends Model> = Partial<Omit<Request, keyof Model>>;

export const describeVSwitches: Api<DescribeVSwitchesRequest, DescribeVSwitchesResponseBody> = {
  product: 'vpc',
  action: 'DescribeVSwitches',
  perMinute: 30,
  dryRun: true,
  request: async () =>
    (await import('@alicloud/vpc20160428/dist/models/DescribeVswitchesRequest.js')).DescribeVSwitchesRequest,
  body: async () =>
    (await import('@alicloud/vpc20160428/dist/models/DescribeVswitchesResponseBody.js'))
      .DescribeVSwitchesResponseBody,
};

export const describeVpcs: Api<DescribeVpcsRequest, DescribeVpcsResponseBody> = {
  product: 'vpc',
  action: 'DescribeVpcs',
  perMinute: 50,
  dryRun: true,
  request: async () =>
    (await import('@alicloud/vpc20160428/dist/models/DescribeVpcsRequest.js')).DescribeVpcsRequest,
  body: async () =>
    (await import('@alicloud/vpc20160428/dist/models/DescribeVpcsResponseBody.js')).DescribeVpcsResponseBody,
};

export const describeRouteTableList: Api<DescribeRouteTableListRequest, DescribeRouteTableListResponseBody> =
  {
    product: 'vpc',
    action: 'DescribeRouteTableList',
    perMinute: 50,
    request: async () =>
      (await import('@alicloud/vpc20160428/dist/models/DescribeRouteTableListRequest.js'))
        .DescribeRouteTableListRequest,
    body: async () =>
      (await import('@alicloud/vpc20160428/dist/models/DescribeRouteTableListResponseBody.js'))
        .DescribeRouteTableListResponseBody,
  };

export const describeRouteEntryList: Api<DescribeRouteEntryListRequest, DescribeRouteEntryListResponseBody> =
  {
    product: 'vpc',
    action: 'DescribeRouteEntryList',
    perMinute: 50,
    request: async () =>
      (await import('@alicloud/vpc20160428/dist/models/DescribeRouteEntryListRequest.js'))
        .DescribeRouteEntryListRequest,
    body: async () =>
      (await import('@alicloud/vpc20160428/dist/models/DescribeRouteEntryListResponseBody.js'))
        .DescribeRouteEntryListResponseBody,
  };

export const describeSecurityGroups: Api<DescribeSecurityGroupsRequest, DescribeSecurityGroupsResponseBody> =
  {
    product: 'ecs',
    action: 'DescribeSecurityGroups',
    perMinute: 50,
    dryRun: true,
    request: async () =>
      (await import('@alicloud/ecs20140526/dist/models/DescribeSecurityGroupsRequest.js'))
        .DescribeSecurityGroupsRequest,
    body: async () =>
      (await import('@alicloud/ecs20140526/dist/models/DescribeSecurityGroupsResponseBody.js'))
        .DescribeSecurityGroupsResponseBody,
  };

export const describeSecurityGroupAttribute: Api<
  DescribeSecurityGroupAttributeRequest,
  DescribeSecurityGroupAttributeResponseBody
> = {
  product: 'ecs',
  action: 'DescribeSecurityGroupAttribute',
  perMinute: 50,
  request: async () =>
    (await import('@alicloud/ecs20140526/dist/models/DescribeSecurityGroupAttributeRequest.js'))
      .DescribeSecurityGroupAttributeRequest,
  body: async () =>
    (await import('@alicloud/ecs20140526/dist/models/DescribeSecurityGroupAttributeResponseBody.js'))
      .DescribeSecurityGroupAttributeResponseBody,
};

export const describeInstances: Api<DescribeInstancesRequest, DescribeInstancesResponseBody> = {
  product: 'ecs',
  action: 'DescribeInstances',
  perMinute: 50,
  dryRun: true,
  request: async () =>
    (await import('@alicloud/ecs20140526/dist/models/DescribeInstancesRequest.js')).DescribeInstancesRequest,
  body: async () =>
    (await import('@alicloud/ecs20140526/dist/models/DescribeInstancesResponseBody.js'))
      .DescribeInstancesResponseBody,
};

export const describeInstanceTypes: Api<DescribeInstanceTypesRequest, DescribeInstanceTypesResponseBody> = {
  product: 'ecs',
  action: 'DescribeInstanceTypes',
  perMinute: 40,
  request: async () =>
    (await import('@alicloud/ecs20140526/dist/models/DescribeInstanceTypesRequest.js'))
      .DescribeInstanceTypesRequest,
  body: async () =>
    (await import('@alicloud/ecs20140526/dist/models/DescribeInstanceTypesResponseBody.js'))
      .DescribeInstanceTypesResponseBody,
};

export const describeNetworkInterfaces: Api<
  DescribeNetworkInterfacesRequest,
  DescribeNetworkInterfacesResponseBody
> = {
  product: 'ecs',
  action: 'DescribeNetworkInterfaces',
  perMinute: 80,
  request: async () =>
    (await import('@alicloud/ecs20140526/dist/models/DescribeNetworkInterfacesRequest.js'))
      .DescribeNetworkInterfacesRequest,
  body: async () =>
    (await import('@alicloud/ecs20140526/dist/models/DescribeNetworkInterfacesResponseBody.js'))
      .DescribeNetworkInterfacesResponseBody,
};

/** Every action, with its product, as RAM names it: `vpc:DescribeVSwitches`. */
export const CLOUD_ACTIONS: readonly string[] = [
  describeVSwitches,
  describeVpcs,
  describeRouteTableList,
  describeRouteEntryList,
  describeSecurityGroups,
  describeSecurityGroupAttribute,
  describeInstances,
  describeInstanceTypes,
  describeNetworkInterfaces,
].map(({ product, action }) => `${product}:${action}`);
