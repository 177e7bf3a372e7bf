import { type Crd, isAlwaysSet, type Schema } from './crd.ts';
import type { NamedType, TypeModel } from './type-model.ts';

/** The TypeScript module with the types of one kind; types of other kinds are imported from `modules`. */
export function typesModule(crd: Crd, model: TypeModel, modules: ReadonlyMap<string, string>): string {
  const own = (type: NamedType): boolean => type.kind === crd.kind;
  const body = [
    rootInterface(crd),
    ...model.types.filter(own).map((type) => interfaceText(type, model)),
    ...model.enums
      .filter(own)
      .map((type) => `${comment(type.schema, '')}export type ${type.name} = ${union(type.schema)};\n`),
  ].join('\n');
  const foreign = [...model.types, ...model.enums].filter((type) => !own(type) && usesName(body, type.name));
  return `// Generated from crds/${crd.file} by npm run generate. Do not edit.\n\n${imports(foreign, modules)}\n${body}`;
}

function imports(foreign: readonly NamedType[], modules: ReadonlyMap<string, string>): string {
  const lines = [...modules].flatMap(([kind, file]) => {
    const names = foreign.filter((type) => type.kind === kind).map((type) => type.name);
    const list = `{ ${names.sort().join(', ')} } from './${file}';\n`;
    return names.length === 0 ? [] : [`import type ${list}`, `export type ${list}`];
  });
  return ["import type { StoredMeta } from '../core.ts';\n", ...lines].join('');
}

const usesName = (text: string, name: string): boolean => new RegExp(`: .*\\b${name}\\b`).test(text);

function rootInterface(crd: Crd): string {
  return [
    `/** ${crd.schema.description} */`,
    `export interface ${crd.kind} {`,
    `  readonly apiVersion: '${crd.apiVersion}';`,
    `  readonly kind: '${crd.kind}';`,
    '  readonly metadata: StoredMeta;',
    `  readonly spec: ${crd.kind}Spec;`,
    `  readonly status?: ${crd.kind}Status;`,
    '}\n',
  ].join('\n');
}

function interfaceText(type: NamedType, model: TypeModel): string {
  const fields = Object.entries(type.schema.properties ?? {}).map(([name, schema]) => {
    const mark = isAlwaysSet(type.schema, name) ? '' : '?';
    return `${comment(schema, '  ')}  readonly ${name}${mark}: ${typeText(schema, model)};\n`;
  });
  return `${comment(type.schema, '')}export interface ${type.name} {\n${fields.join('')}}\n`;
}

function comment(schema: Schema, indent: string): string {
  return schema.description === undefined ? '' : `${indent}/** ${schema.description} */\n`;
}

function union(schema: Schema): string {
  return (schema.enum ?? []).map((value) => `'${value}'`).join(' | ');
}

/** The type of a value with this schema, as TypeScript and as the reference show it. */
export function typeText(schema: Schema, model: TypeModel): string {
  const name = model.nameOf(schema);
  if (name !== undefined) return name;
  if (schema.enum !== undefined) return union(schema);
  if (schema['x-kubernetes-int-or-string']) return 'number | string';
  return compositeText(schema, model);
}

function compositeText(schema: Schema, model: TypeModel): string {
  if (schema.items !== undefined) {
    const item = typeText(schema.items, model);
    return `readonly ${item.includes('|') ? `(${item})` : item}[]`;
  }
  if (schema.additionalProperties !== undefined) {
    return `Readonly<Record<string, ${typeText(schema.additionalProperties, model)}>>`;
  }
  return schema.type === 'integer' ? 'number' : (schema.type ?? 'unknown');
}
