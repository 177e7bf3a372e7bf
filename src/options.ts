/** What the operator is told at start: read once from flags and environment, validated, then never changed. */
import { hostname } from 'node:os';
import { parseArgs } from 'node:util';

export interface Options {
  /** Name of this replica in Leases and events; no other replica may have it. */
  readonly identity: string;
  /** Namespace of the Lease and of the progress server's certificate. */
  readonly namespace: string;
  /** Namespaces whose objects are reconciled; empty means all. */
  readonly watchNamespaces: readonly string[];
  readonly leaderElect: boolean;
  /** Address of `/healthz`, `/readyz` and `/metrics`. */
  readonly httpBindAddress: BindAddress;
  /** Address on which trainers report progress; port 0 picks a free one. */
  readonly progressBindAddress: BindAddress;
  /** URL under which pods reach the progress server; empty switches progress off. */
  readonly progressUrl: string;
  /** Prometheus as KEDA reaches it; empty when there is none. */
  readonly prometheusUrl: string;
  /** Seconds between two looks at the metrics of a student's replicas. */
  readonly scrapePeriodSeconds: number;
  readonly trainerImage: string;
  readonly servingImage: string;
  /** Whether the pods that serve get a NetworkPolicy. */
  readonly servingNetworkPolicy: boolean;
  /** User of the pods that train and serve; undefined leaves it to the platform. */
  readonly podUserId: number | undefined;
  /** Reconciles that may run at once, per controller. */
  readonly concurrency: number;
  readonly logLevel: LogLevel;
  /** Path of a list of ServerPools, in JSON, for an operator that may not read them in the cluster; empty for none. */
  readonly serverPoolsFile: string;
}

export interface BindAddress {
  readonly host: string;
  readonly port: number;
}

const logLevels = ['trace', 'debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof logLevels)[number];

/** A flag or variable that cannot be used; `main` prints the message and exits with 2. */
export class OptionError extends Error {
  override readonly name = 'OptionError';
}

const flags = {
  identity: { type: 'string' },
  namespace: { type: 'string' },
  'watch-namespace': { type: 'string', multiple: true },
  'leader-elect': { type: 'boolean' },
  'http-bind-address': { type: 'string' },
  'progress-bind-address': { type: 'string' },
  'progress-url': { type: 'string' },
  'prometheus-url': { type: 'string' },
  'scrape-period-seconds': { type: 'string' },
  'trainer-image': { type: 'string' },
  'serving-image': { type: 'string' },
  'serving-network-policy': { type: 'boolean' },
  'pod-user-id': { type: 'string' },
  concurrency: { type: 'string' },
  'log-level': { type: 'string' },
  'server-pools-file': { type: 'string' },
} as const;

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the options. A flag wins over its variable (`--trainer-image` over `STRATOS_TRAINER_IMAGE`), which wins over the default.
 * @throws OptionError naming the flag and what it accepts.
 */
export function parseOptions(argv: readonly string[], env: Environment): Options {
  const values = readFlags(argv);
  const text = (flag: keyof typeof flags, fallback: string): string => {
    const given = values[flag];
    return typeof given === 'string' ? given : (env[`STRATOS_${flag.toUpperCase().replaceAll('-', '_')}`] ?? fallback);
  };
  return {
    identity: text('identity', env['POD_NAME'] ?? `${hostname()}-${process.pid}`),
    namespace: text('namespace', env['POD_NAMESPACE'] ?? 'stratos-system'),
    watchNamespaces: values['watch-namespace'] ?? splitList(env['STRATOS_WATCH_NAMESPACE']),
    leaderElect: values['leader-elect'] ?? env['STRATOS_LEADER_ELECT'] !== 'false',
    httpBindAddress: bindAddress('http-bind-address', text('http-bind-address', '0.0.0.0:8080')),
    progressBindAddress: bindAddress('progress-bind-address', text('progress-bind-address', '0.0.0.0:8443')),
    progressUrl: text('progress-url', ''),
    prometheusUrl: url('prometheus-url', text('prometheus-url', '')),
    scrapePeriodSeconds: scrapePeriod(text('scrape-period-seconds', '15')),
    trainerImage: text('trainer-image', 'stratos/trainer:0.1.0'),
    servingImage: text('serving-image', 'vllm/vllm-openai:v0.22.0'),
    servingNetworkPolicy: values['serving-network-policy'] ?? env['STRATOS_SERVING_NETWORK_POLICY'] !== 'false',
    podUserId: userId(text('pod-user-id', '1000')),
    concurrency: positiveInteger('concurrency', text('concurrency', '4')),
    logLevel: oneOf('log-level', text('log-level', 'info'), logLevels),
    serverPoolsFile: text('server-pools-file', ''),
  };
}

export interface CheckOptions {
  /** Base URL of `/readyz` and `/metrics`. */
  readonly url: string;
  readonly expectLeader: boolean;
}

const checkUsage =
  'usage: check URL [--expect-leader], with a URL such as http://stratos-metrics.stratos-system.svc:8080';

/**
 * Reads what follows `check`.
 * @throws OptionError saying what it accepts.
 */
export function parseCheck(argv: readonly string[]): CheckOptions {
  const { values, positionals } = readCheck(argv);
  const [address = '', ...more] = positionals;
  if (!/^https?:/.test(address) || !URL.canParse(address) || more.length > 0) throw new OptionError(checkUsage);
  return { url: address.replace(/\/+$/, ''), expectLeader: values['expect-leader'] ?? false };
}

function readCheck(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: { 'expect-leader': { type: 'boolean' } }, allowPositionals: true });
  } catch (cause) {
    throw new OptionError(checkUsage, { cause });
  }
}

