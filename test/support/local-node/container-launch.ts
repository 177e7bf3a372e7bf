import { mkdir, writeFile } from 'node:fs/promises';
import { delimiter, dirname, isAbsolute, join } from 'node:path';
import { isStatus } from './api-client.ts';
import type { ContainerRecord } from './container-record.ts';
import type { Launch } from './container-process.ts';
import { buildEnvironment, type EnvSources, expand, referencedObjects } from './env.ts';
import { type PathMapping, rewritePaths } from './rewrite.ts';
import { accountPath, accountVariable, addressVariable, hostIP, type PodRuntime } from './runtime.ts';
import type { ConfigMap, LocalImage, Secret } from './types.ts';

/** Why a container cannot be started yet, in the words of its waiting state. */
export class NotReady extends Error {
  readonly reason: string;

  constructor(reason: string, message: string) {
    super(message);
    this.reason = reason;
  }
}

/** A container ready to be started, with what its probes and hooks need. */
export interface PreparedContainer {
  launch: Launch;
  /** Turns a command of a probe or hook into one for this machine. */
  launchFor: (command: string[]) => Launch;
}

/** Resolves everything that a container refers to; throws `NotReady` while something does not exist. */
export async function prepareContainer(
  record: ContainerRecord,
  runtime: PodRuntime,
  terminationFile: string,
): Promise<PreparedContainer> {
  const { spec } = record;
  const image = runtime.node.images.find(spec.image ?? '');
  if (!image)
    throw new NotReady(
      'ErrImagePull',
      `Failed to pull image "${spec.image}": the local node's table has no such image`,
    );
  const values = await containerEnvironment(record, runtime);
  const mappings = await runtime.volumes.mappings(spec, values);
  mappings.push({ from: spec.terminationMessagePath ?? '/dev/termination-log', to: terminationFile });
  const rewrite = async (text: string) => runtime.node.services.rewriteNames(rewritePaths(text, mappings));
  const written = await Promise.all(
    Object.entries(values).map(async ([name, value]) => [name, await rewrite(value)] as const),
  );
  const base = { ...(await baseEnvironment(runtime, spec.name)), ...accountEnvironment(mappings) };
  const env = { ...base, ...image.env, ...Object.fromEntries(written) };
  const cwd = await workingDirectory(spec.workingDir, mappings, runtime);
  const own = [...(spec.command ?? []), ...(spec.args ?? [])].map((part) => rewrite(expand(part, values)));
  const command = [...imagePart(record, image), ...(await Promise.all(own))];
  await mkdir(dirname(terminationFile), { recursive: true });
  await writeFile(terminationFile, '');
  return {
    launch: { command, env, cwd },
    launchFor: (parts) => ({ command: parts.map((part) => rewritePaths(part, mappings)), env, cwd }),
  };
}

function imagePart({ spec }: ContainerRecord, image: LocalImage): string[] {
  if (spec.command?.length) return [];
  return spec.args?.length ? image.command : [...image.command, ...(image.args ?? [])];
}

/** The facts about a pod that its containers may ask for. */
export function podFacts(runtime: Pick<PodRuntime, 'node' | 'pod' | 'address'>): Omit<EnvSources, 'objects'> {
  const pod = runtime.pod();
  const allocatable = runtime.node.allocatable(pod.spec?.nodeName ?? '');
  return { pod, podIP: runtime.address, hostIP, allocatable };
}

async function containerEnvironment({ spec }: ContainerRecord, runtime: PodRuntime): Promise<Record<string, string>> {
  const objects = new Map<string, Record<string, string>>();
  for (const name of referencedObjects(spec)) {
    const data = await fetchData(name, runtime);
    if (data) objects.set(name, data);
  }
  const result = buildEnvironment(spec, { ...podFacts(runtime), objects });
  if ('missing' in result) throw new NotReady('CreateContainerConfigError', result.missing);
  return result.env;
}

async function fetchData(reference: string, { node, pod }: PodRuntime): Promise<Record<string, string> | undefined> {
  const [kind, name] = reference.split('/');
  const path = `/api/v1/namespaces/${pod().metadata?.namespace}/${kind}s/${name}`;
  try {
    if (kind === 'configmap') return (await node.api.get<ConfigMap>(path)).data ?? {};
    const { data = {} } = await node.api.get<Secret>(path);
    return Object.fromEntries(Object.entries(data).map(([key, text]) => [key, Buffer.from(text, 'base64').toString()]));
  } catch (error) {
    if (isStatus(error, 404)) return undefined;
    throw error;
  }
}

/** What any container sees: nothing of the developer's own environment but the search path for programs. */
async function baseEnvironment(runtime: PodRuntime, container: string): Promise<Record<string, string>> {
  const home = join(runtime.directory, 'homes', container);
  const temporary = join(home, 'tmp');
  await mkdir(temporary, { recursive: true });
  const { server } = runtime.node.api;
  const standardPath = ['/usr/local/bin', '/usr/bin', '/bin'].join(delimiter);
  return {
    PATH: process.env['PATH'] ?? standardPath,
    LANG: 'C.UTF-8',
    HOME: home,
    TMPDIR: temporary,
    [addressVariable]: runtime.address,
    HOSTNAME: runtime.pod().spec?.hostname ?? runtime.pod().metadata?.name ?? '',
    KUBERNETES_SERVICE_HOST: server.hostname,
    KUBERNETES_SERVICE_PORT: server.port || '443',
  };
}

function accountEnvironment(mappings: readonly PathMapping[]): Record<string, string> {
  const place = mappings.find(({ from }) => from === accountPath)?.to;
  return place === undefined ? {} : { [accountVariable]: place };
}

async function workingDirectory(
  wanted: string | undefined,
  mappings: PathMapping[],
  runtime: PodRuntime,
): Promise<string> {
  const scratch = join(runtime.directory, 'scratch');
  await mkdir(scratch, { recursive: true });
  if (!wanted || !isAbsolute(wanted)) return scratch;
  const mapped = rewritePaths(wanted, mappings);
  if (mapped === wanted) return scratch; // a directory of the image, which does not exist here
  await mkdir(mapped, { recursive: true });
  return mapped;
}
