import type { Crd, Rule, Schema } from './crd.ts';

type Json = Record<string, unknown>;

/**
 * The JSON schema that `src/api/validate.ts` compiles. It knows the bounds, the defaults and the form of every string; rules
 * that span several fields are CEL, which only the API server evaluates.
 */
export function jsonSchema(crd: Crd): Json {
  const { spec, status } = crd.schema.properties ?? {};
  return {
    type: 'object',
    required: ['apiVersion', 'kind', 'metadata', 'spec'],
    properties: {
      apiVersion: { const: crd.apiVersion },
      kind: { const: crd.kind },
      metadata: metadataSchema(crd.schema['x-kubernetes-validations'] ?? []),
      spec: convert(spec ?? {}),
      status: convert(status ?? {}),
    },
  };
}

function metadataSchema(rules: readonly Rule[]): Json {
  const forms = rules.flatMap(({ rule, message }) => {
    const size = /^size\(self\.metadata\.name\) <= (\d+)$/.exec(rule)?.[1];
    const pattern = /^self\.metadata\.name\.matches\('(.*)'\)$/.exec(rule)?.[1];
    const form = size === undefined ? pattern : `^.{1,${size}}$`;
    return form === undefined ? [] : [{ pattern: form, message }];
  });
  return { type: 'object', required: ['name'], properties: { name: { type: 'string', forms } } };
}

function convert(schema: Schema): Json {
  return { ...keep(schema), ...containers(schema), ...forms(schema) };
}

const copied = [
  'default',
  'enum',
  'minimum',
  'maximum',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'maxProperties',
  'required',
  'pattern',
] as const;

function keep(schema: Schema): Json {
  const found = copied.filter((key) => schema[key] !== undefined).map((key) => [key, schema[key]]);
  const type = schema['x-kubernetes-int-or-string'] ? ['integer', 'string'] : schema.type;
  return { type, ...Object.fromEntries(found) };
}

function containers(schema: Schema): Json {
  const json: Json = {};
  if (schema.properties !== undefined) {
    json['properties'] = Object.fromEntries(
      Object.entries(schema.properties).map(([name, child]) => [name, convert(child)]),
    );
    json['additionalProperties'] = false;
  }
  if (schema.additionalProperties !== undefined) json['additionalProperties'] = convert(schema.additionalProperties);
  if (schema.items !== undefined) json['items'] = convert(schema.items);
  if (schema['x-kubernetes-list-type'] === 'set') json['uniqueItems'] = true;
  if (schema['x-kubernetes-list-map-keys'] !== undefined) json['uniqueKeys'] = schema['x-kubernetes-list-map-keys'];
  return json;
}

// A rule about the form of one string is a regular expression with a message, which needs no CEL.
function forms(schema: Schema): Json {
  const found = (schema['x-kubernetes-validations'] ?? []).flatMap(({ rule, message }) => {
    const pattern = rule === "!self.contains('..')" ? '^(?!.*[.][.])' : /^self\.matches\('(.*)'\)$/.exec(rule)?.[1];
    return pattern === undefined ? [] : [{ pattern, message }];
  });
  return found.length === 0 ? {} : { forms: found };
}
