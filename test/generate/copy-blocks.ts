import { isMap, isScalar, type Pair, parseDocument, type Node } from 'yaml';

// Some schemas stand in several places (a StudentDeployment's spec is also a job's template), and OpenAPI in a CRD has no
// references. The places that follow another one are marked in the YAML, and this file refills them from their source:
//
//   # copied from studentdeployments.yaml: spec without model
//   ...
//   # end of copy
//
// A description or a default belongs to the place and not to the schema, so the outermost ones are not copied.

const BLOCK = /^( *)# copied from (\S+): (\S+)(?: without (\S+))?\n(?:.*\n)*?\1# end of copy\n/gm;

/** Fills every marked block of `text` from `sources`, which are CRD texts by file name. */
export function fillCopies(text: string, sources: ReadonlyMap<string, string>): string {
  return text.replace(BLOCK, (...match) => {
    const [, indent = '', file = '', path = '', without]: (string | undefined)[] = match;
    const source = sources.get(file);
    if (source === undefined) throw new Error(`copying ${path}: no file ${file} in crds/`);
    const suffix = without === undefined ? '' : ` without ${without}`;
    const body = schemaLines(source, path, without).map((line) => `${indent}${line}\n`);
    return `${indent}# copied from ${file}: ${path}${suffix}\n${body.join('')}${indent}# end of copy\n`;
  });
}

function schemaLines(text: string, path: string, without: string | undefined): string[] {
  const root = ['spec', 'versions', 0, 'schema', 'openAPIV3Schema'];
  const keys = path.split('.').flatMap((name) => {
    const field = name.replace(/\[\]$/, '');
    return name.endsWith('[]') ? ['properties', field, 'items'] : ['properties', field];
  });
  const map = parseDocument(text).getIn([...root, ...keys], true);
  if (!isMap<Node, Node>(map)) throw new Error(`copying ${path}: no such schema`);
  return map.items.flatMap((pair) => pairLines(text, pair, without));
}

function pairLines(text: string, pair: Pair<Node, Node>, without: string | undefined): string[] {
  const key = isScalar(pair.key) ? String(pair.key.value) : '';
  if (key === 'description' || key === 'default') return [];
  if (key === 'required' && without !== undefined) return [];
  const lines = linesOf(text, pair);
  if (key !== 'properties' || without === undefined || !isMap<Node, Node>(pair.value)) return lines;
  const kept = pair.value.items.filter((child) => !isScalar(child.key) || child.key.value !== without);
  return ['properties:', ...kept.flatMap((child) => linesOf(text, child).map((line) => `  ${line}`))];
}

function linesOf(text: string, pair: Pair<Node, Node>): string[] {
  const start = pair.key.range?.[0] ?? 0;
  const end = pair.value?.range?.[1] ?? start;
  const column = start - (text.lastIndexOf('\n', start - 1) + 1);
  const [first = '', ...rest] = text.slice(start, end).trimEnd().split('\n');
  return [first, ...rest.map((line) => line.slice(column))].filter(
    (line) => !/^ *# (copied from|end of copy)/.test(line),
  );
}
