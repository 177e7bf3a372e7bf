import { createPrivateKey, X509Certificate } from 'node:crypto';
import { generate } from 'selfsigned';
import { unlessRefused, type KubeApi } from './kube-api.ts';

/** What the server shows; the certificate is its own authority, so the same text is what trainers trust. */
export interface ServingCertificate {
  readonly certificatePem: string;
  readonly keyPem: string;
}

export interface CertificateOptions {
  readonly api: Pick<KubeApi, 'get' | 'create' | 'patch'>;
  /** Namespace of the Secret. */
  readonly namespace: string;
  /** Names under which trainers reach the server; the first one is the common name. */
  readonly hosts: readonly string[];
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

interface TlsSecret {
  readonly metadata: { readonly resourceVersion: string };
  readonly data?: Readonly<Record<string, string>>;
}

const secrets = { group: '', version: 'v1', plural: 'secrets', kind: 'Secret', namespaced: true };
const secretName = 'stratos-progress-tls';
const dayMs = 86_400_000;
const validForDays = 365;
const renewDays = 30;
const maxTries = 5;
const beaten = Symbol('another replica was faster');

/**
 * The certificate shared by all replicas: read from its Secret, which is made when missing and renewed when less than
 * 30 days are left or the hosts have changed. Of replicas that try at once, one wins and the others take its result.
 */
export async function sharedCertificate(options: CertificateOptions): Promise<ServingCertificate> {
  for (let tries = 0; tries < maxTries; tries += 1) {
    const found = await readSecret(options);
    const current = found && certificateIn(found);
    if (current && isGood(current, options)) return current;
    const fresh = await newCertificate(options);
    const stored = found ? replace(options, found, fresh) : create(options, fresh);
    // Refused with 409 or 404 when another replica was faster: then its certificate is read.
    if ((await unlessRefused([404, 409], stored, beaten)) !== beaten) return fresh;
  }
  throw new Error(`storing Secret ${options.namespace}/${secretName}: other replicas changed it ${maxTries} times`);
}

/** A self-signed leaf: an authority of our own would be one more key whose theft nobody notices. */
export async function newCertificate({
  hosts,
  now,
}: Pick<CertificateOptions, 'hosts' | 'now'>): Promise<ServingCertificate> {
  const made = await generate([{ name: 'commonName', value: commonName(hosts) }], {
    keyType: 'ec',
    algorithm: 'sha256',
    // A minute for clocks that differ.
    notBeforeDate: new Date(now() - 60_000),
    notAfterDate: new Date(now() + validForDays * dayMs),
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      { name: 'subjectAltName', altNames: hosts.map(alternativeName) },
    ],
  });
  return { certificatePem: made.cert, keyPem: made.private };
}

/** At most 64 characters, says X.509; clients look at the alternative names only. */
function commonName(hosts: readonly string[]): string {
  return (hosts[0] ?? 'stratos-progress').slice(0, 64);
}

function alternativeName(host: string): { type: 2; value: string } | { type: 7; ip: string } {
  return isAddress(host) ? { type: 7, ip: host } : { type: 2, value: host };
}

function isAddress(host: string): boolean {
  return /^[\d.]+$/.test(host) || host.includes(':');
}

function isGood(found: ServingCertificate, { hosts, now }: CertificateOptions): boolean {
  try {
    const certificate = new X509Certificate(found.certificatePem);
    const covers = (host: string): boolean =>
      (isAddress(host) ? certificate.checkIP(host) : certificate.checkHost(host)) !== undefined;
    const leftMs = Date.parse(certificate.validTo) - now();
    const matches = certificate.checkPrivateKey(createPrivateKey(found.keyPem));
    return matches && leftMs >= renewDays * dayMs && hosts.every(covers);
  } catch {
    return false; // somebody wrote something else into it; it is ours to mend
  }
}

function certificateIn({ data }: TlsSecret): ServingCertificate | undefined {
  const certificate = data?.['tls.crt'];
  const key = data?.['tls.key'];
  if (certificate === undefined || key === undefined) return undefined;
  return { certificatePem: fromBase64(certificate), keyPem: fromBase64(key) };
}

async function readSecret({ api, namespace }: CertificateOptions): Promise<TlsSecret | undefined> {
  const found = api.get(secrets, { namespace, name: secretName });
  return (await unlessRefused([404], found, undefined)) as TlsSecret | undefined;
}

async function create({ api, namespace }: CertificateOptions, made: ServingCertificate): Promise<unknown> {
  const metadata = { name: secretName, namespace, labels: { 'app.kubernetes.io/managed-by': 'stratos' } };
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata, type: 'kubernetes.io/tls', data: dataOf(made) };
  return await api.create(secrets, secret);
}

/** With the version that was read, so that of two replicas that renew at once the second is refused. */
async function replace(options: CertificateOptions, old: TlsSecret, made: ServingCertificate): Promise<unknown> {
  const { resourceVersion } = old.metadata;
  const body = { metadata: { resourceVersion }, data: dataOf(made) };
  return await options.api.patch(secrets, { namespace: options.namespace, name: secretName }, { type: 'merge', body });
}

function dataOf({ certificatePem, keyPem }: ServingCertificate): Record<string, string> {
  return { 'tls.crt': toBase64(certificatePem), 'tls.key': toBase64(keyPem) };
}

function fromBase64(value: string): string {
  return Buffer.from(value, 'base64').toString('utf8');
}

function toBase64(value: string): string {
  return Buffer.from(value, 'utf8').toString('base64');
}
