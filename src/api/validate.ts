/**
 * Checks an object the way the API server's schema does, and fills in defaults as it would: for the command line, which may
 * have no cluster, and for tests. Rules that span several fields are CEL and stay with the API server.
 */
import { Ajv, type ErrorObject, type FuncKeywordDefinition, type ValidateFunction } from 'ajv';
import type { DistillationJob } from './v1alpha1/distillation-job.gen.ts';
import type { DistillationQuota } from './v1alpha1/distillation-quota.gen.ts';
import {
  distillationJobSchema,
  distillationQuotaSchema,
  serverPoolSchema,
  studentDeploymentSchema,
} from './v1alpha1/schemas.gen.ts';
import type { ServerPool } from './v1alpha1/server-pool.gen.ts';
import type { StudentDeployment } from './v1alpha1/student-deployment.gen.ts';

/** One thing that is wrong: where, in the notation of `kubectl explain`, and what it must be instead. */
export interface FieldError {
  readonly path: string;
  readonly message: string;
}

/** The object with its defaults, or everything that is wrong with it. */
export type Validated<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly errors: readonly FieldError[] };

/** A string's form, with the words for a string that doesn't have it. */
interface Form {
  readonly pattern: string;
  readonly message: string;
}

/** Checks one value; what is wrong with it stands in `errors`. */
type Check = ReturnType<NonNullable<FuncKeywordDefinition['compile']>>;
type Item = Readonly<Record<string, unknown>>;

const ajv = new Ajv({ allErrors: true, useDefaults: true, strict: true, allowUnionTypes: true });

ajv.addKeyword({
  keyword: 'forms',
  type: 'string',
  schemaType: 'array',
  errors: true,
  compile: (forms: readonly Form[]) => {
    const compiled = forms.map(({ pattern, message }) => ({ pattern: new RegExp(pattern, 'u'), message }));
    const check: Check = (value: string) => {
      const broken = compiled.filter(({ pattern }) => !pattern.test(value));
      check.errors = broken.map(({ message }) => ({ keyword: 'forms', message, params: {} }));
      return broken.length === 0;
    };
    return check;
  },
});

ajv.addKeyword({
  keyword: 'uniqueKeys',
  type: 'array',
  schemaType: 'array',
  errors: true,
  compile: (keys: readonly string[]) => {
    const check: Check = (items: readonly Item[]) => {
      const index = firstDuplicate(keys, items);
      const message = `must not have two entries with the same ${keys.join(' and ')}`;
      check.errors = [{ keyword: 'uniqueKeys', message, params: { index } }];
      return index === -1;
    };
    return check;
  },
});

const checkDistillationJob = ajv.compile<DistillationJob>(distillationJobSchema);
const checkDistillationQuota = ajv.compile<DistillationQuota>(distillationQuotaSchema);
const checkStudentDeployment = ajv.compile<StudentDeployment>(studentDeploymentSchema);
const checkServerPool = ajv.compile<ServerPool>(serverPoolSchema);

/** Checks a DistillationJob; `object` itself is not changed. */
export function validateDistillationJob(object: unknown): Validated<DistillationJob> {
  return run(checkDistillationJob, object);
}

/** Checks a DistillationQuota; `object` itself is not changed. */
export function validateDistillationQuota(object: unknown): Validated<DistillationQuota> {
  return run(checkDistillationQuota, object);
}

/** Checks a StudentDeployment; `object` itself is not changed. */
export function validateStudentDeployment(object: unknown): Validated<StudentDeployment> {
  return run(checkStudentDeployment, object);
}

/** Checks a ServerPool; `object` itself is not changed. */
export function validateServerPool(object: unknown): Validated<ServerPool> {
  return run(checkServerPool, object);
}

function run<T>(check: ValidateFunction<T>, object: unknown): Validated<T> {
  const value: unknown = structuredClone(object);
  if (check(value)) return { ok: true, value };
  return { ok: false, errors: (check.errors ?? []).map(describe) };
}

function firstDuplicate(keys: readonly string[], items: readonly Item[]): number {
  const seen = items.map((item) => JSON.stringify(keys.map((key) => item[key])));
  return seen.findIndex((key, index) => seen.indexOf(key) < index);
}

function describe(error: ErrorObject): FieldError {
  return { path: fieldPath(error), message: words[error.keyword]?.(error.params) ?? error.message ?? 'is invalid' };
}

// The last part of the path is a parameter where the error is about a field that is missing, or about one entry of a list.
function fieldPath({ instancePath, params }: ErrorObject): string {
  const last: string | number | undefined =
    params['missingProperty'] ?? params['additionalProperty'] ?? params['index'];
  const parts = instancePath.split('/').slice(1);
  return [...parts, ...(last === undefined ? [] : [String(last)])]
    .map((part) => (/^\d+$/.test(part) ? `[${part}]` : `.${part}`))
    .join('')
    .replace(/^\./, '');
}

// Requirements in words, as the API server's rules phrase them; the other messages of ajv already are.
const words: Readonly<Record<string, (params: Record<string, unknown>) => string>> = {
  required: () => 'must be set',
  additionalProperties: () => 'must not be set: there is no such field',
  enum: ({ allowedValues }) => `must be one of ${JSON.stringify(allowedValues)}`,
  const: ({ allowedValue }) => `must be '${String(allowedValue)}'`,
  minimum: ({ limit }) => `must be greater than or equal to ${String(limit)}`,
  maximum: ({ limit }) => `must be less than or equal to ${String(limit)}`,
};
