import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

/** One rule of `x-kubernetes-validations`. */
export interface Rule {
  readonly rule: string;
  readonly message: string;
  readonly fieldPath?: string;
}

/** The part of a structural schema that our CRDs use. */
export interface Schema {
  readonly type?: 'object' | 'array' | 'string' | 'integer' | 'boolean';
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly format?: string;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly maxProperties?: number;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema;
  readonly required?: readonly string[];
  readonly anyOf?: readonly Schema[];
  readonly 'x-kubernetes-int-or-string'?: true;
  readonly 'x-kubernetes-list-type'?: 'atomic' | 'map' | 'set';
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly 'x-kubernetes-map-type'?: 'atomic' | 'granular';
  readonly 'x-kubernetes-validations'?: readonly Rule[];
}

/** A CRD of ours: its file, its text as written, and what the generator needs of its content. */
export interface Crd {
  readonly file: string;
  readonly text: string;
  readonly kind: string;
  readonly apiVersion: string;
  readonly schema: Schema;
}

interface Manifest {
  readonly spec: {
    readonly group: string;
    readonly names: { readonly kind: string };
    readonly versions: readonly [{ readonly name: string; readonly schema: { readonly openAPIV3Schema: Schema } }];
  };
}

/** Reads one file of `crds/`. */
export function readCrd(folder: string, file: string): Crd {
  const text = readFileSync(`${folder}/${file}`, 'utf8');
  const { spec }: Manifest = parse(text);
  const [version] = spec.versions;
  return {
    file,
    text,
    kind: spec.names.kind,
    apiVersion: `${spec.group}/${version.name}`,
    schema: version.schema.openAPIV3Schema,
  };
}

/** Whether the API server always returns the field: it is required, or it has a default. */
export function isAlwaysSet(parent: Schema, field: string): boolean {
  return (parent.required ?? []).includes(field) || parent.properties?.[field]?.default !== undefined;
}
