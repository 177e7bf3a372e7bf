// The samples of manifests/argocd, for repositories and namespaces of tests: only addresses, names and what the stand-ins
// are told differ from what people copy.
import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { type Script, scriptEnv } from '../stage-image/behaviour.ts';
import { pollSeconds } from './processes.ts';

const folder = resolve(import.meta.dirname, '../../../manifests/argocd');
const sampleAddress = 'https://github.com/example/models';

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec?: Readonly<Record<string, object>>;
}

interface ApplicationSet extends Manifest {
  readonly spec: { readonly generators: readonly { readonly git: object }[] };
}

interface Whereabouts {
  readonly name: string;
  /** Of what it keeps; none for kinds that have none. */
  readonly namespace?: string;
  readonly repoURL: string;
}

/** One of application.yaml, under another name. */
export async function applicationOf(
  sample: 'pools' | 'team-a',
  { name, namespace, repoURL }: Whereabouts,
): Promise<object> {
  const documents = await readAll(join(folder, 'application.yaml'), repoURL);
  const application = documents.find(({ metadata }) => metadata.name === sample);
  if (application === undefined) throw new Error(`application.yaml has no Application ${sample}`);
  const destination = { ...application.spec?.['destination'], ...(namespace === undefined ? {} : { namespace }) };
  return {
    ...application,
    metadata: { ...application.metadata, name },
    spec: { ...application.spec, destination },
  };
}

/** With each folder's Application called `models-FOLDER`. */
export async function applicationSetOf(repoURL: string): Promise<object> {
  const text = await readFile(join(folder, 'applicationset.yaml'), 'utf8');
  const set = parse(text.replaceAll(sampleAddress, repoURL)) as ApplicationSet;
  const generators = set.spec.generators.map(({ git }) => ({ git: { ...git, requeueAfterSeconds: pollSeconds } }));
  return { ...set, spec: { ...set.spec, generators } };
}

/** The sample repository's folder of a team, at another path; what is said of its job is added to the job's spec. */
export async function aTeamFolder(
  path: string,
  { script, ...spec }: { readonly script: Script; readonly suspend?: boolean },
): Promise<Record<string, readonly Manifest[]>> {
  const change = { podTemplate: { env: [scriptEnv(script)] }, ...spec };
  const files = Object.entries(await repositoryFolder('teams/team-a'));
  return Object.fromEntries(
    files.map(([file, objects]) => [
      file.replace('teams/team-a', path),
      objects.map((object) => (object.kind === 'DistillationJob' ? changed(object, change) : object)),
    ]),
  );
}

/** Of the sample repository, as it is: objects by path. */
export async function repositoryFolder(path: string): Promise<Record<string, readonly Manifest[]>> {
  const files = (await readdir(join(folder, 'repository', path))).map((file) => `${path}/${file}`);
  const entries = files.map(async (file) => [file, await readAll(join(folder, 'repository', file))] as const);
  return Object.fromEntries(await Promise.all(entries));
}

function changed(object: Manifest, change: object): Manifest {
  return { ...object, spec: { ...object.spec, ...change } };
}

async function readAll(file: string, repoURL = sampleAddress): Promise<Manifest[]> {
  const text = (await readFile(file, 'utf8')).replaceAll(sampleAddress, repoURL);
  return parseAllDocuments(text).map((document) => document.toJS() as Manifest);
}
