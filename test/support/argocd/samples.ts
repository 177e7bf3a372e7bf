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
  readonly spec?: Readonly<Record<string, unknown>>;
}

interface ApplicationSet extends Manifest {
  readonly spec: { readonly generators: readonly { readonly git: object }[] };
}

/** The Application of one team, which keeps this namespace as `teams/team-a` says. */
export async function applicationOf(namespace: string, repoURL: string): Promise<object> {
  const documents = await readAll(join(folder, 'application.yaml'), repoURL);
  const application = documents.find(({ metadata }) => metadata.name === 'team-a');
  if (application === undefined) throw new Error('application.yaml has no Application for team-a');
  return {
    ...application,
    metadata: { ...application.metadata, name: namespace },
    spec: { ...application.spec, destination: { server: 'https://kubernetes.default.svc', namespace } },
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
  const from = join(folder, 'repository/teams/team-a');
  const change = { podTemplate: { env: [scriptEnv(script)] }, ...spec };
  const entries = (await readdir(from)).map(async (file) => {
    const objects = await readAll(join(from, file));
    return [`${path}/${file}`, objects.map((object) => changed(object, change))] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

function changed(object: Manifest, change: object): Manifest {
  return object.kind === 'DistillationJob' ? { ...object, spec: { ...object.spec, ...change } } : object;
}

async function readAll(file: string, repoURL = sampleAddress): Promise<Manifest[]> {
  const text = (await readFile(file, 'utf8')).replaceAll(sampleAddress, repoURL);
  return parseAllDocuments(text).map((document) => document.toJS() as Manifest);
}
