/** Where a server finds weights and adapters: volumes for what is mounted, names and credentials for what it fetches itself. */
import type { EnvVar, Volume, VolumeMount } from '../../api/core.ts';
import type { StudentDeployment } from '../../api/v1alpha1/student-deployment.gen.ts';
import { claimOf } from '../distillation/volumes.ts';
import type { ServableModel } from './model.ts';

export interface ModelFiles {
  /** What follows `vllm serve`, and the flags that go with it. */
  readonly args: readonly string[];
  readonly env: readonly EnvVar[];
  readonly volumes: readonly Volume[];
  readonly volumeMounts: readonly VolumeMount[];
}

const modelMount = '/mnt/model';
const credentialsMount = '/mnt/credentials';
/** Downloads and compiled kernels. */
export const cacheMount = '/var/cache/stratos';

export function modelFiles(student: StudentDeployment, model: ServableModel): ModelFiles {
  const mounts = new Mounts();
  const { image } = student.spec.model;
  const fromImage = image !== undefined && model.uri.startsWith('image://');
  if (fromImage) mounts.image(image.reference);
  const served = fromImage ? { path: `${modelMount}${image.path}`, flags: [] } : locate(model.uri, mounts, modelMount);
  const adapters = student.spec.adapters ?? [];
  const named = adapters.map(({ name, uri }, i) => `${name}=${locate(uri, mounts, `/mnt/adapters/${i}`).path}`);
  const credentials = credentialsOf(student, model.uri);
  const cacheClaim = student.spec.runtime.cacheClaimName;
  return {
    args: [
      served.path,
      ...served.flags,
      ...(named.length === 0
        ? []
        : ['--enable-lora', '--max-loras', String(Math.min(named.length, 8)), '--lora-modules', ...named]),
    ],
    env: credentials.env,
    volumes: [
      ...mounts.volumes,
      ...credentials.volumes,
      {
        name: 'cache',
        ...(cacheClaim === undefined ? { emptyDir: {} } : { persistentVolumeClaim: { claimName: cacheClaim } }),
      },
    ],
    volumeMounts: [...mounts.volumeMounts, ...credentials.volumeMounts, { name: 'cache', mountPath: cacheMount }],
  };
}

/** A claim is mounted once, whoever names it, and read-only. */
class Mounts {
  readonly volumes: Volume[] = [];
  readonly volumeMounts: VolumeMount[] = [];
  readonly #claims = new Map<string, string>();

  claim(claimName: string, wanted: string): string {
    const known = this.#claims.get(claimName);
    if (known !== undefined) return known;
    this.#claims.set(claimName, wanted);
    this.#add(wanted, { persistentVolumeClaim: { claimName, readOnly: true } });
    return wanted;
  }

  image(reference: string): void {
    this.#add(modelMount, { image: { reference, pullPolicy: 'IfNotPresent' } });
  }

  #add(mountPath: string, source: Omit<Volume, 'name'>): void {
    const name = mountPath === modelMount ? 'model' : `adapter-${mountPath.split('/').at(-1)}`;
    this.volumes.push({ name, ...source });
    this.volumeMounts.push({ name, mountPath, readOnly: true });
  }
}

interface Place {
  readonly path: string;
  readonly flags: readonly string[];
}

/** A claim is mounted; a hub's name (`hf://OWNER/NAME@REVISION`) and an object store's address are left to vLLM. */
function locate(uri: string, mounts: Mounts, wanted: string): Place {
  const claimName = claimOf(uri);
  if (claimName !== undefined) {
    return { path: `${mounts.claim(claimName, wanted)}${uri.slice(`pvc://${claimName}`.length)}`, flags: [] };
  }
  if (/^(s3|gs):/.test(uri)) return { path: uri, flags: ['--load-format', 'runai_streamer'] };
  const [path = '', revision] = uri.replace(/^hf:\/\//, '').split('@');
  return { path, flags: revision === undefined ? [] : ['--revision', revision] };
}

type Credentials = Pick<ModelFiles, 'env' | 'volumes' | 'volumeMounts'>;

const nothing: Credentials = { env: [], volumes: [], volumeMounts: [] };
const bucketKeys = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'] as const;
const optionalBucketKeys = ['AWS_SESSION_TOKEN', 'AWS_REGION', 'AWS_ENDPOINT_URL'] as const;

/** By reference, never by value: what the Secret holds does not pass through the operator. */
function credentialsOf({ spec }: StudentDeployment, uri: string): Credentials {
  const secret = spec.model.secretRef ?? (spec.adapters ?? []).find(({ secretRef }) => secretRef)?.secretRef;
  if (secret === undefined) return nothing;
  const { name } = secret;
  const variable = (key: string, optional = false): EnvVar => ({
    name: key,
    valueFrom: { secretKeyRef: { name, key, ...(optional ? { optional } : {}) } },
  });
  if (uri.startsWith('gs:')) {
    return {
      env: [{ name: 'GOOGLE_APPLICATION_CREDENTIALS', value: `${credentialsMount}/credentials.json` }],
      volumes: [{ name: 'credentials', secret: { secretName: name } }],
      volumeMounts: [{ name: 'credentials', mountPath: credentialsMount, readOnly: true }],
    };
  }
  if (!uri.startsWith('s3:')) return { ...nothing, env: [variable('HF_TOKEN')] };
  return {
    ...nothing,
    env: [...bucketKeys.map((key) => variable(key)), ...optionalBucketKeys.map((key) => variable(key, true))],
  };
}
