import type { Action } from './action.ts';
import {
  describeInstances,
  describeInstanceTypes,
  describeNetworkInterfaces,
  describeSecurityGroupAttribute,
  describeSecurityGroups,
} from './ecs.ts';
import { describeRouteEntryList, describeRouteTableList, describeVpcs, describeVSwitches } from './vpc.ts';

/** By `x-acs-action`. */
export const ACTIONS: Readonly<Record<string, Action>> = {
  DescribeInstances: describeInstances,
  DescribeInstanceTypes: describeInstanceTypes,
  DescribeNetworkInterfaces: describeNetworkInterfaces,
  DescribeRouteEntryList: describeRouteEntryList,
  DescribeRouteTableList: describeRouteTableList,
  DescribeSecurityGroupAttribute: describeSecurityGroupAttribute,
  DescribeSecurityGroups: describeSecurityGroups,
  DescribeVpcs: describeVpcs,
  DescribeVSwitches: describeVSwitches,
};
