// Everything the components find on disk or need to agree about: folders, ports, credentials.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Place } from './component.ts';
import { freePorts } from './ports.ts';

/** Who may log in; each has a token of its own. */
export const identities = ['admin', 'kube-controller-manager', 'kube-scheduler'] as const;
export type Identity = (typeof identities)[number];

interface Ports {
  readonly etcd: number;
  readonly etcdPeer: number;
  readonly apiServer: number;
  readonly controllerManager: number;
  readonly scheduler: number;
  readonly kwok: number;
}

export interface Layout extends Place {
  readonly ports: Ports;
  readonly server: string;
  readonly tokens: Readonly<Record<Identity, string>>;
  readonly audit: string | undefined;
  /** Path of a file or folder of this control plane. */
  readonly file: (name: string) => string;
}

const groups: Readonly<Record<Identity, { user: string; group: string }>> = {
  admin: { user: 'admin', group: 'system:masters' },
  'kube-controller-manager': { user: 'system:kube-controller-manager', group: '' },
  'kube-scheduler': { user: 'system:kube-scheduler', group: '' },
};

/** Prepares the folder: a temporary one, or the caller's, in which an older cluster's data is wiped. */
export async function createLayout(options: { dir?: string; audit?: boolean }): Promise<Layout> {
  const dir =
    options.dir === undefined ? await mkdtemp(join(tmpdir(), 'stratos-control-plane-')) : resolve(options.dir);
  const file = (name: string) => join(dir, name);
  for (const name of ['etcd', 'certs', 'logs']) await rm(file(name), { recursive: true, force: true });
  for (const name of ['certs', 'logs', 'users']) await mkdir(file(name), { recursive: true });
  await chmod(dir, 0o700);
  const ports = await pickPorts();
  const tokens = { admin: newToken(), 'kube-controller-manager': newToken(), 'kube-scheduler': newToken() };
  await Promise.all([writeTokens(file('tokens.csv'), tokens), writeServiceAccountKeys(file)]);
  return {
    dir,
    file,
    ports,
    tokens,
    logs: file('logs'),
    server: `https://127.0.0.1:${ports.apiServer}`,
    scratch: options.dir === undefined ? dir : undefined,
    audit: options.audit === true ? file('logs/audit.jsonl') : undefined,
  };
}

async function pickPorts(): Promise<Ports> {
  const [etcd = 0, etcdPeer = 0, apiServer = 0, controllerManager = 0, scheduler = 0, kwok = 0] = await freePorts(6);
  return { etcd, etcdPeer, apiServer, controllerManager, scheduler, kwok };
}

function newToken(): string {
  return randomBytes(24).toString('base64url');
}

async function writeTokens(path: string, tokens: Readonly<Record<Identity, string>>): Promise<void> {
  const lines = identities.map((identity) => {
    const { user, group } = groups[identity];
    return [tokens[identity], user, user, ...(group === '' ? [] : [`"${group}"`])].join(',');
  });
  await writeFile(path, `${lines.join('\n')}\n`, { mode: 0o600 });
}

// kube-apiserver takes a bare public key where it wants a certificate, so no X.509 is needed.
async function writeServiceAccountKeys(file: (name: string) => string): Promise<void> {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  await writeFile(file('certs/service-accounts.pub'), publicKey);
  await writeFile(file('certs/service-accounts.key'), privateKey, { mode: 0o600 });
}
