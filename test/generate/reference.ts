import type { Crd, Schema } from './crd.ts';
import type { NamedType, TypeModel } from './type-model.ts';
import { typeText } from './typescript.ts';

/** The reference page of one kind; types of other kinds are linked to `pages`. */
export function referencePage(crd: Crd, model: TypeModel, pages: ReadonlyMap<string, string>): string {
  const link = (text: string): string =>
    text.replace(/[A-Z]\w+/g, (name) => {
      const type = [...model.types, ...model.enums].find((each) => each.name === name);
      if (type === undefined) return name;
      const page = type.kind === crd.kind ? '' : (pages.get(type.kind) ?? '');
      return `[${name}](${page}#${name.toLowerCase()})`;
    });
  const own = (type: NamedType): boolean => type.kind === crd.kind;
  return (
    [
      `<!-- Generated from crds/${crd.file} by npm run generate. Do not edit. -->`,
      `# ${crd.kind}`,
      `\`${crd.apiVersion}\`. ${crd.schema.description}`,
      'A field in **bold** is required. Other clients should expect values of an enumeration that they do not know.',
      ...rules(crd.schema),
      ...model.types.filter(own).map((type) => typeSection(type, model, link)),
      ...model.enums.filter(own).map(enumSection),
      '',
    ]
      .join('\n\n')
      .trimEnd() + '\n'
  );
}

function typeSection(type: NamedType, model: TypeModel, link: (text: string) => string): string {
  const rows = Object.entries(type.schema.properties ?? {}).map(([name, schema]) => {
    const required = (type.schema.required ?? []).includes(name);
    const cells = [
      required ? `**${name}**` : name,
      link(displayType(schema, model)),
      defaultText(schema),
      bounds(schema),
    ];
    return `| ${cells.join(' | ')} | ${[schema.description ?? '', ...ruleTexts(schema)].join(' ').replaceAll('|', '\\|')} |`;
  });
  return [
    `## ${type.name}`,
    `\`${type.path}\`: ${type.schema.description ?? 'an entry of the list.'}`,
    ['| field | type | default | bounds | meaning |', '|---|---|---|---|---|', ...rows].join('\n'),
    ...rules(type.schema),
  ].join('\n\n');
}

function enumSection(type: NamedType): string {
  const values = (type.schema.enum ?? []).map((value) => `\`${value}\``).join(', ');
  return `## ${type.name}\n\n\`${type.path}\`: ${type.schema.description ?? ''}\n\nOne of ${values}.`;
}

function displayType(schema: Schema, model: TypeModel): string {
  if (schema.items !== undefined) return `list of ${displayType(schema.items, model)}`;
  if (schema.additionalProperties !== undefined) return `map of ${displayType(schema.additionalProperties, model)}`;
  if (schema.type === 'integer') return 'integer';
  if (schema.format === 'date-time') return 'time';
  return typeText(schema, model).replaceAll('|', 'or').replaceAll('number', 'integer');
}

function defaultText(schema: Schema): string {
  return schema.default === undefined ? '' : `\`${JSON.stringify(schema.default)}\``;
}

function bounds(schema: Schema): string {
  const range = (low: number | undefined, high: number | undefined, unit: string): string[] =>
    high === undefined ? [] : [`${low ?? 0} to ${high}${unit}`];
  return [
    ...range(schema.minimum, schema.maximum, ''),
    ...range(schema.minLength, schema.maxLength, ' characters'),
    ...range(schema.minItems, schema.maxItems, ' items'),
    ...range(undefined, schema.maxProperties, ' entries'),
  ].join(', ');
}

// Rules of a nested object stand in its own section; those of a string or a list have no other place than its row.
function ruleTexts(schema: Schema): string[] {
  if (schema.properties !== undefined) return immutability(schema);
  return (schema['x-kubernetes-validations'] ?? []).map(({ rule, message }) =>
    isFrozen(rule) ? 'Immutable.' : sentence(message),
  );
}

function immutability(schema: Schema): string[] {
  return (schema['x-kubernetes-validations'] ?? []).some(({ rule }) => isFrozen(rule)) ? ['Immutable.'] : [];
}

function rules(schema: Schema): string[] {
  const found = (schema['x-kubernetes-validations'] ?? []).filter(({ rule }) => !isFrozen(rule));
  if (found.length === 0) return [];
  return [
    [
      'Rules:\n',
      ...found.map(({ rule, message }) => `* ${sentence(message)}\n  \`${rule.replaceAll('\n', ' ')}\``),
    ].join('\n'),
  ];
}

const isFrozen = (rule: string): boolean => rule === 'self == oldSelf';

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
