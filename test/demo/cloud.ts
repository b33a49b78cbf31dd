// The emulated VPC of the demo: what deploy/samples/bgp.yaml names, and the instances behind the cloud nodes.
import type { World } from '../alicloud/model.ts';
import {
  addAccount,
  addInstance,
  createWorld,
  NODE_V_SWITCH,
  SYSTEM_ROUTE_TABLE,
  VPC,
} from '../alicloud/world.ts';

const V_SWITCH = 'vsw-bp1s5fnvk4gn2tws03624';
const SECURITY_GROUP = 'sg-bp1cx4zrx7nfpu6aoxlw';

export const KEY_ID = 'LTAI5tExampleOfADemo';
export const KEY_SECRET = 'ThisIsTheSecretOfTheDemo';

/** As the control plane of the tests names the instance of `ecs-1`. */
function instanceOf(node: string): string {
  return `i-bp1${node.replaceAll(/[^a-z0-9]/g, '').padStart(17, '0')}`;
}

export function cloudOfTheDemo(nodes: readonly string[]): World {
  const world = createWorld();
  world.instances.length = 0;
  world.networkInterfaces.length = 0;
  addAccount(world, { accessKeyId: KEY_ID, accessKeySecret: KEY_SECRET });
  world.vSwitches.push({
    id: V_SWITCH,
    vpcId: VPC,
    zoneId: 'cn-hangzhou-h',
    cidr: '10.0.64.0/19',
    freeIPs: 8_100,
    status: 'Available',
    routeTableId: SYSTEM_ROUTE_TABLE,
  });
  const [group] = world.securityGroups;
  if (group !== undefined) world.securityGroups.push({ ...group, id: SECURITY_GROUP });
  for (const node of nodes) {
    addInstance(world, {
      id: instanceOf(node),
      vSwitchId: NODE_V_SWITCH,
      securityGroupIds: [SECURITY_GROUP],
    });
  }
  // Terway's interfaces, where the object says that they shall be.
  const interfaces = world.networkInterfaces.map((one) => ({
    ...one,
    vSwitchId: one.type === 'Primary' ? one.vSwitchId : V_SWITCH,
    securityGroupIds: [SECURITY_GROUP],
  }));
  world.networkInterfaces.splice(0, interfaces.length, ...interfaces);
  return world;
}
