// What objects of one version of a CRD could lose, or be refused for, under the next one.

export interface Schema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly required?: readonly string[];
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly pattern?: string;
  readonly [bound: string]: unknown;
}

const upper = ['maxLength', 'maxItems', 'maximum', 'maxProperties'];
const lower = ['minLength', 'minItems', 'minimum', 'minProperties'];

/** A sentence for each field that is gone, of another type, newly required or bounded more closely. */
export function narrowings(before: Schema, now: Schema, path: string): string[] {
  if (before.type !== now.type) return [`${path} was of type ${before.type}, and is ${now.type}`];
  return [
    ...bounds(before, now, path),
    ...enumeration(before, now, path),
    ...requirements(before, now, path),
    ...fields(before, now, path),
    ...(before.items === undefined ? [] : narrowings(before.items, now.items ?? {}, `${path}[]`)),
    ...values(before, now, path),
  ];
}

function bounds(before: Schema, now: Schema, path: string): string[] {
  const tighter = (bound: string, sign: number): boolean =>
    now[bound] !== undefined &&
    (before[bound] === undefined || sign * (Number(now[bound]) - Number(before[bound])) < 0);
  const all = [...upper.filter((bound) => tighter(bound, 1)), ...lower.filter((bound) => tighter(bound, -1))];
  const pattern = now.pattern !== undefined && now.pattern !== before.pattern ? ['pattern'] : [];
  return [...all, ...pattern].map(
    (bound) => `${path}: ${bound} was ${String(before[bound])}, and is ${String(now[bound])}`,
  );
}

function enumeration(before: Schema, now: Schema, path: string): string[] {
  const gone = before.enum?.filter((value) => now.enum !== undefined && !now.enum.includes(value)) ?? [];
  return gone.map((value) => `${path} may not be ${String(value)} any more`);
}

/** What has a default is there before it is required. */
function requirements(before: Schema, now: Schema, path: string): string[] {
  const added = (now.required ?? []).filter((name) => before.required?.includes(name) !== true);
  return added
    .filter((name) => now.properties?.[name]?.default === undefined)
    .map((name) => `${path}.${name} is required now`);
}

function fields(before: Schema, now: Schema, path: string): string[] {
  return Object.entries(before.properties ?? {}).flatMap(([name, field]) => {
    const after = now.properties?.[name];
    return after === undefined ? [`${path}.${name} is gone`] : narrowings(field, after, `${path}.${name}`);
  });
}

function values(before: Schema, now: Schema, path: string): string[] {
  const { additionalProperties: then } = before;
  if (typeof then !== 'object') return [];
  const { additionalProperties: after } = now;
  return narrowings(then, typeof after === 'object' ? after : {}, `${path}{}`);
}
