import { expect, test } from '@jest/globals';
import { register } from 'prom-client';
import {
  createRegistry,
  leaderMetrics,
  queueMetrics,
  reconcileMetrics,
  requestMetrics,
} from '../../../src/runtime/metrics.ts';
import { WorkQueue } from '../../../src/runtime/work-queue.ts';
import { FakeClock, settle } from '../../support/fake-clock.ts';

test('a run of the reconciler shows under the names of controller-runtime', async () => {
  const registry = createRegistry();
  const metrics = reconcileMetrics(registry, 'thing', 2);
  metrics.started();
  metrics.started();
  metrics.finished('error', 0.02);
  const text = await registry.metrics();
  expect(text).toContain('controller_runtime_reconcile_total{controller="thing",result="error"} 1');
  expect(text).toContain('controller_runtime_reconcile_total{controller="thing",result="requeue_after"} 0');
  expect(text).toContain('controller_runtime_reconcile_errors_total{controller="thing"} 1');
  expect(text).toContain('controller_runtime_active_workers{controller="thing"} 1');
  expect(text).toContain('controller_runtime_max_concurrent_reconciles{controller="thing"} 2');
  expect(text).toContain('controller_runtime_reconcile_time_seconds_bucket{le="0.025",controller="thing"} 1');
});

test('a work queue shows what waits, what runs, and how often it was retried', async () => {
  const registry = createRegistry();
  const metrics = queueMetrics(registry, 'thing');
  const clock = new FakeClock();
  const queue = new WorkQueue({ clock, observer: metrics.observer });
  metrics.watch(queue);
  queue.run(
    async () =>
      await new Promise<void>((resolve) => {
        clock.after(9000, resolve);
      }),
  );
  queue.add('a');
  queue.add('b');
  queue.retry('c');
  await clock.advance(5000);
  const during = await registry.metrics();
  const labels = '{name="thing",controller="thing"}';
  expect(during).toContain(`workqueue_depth${labels} 2`);
  expect(during).toContain(`workqueue_adds_total${labels} 3`);
  expect(during).toContain(`workqueue_retries_total${labels} 1`);
  expect(during).toContain(`workqueue_unfinished_work_seconds${labels} 5`);
  expect(during).toContain(`workqueue_longest_running_processor_seconds${labels} 5`);
  await clock.advance(4000);
  const after = await registry.metrics();
  expect(after).toContain(`workqueue_work_duration_seconds_sum${labels} 9`);
  expect(after).toContain(`workqueue_queue_duration_seconds_count${labels} 2`);
  expect(after).toContain(`workqueue_longest_running_processor_seconds${labels} 0`);
  await settle();
});

test('requests are counted by code, method and host', async () => {
  const registry = createRegistry();
  const count = requestMetrics(registry);
  count(200, 'GET', '10.0.0.1:6443');
  count('<error>', 'PATCH', '10.0.0.1:6443');
  const text = await registry.metrics();
  expect(text).toContain('rest_client_requests_total{code="200",method="GET",host="10.0.0.1:6443"} 1');
  expect(text).toContain('rest_client_requests_total{code="<error>",method="PATCH",host="10.0.0.1:6443"} 1');
});

test('leadership is read at the scrape', async () => {
  const registry = createRegistry();
  let leads = false;
  leaderMetrics(registry, 'thing', () => leads);
  await expect(registry.metrics()).resolves.toContain('leader_election_master_status{name="thing"} 0');
  leads = true;
  await expect(registry.metrics()).resolves.toContain('leader_election_master_status{name="thing"} 1');
});

test('the global registry stays empty', async () => {
  createRegistry();
  await expect(register.metrics()).resolves.toBe('\n');
});
