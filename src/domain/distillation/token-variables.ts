/** The tokens of APIs: environment variables that Kubernetes fills from Secrets, known to the document by name alone. */
import type { EnvVar } from '../../api/core.ts';
import type { StageName } from './stage.ts';

type SecretReference = { readonly name: string; readonly key?: string };

/** Stages that ask the APIs of teachers and judges; the others are not given any token. */
const asks: Readonly<Record<StageName, boolean>> = {
  Profile: true,
  Pilot: true,
  Synthesize: true,
  Train: false,
  Evaluate: true,
  Publish: false,
};

/** Hands out one environment variable per Secret key, the same one for the same key. */
export class TokenVariables {
  readonly variables: EnvVar[] = [];
  readonly #asks: boolean;

  constructor(stage: StageName) {
    this.#asks = asks[stage];
  }

  reference(secret: SecretReference | undefined): { tokenEnv?: string } {
    if (secret === undefined || !this.#asks) return {};
    const key = secret.key ?? 'token';
    const known = this.variables.find(
      ({ valueFrom }) => valueFrom?.secretKeyRef?.name === secret.name && valueFrom.secretKeyRef.key === key,
    );
    if (known !== undefined) return { tokenEnv: known.name };
    const name = `STRATOS_TOKEN_${this.variables.length}`;
    this.variables.push({ name, valueFrom: { secretKeyRef: { name: secret.name, key } } });
    return { tokenEnv: name };
  }
}