function readFlags(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: flags, allowNegative: true }).values;
  } catch (cause) {
    throw new OptionError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

function splitList(value: string | undefined): string[] {
  return (value ?? '').split(',').filter((part) => part !== '');
}

function bindAddress(flag: string, value: string): BindAddress {
  const match = /^(?<host>[^:]+|\[[^\]]+\]):(?<port>\d{1,5})$/.exec(value);
  const port = Number(match?.groups?.['port']);
  const host = match?.groups?.['host'];
  if (host === undefined || !(port <= 65535)) {
    throw new OptionError(`--${flag} must be host:port, such as 0.0.0.0:8080; got '${value}'`);
  }
  return { host: host.replace(/^\[|\]$/g, ''), port };
}

/** Longer, and what a look says would be stale before the next. */
function scrapePeriod(value: string): number {
  const seconds = Number(value);
  if (/^\d{1,2}$/.test(value) && seconds >= 1 && seconds <= 15) return seconds;
  throw new OptionError(`--scrape-period-seconds must be a whole number from 1 to 15; got '${value}'`);
}

function url(flag: string, value: string): string {
  if (value === '' || (URL.canParse(value) && /^https?:/.test(value))) return value;
  throw new OptionError(`--${flag} must be a URL such as http://prometheus.monitoring:9090; got '${value}'`);
}

function userId(value: string): number | undefined {
  if (value === '') return undefined;
  const id = Number(value);
  if (/^\d{1,10}$/.test(value) && id > 0 && id < 2 ** 31) return id;
  throw new OptionError(
    `--pod-user-id must be a user id above 0, or empty to leave it to the platform; got '${value}'`,
  );
}

function positiveInteger(flag: string, value: string): number {
  if (!/^[1-9]\d{0,3}$/.test(value))
    throw new OptionError(`--${flag} must be a whole number from 1 to 9999; got '${value}'`);
  return Number(value);
}

function oneOf<T extends string>(flag: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((item) => item === value);
  if (found === undefined) throw new OptionError(`--${flag} must be one of ${allowed.join(', ')}; got '${value}'`);
  return found;
}
