// A namespace for each test, so that tests can share a control plane.
import { randomBytes } from 'node:crypto';
import type { ControlPlane } from './control-plane.ts';
import { send, until, type Answer } from './http.ts';
import { sharedControlPlane } from './shared.ts';

type Access = Pick<ControlPlane, 'server' | 'ca' | 'token'>;

// Controllers that have lost the API server, as some tests make them, come back after up to half a minute.
const readyMs = 60_000;

/**
 * Call it inside a `describe`: every test in there gets a fresh namespace in the shared control
 * plane, whose name the returned function tells. It is deleted afterwards, without waiting.
 */
export function withNamespace(): () => string {
  let current: string | undefined;
  beforeEach('create a namespace', async () => {
    current = await createNamespace(sharedControlPlane());
  });
  afterEach('delete the namespace', async () => {
    if (current !== undefined) await deleteNamespace(sharedControlPlane(), current);
    current = undefined;
  });
  return () => {
    if (current === undefined) throw new Error('the namespace is only there while a test runs');
    return current;
  };
}

/** Creates a namespace and returns its name once pods can be created in it. */
async function createNamespace(controlPlane: Access): Promise<string> {
  const name = `t-${randomBytes(4).toString('hex')}`;
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
  expectStatus(201, await call(controlPlane, 'POST', '/api/v1/namespaces', namespace));
  const account = `/api/v1/namespaces/${name}/serviceaccounts/default`;
  await until(
    `ServiceAccount ${name}/default`,
    { withinMs: readyMs },
    async () => (await call(controlPlane, 'GET', account)).status === 200,
  );
  return name;
}

async function deleteNamespace(controlPlane: Access, name: string): Promise<void> {
  expectStatus(200, await call(controlPlane, 'DELETE', `/api/v1/namespaces/${name}`));
}

async function call({ server, ca, token }: Access, method: string, path: string, body?: unknown): Promise<Answer> {
  return await send(`${server}${path}`, { method, ca, token, body });
}

function expectStatus(wanted: number, { status, body }: Answer): void {
  if (status !== wanted) throw new Error(`the apiserver answered ${status}: ${body}`);
}
