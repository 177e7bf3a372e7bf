import {
  distillationJobConditions,
  distillationQuotaConditions,
  serverPoolConditions,
  studentDeploymentConditions,
} from '../../src/api/conditions.ts';

type Meanings = Readonly<
  Record<string, { readonly meaning: string; readonly reasons: Readonly<Record<string, string>> }>
>;

/** The page that explains every condition type and reason. */
export function conditionPage(): string {
  return [
    '<!-- Generated from src/api/conditions.ts by npm run generate. Do not edit. -->',
    '# Conditions',
    "A condition is True, False or Unknown, and its reason says why in one word. Reasons of a pod, of a stage's error and of " +
      'other controllers are passed on as they are, so a reader must expect words that are not listed here.',
    ...sections('DistillationJob', distillationJobConditions),
    ...sections('StudentDeployment', studentDeploymentConditions),
    ...sections('DistillationQuota', distillationQuotaConditions),
    ...sections('ServerPool', serverPoolConditions),
    '',
  ]
    .join('\n\n')
    .trimEnd()
    .concat('\n');
}

function sections(kind: string, conditions: Meanings): string[] {
  const parts = Object.entries(conditions).map(([type, { meaning, reasons }]) => {
    const rows = Object.entries(reasons).map(([reason, sentence]) => `| ${reason} | ${sentence} |`);
    return [`### ${type}`, '', meaning, '', '| reason | meaning |', '|---|---|', ...rows].join('\n');
  });
  return [`## ${kind}`, ...parts];
}
