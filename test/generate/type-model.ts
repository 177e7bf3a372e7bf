import { type Crd, isAlwaysSet, type Schema } from './crd.ts';
import { enumNames, typeNames } from './type-names.ts';

/** An object schema with a name: one interface of the generated types, one section of the reference. */
export interface NamedType {
  readonly name: string;
  readonly kind: string;
  readonly path: string;
  readonly schema: Schema;
}

/** Every named type of all CRDs, each schema once, and the lookup from a schema to its name. */
export interface TypeModel {
  readonly types: readonly NamedType[];
  readonly enums: readonly NamedType[];
  nameOf(schema: Schema): string | undefined;
}

/** Names the objects and enumerations of `crds`, in document order. Equal schemas share the name of the first one. */
export function buildTypeModel(crds: readonly Crd[]): TypeModel {
  const byShape = new Map<string, NamedType>();
  for (const crd of crds) {
    for (const field of ['spec', 'status']) {
      visit(crd.schema.properties?.[field] ?? {}, field, (schema, path) => collect(byShape, { crd, schema, path }));
    }
  }
  const all = [...byShape.values()];
  return {
    types: all.filter((type) => type.schema.properties !== undefined),
    enums: all.filter((type) => type.schema.enum !== undefined),
    nameOf: (schema) => byShape.get(shapeOf(schema))?.name,
  };
}

function collect(byShape: Map<string, NamedType>, at: { crd: Crd; schema: Schema; path: string }): void {
  const { kind } = at.crd;
  const shape = shapeOf(at.schema);
  const name = nameFor(`${kind} ${at.path}`, at.schema);
  if (name === undefined || byShape.has(shape)) return;
  if ([...byShape.values()].some((type) => type.name === name)) {
    throw new Error(`naming ${kind} ${at.path}: ${name} is taken, give it a name of its own in type-names.ts`);
  }
  byShape.set(shape, { name, kind, path: at.path, schema: at.schema });
}

function nameFor(key: string, schema: Schema): string | undefined {
  if (schema.enum !== undefined) return enumNames[key];
  if (schema.properties === undefined) return undefined;
  const last = key.replace(/\[\]$/, '').split(/[ .]/).at(-1) ?? key;
  return typeNames[key] ?? last.charAt(0).toUpperCase() + last.slice(1);
}

function visit(schema: Schema, path: string, see: (schema: Schema, path: string) => void): void {
  see(schema, path);
  for (const [field, child] of Object.entries(schema.properties ?? {})) visit(child, `${path}.${field}`, see);
  if (schema.items !== undefined) visit(schema.items, `${path}[]`, see);
}

/** What makes two schemas the same type: everything but the words, the default and the rules of the place itself. */
function shapeOf(schema: Schema): string {
  if (schema.enum !== undefined) return `enum ${schema.enum.join()}`;
  const fields = Object.entries(schema.properties ?? {}).map(([name, child]) => {
    const presence = isAlwaysSet(schema, name) ? '' : '?';
    return `${name}${presence}:${shapeOf(child)}`;
  });
  if (schema.properties !== undefined) return `{${fields.join()}}`;
  if (schema.items !== undefined) return `[${shapeOf(schema.items)}]`;
  return `${schema.type ?? 'int-or-string'} ${schema.pattern ?? ''} ${schema.maxLength ?? ''}`;
}
