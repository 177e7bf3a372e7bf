import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { checkInstallation, type Finding, type InstallationCheck } from '../../../src/telemetry/installation-check.ts';

/** What a replica answers to `/readyz` and `/metrics`. */
interface Replica {
  readonly ready: boolean;
  readonly leads?: boolean;
}

const metricsOf = ({ leads = false }: Replica): string =>
  `# TYPE leader_election_master_status gauge\nleader_election_master_status{name="stratos-operator"} ${leads ? 1 : 0}\n`;

describe('the check of an installation', () => {
  let server: Server;
  /** One for each connection, in turn and then from the first again: as a Service hands them out. */
  let replicas: readonly Replica[];
  let connections = 0;
  let url: string;

  beforeEach(async () => {
    connections = 0;
    server = createServer((request, response) => {
      const replica = replicas[connections++ % replicas.length] ?? { ready: false };
      assert.equal(request.headers.connection, 'close');
      if (request.url === '/metrics') return void response.end(metricsOf(replica));
      response.writeHead(replica.ready ? 200 : 503).end(replica.ready ? 'ok' : '[-]synced failed: pods\n');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterEach(() => void server.close());

  const check = (change: Partial<InstallationCheck> = {}): Promise<Finding> =>
    checkInstallation({ url, expectLeader: true, withinMs: 1_500, ...change });

  it('passes when a replica is ready and leads', async () => {
    replicas = [{ ready: true, leads: true }];
    assert.deepEqual(await check(), { passed: true, text: `${url}: replicas are ready, and one of them leads` });
  });

  it('goes on to the next replica when this one does not lead', async () => {
    replicas = [{ ready: true }, { ready: true }, { ready: true, leads: true }];
    assert.equal((await check()).passed, true);
  });

  for (const leader of [0, 1]) {
    it(`finds the leader among two replicas that are asked in turn: the ${leader === 0 ? 'first' : 'second'}`, async () => {
      replicas = [0, 1].map((index) => ({ ready: true, leads: index === leader }));
      assert.equal((await check()).passed, true);
    });
  }

  it('asks for no leader where none is elected', async () => {
    replicas = [{ ready: true }];
    assert.deepEqual(await check({ expectLeader: false }), { passed: true, text: `${url}: the operator is ready` });
  });

  const failures: Record<string, { replicas: readonly Replica[]; want: RegExp }> = {
    'nobody leads': { replicas: [{ ready: true }], want: /none of those that were asked leads$/ },
    'a replica is not ready, with its reason': {
      replicas: [{ ready: false, leads: true }],
      want: /not ready: 503 \[-\]synced failed: pods$/,
    },
  };
  for (const [name, { replicas: answering, want }] of Object.entries(failures)) {
    it(`fails after a while when ${name}`, async () => {
      replicas = answering;
      const { passed, text } = await check({ withinMs: 100 });
      assert.equal(passed, false);
      assert.match(text, want);
    });
  }

  it('fails when nothing listens, and says so', async () => {
    server.close();
    const { passed, text } = await check({ withinMs: 100 });
    assert.equal(passed, false);
    assert.match(text, /not ready: .*ECONNREFUSED/);
  });
});
