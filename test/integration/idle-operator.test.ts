import assert from 'node:assert/strict';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeIdleJobs, writesSince } from '../support/cluster-idle.ts';
import { l4Pool } from '../support/cluster-pools.ts';
import { play } from '../support/cluster-scenarios.ts';
import { withCluster } from '../support/cluster.ts';
import { FaultProxy } from '../support/fault-proxy.ts';
import { writeProxyLogin } from '../support/fault-proxy-login.ts';
import { requestText } from '../support/fault-proxy-request.ts';
import { standInImages } from '../support/stage-image/images.ts';

const jobCount = 200;
const settleMs = 5_000;
const quietMs = 10_000;

describe('an operator with nothing to do', () => {
  const cluster = withCluster({ nodes: [l4Pool('l4', 1)], images: standInImages() });

  it(`writes nothing about ${jobCount} jobs, not even after a restart`, async () => {
    await play(cluster(), async (team, { client, controlPlane, dir, operatorToken: token }) => {
      const proxy = await FaultProxy.start({ server: controlPlane.server, ca: controlPlane.ca, counts: () => true });
      const kubeconfig = await writeProxyLogin(join(dir, 'idle.kubeconfig'), { server: proxy.url, token });
      const options = { kubeconfig, namespaces: [team.namespace] };
      const first = await cluster().startOperator(options);
      await makeIdleJobs(client, team, jobCount);
      await first.stop();
      const second = await cluster().startOperator(options);
      try {
        await sleep(settleMs);
        const from = proxy.requests.length;
        await sleep(quietMs);
        assert.deepEqual(writesSince(proxy, from).map(requestText), []);
      } finally {
        await second.stop();
        await proxy.close();
      }
    });
  });
});
