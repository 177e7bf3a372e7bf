import { compareText } from '../text.ts';
import type { Group } from './node-group.ts';
import { NO_LABELS } from './node-shape.ts';
import { IDENTITY_LABELS, type Labels } from './node-labels.ts';
import type { NodeObject } from './node-snapshot.ts';

/** All labels on which the nodes of a group agree. */
export function sharedLabels(group: Group): Labels {
  const present = group.members.length > 0 ? group.members : [group.sample];
  const [first = NO_LABELS, ...rest] = present.map(({ node }) => labelsOf(node));
  const shared = Object.entries(first).filter(([key, value]) => rest.every((labels) => labels[key] === value));
  return Object.fromEntries(shared.sort(([a], [b]) => compareText(a, b)));
}

/** What names a node that nothing else tells apart. */
const HOST_NAME_LABEL = 'kubernetes.io/hostname';
const SELECTOR_LABELS: readonly string[] = [...IDENTITY_LABELS, HOST_NAME_LABEL];

/**
 * The identifying labels on which all nodes of the group agree; of a single node without any, its host name. Where nodes could
 * be made, what their maker knows of them beforehand: a label that appears after the start would keep them from being made.
 */
export function selectorOf(group: Group): Labels {
  const [offer] = group.offers;
  if (offer) return offer.nodeSelector;
  const shared = sharedLabels(group);
  const identifying = IDENTITY_LABELS.filter((key) => shared[key] !== undefined);
  const keys = identifying.length > 0 ? identifying : [HOST_NAME_LABEL].filter((key) => shared[key] !== undefined);
  return { ...group.markers, ...Object.fromEntries(keys.map((key) => [key, shared[key] ?? ''])) };
}

interface Labelled {
  readonly group: Group;
  readonly labels: Labels;
}

/** The nodes that carry each identifying label with each value. */
function indexByLabel(groups: readonly Group[]): ReadonlyMap<string, readonly Labelled[]> {
  const index = new Map<string, Labelled[]>();
  const nodes = groups.flatMap((group) => group.members.map(({ node }) => ({ group, labels: labelsOf(node) })));
  for (const labelled of nodes) {
    for (const key of SELECTOR_LABELS) {
      const value = labelled.labels[key];
      if (value !== undefined) append(index, `${key}=${value}`, labelled);
    }
  }
  return index;
}

function append(index: Map<string, Labelled[]>, entry: string, labelled: Labelled): void {
  const list = index.get(entry);
  if (list) list.push(labelled);
  else index.set(entry, [labelled]);
}

function labelsOf({ metadata }: NodeObject): Labels {
  return metadata?.labels ?? NO_LABELS;
}

/** Groups whose selector also matches a node of another group. */
export function ambiguousGroups(selectors: ReadonlyMap<Group, Labels>): ReadonlySet<Group> {
  if (selectors.size < 2) return new Set();
  const labelled = indexByLabel([...selectors.keys()]);
  return new Set(
    [...selectors].filter(([group, selector]) => isAmbiguous(group, selector, labelled)).map(([group]) => group),
  );
}

/** Whether a node of another group has all labels of the selector; looked for among those that have its rarest one. */
function isAmbiguous(group: Group, selector: Labels, labelled: ReadonlyMap<string, readonly Labelled[]>): boolean {
  const entries = Object.entries(selector);
  const lists = entries.map(([key, value]) => labelled.get(`${key}=${value}`) ?? []);
  const rarest = lists.reduce<readonly Labelled[] | null>(
    (best, list) => (best === null || list.length < best.length ? list : best),
    null,
  );
  if (rarest === null) return true;
  return rarest.some(
    ({ group: other, labels }) => other !== group && entries.every(([key, value]) => labels[key] === value),
  );
}
