/** Every candidate with its objectives and what became of it, and everything that never became one. */
import { styleText } from 'node:util';
import type { Rejection } from '../domain/planning/candidate.ts';
import type { CandidateList, ListedCandidate } from '../domain/planning/list-candidates.ts';
import { renderTable } from './table.ts';

const COLUMNS = [
  { title: '' },
  { title: 'CANDIDATE' },
  { title: 'TRAIN ON' },
  { title: 'SERVE ON' },
  { title: 'ACCURACY', align: 'right' },
  { title: 'REQUEST-S', align: 'right' },
  { title: 'TRAIN-S', align: 'right' },
  { title: 'COST', align: 'right' },
] as const;

const MARKS = { Selected: '*', Front: 'o', Dominated: '.' } as const;

export function renderCandidates({ candidates, rejected }: CandidateList): string {
  const parts = [
    renderTable(COLUMNS, candidates.map(candidateRow)),
    `* chosen   o on the front   . beaten   (${candidates.length} candidates; cost is training and 720 hours of serving)`,
  ];
  if (rejected.length > 0) parts.push(renderRejected(rejected));
  return parts.join('\n\n');
}

function candidateRow({ candidate, verdict }: ListedCandidate): readonly string[] {
  const { student, teacher, strategy, method, objectives } = candidate;
  const cells = [
    MARKS[verdict],
    `${student} < ${teacher} ${strategy.replace('Knowledge', '')} ${method}`,
    place(candidate.trainingPool, candidate.trainingGpus * candidate.trainingNodes),
    `${place(candidate.servingPool, candidate.servingGpus, candidate.servingReplicas)}${stages(candidate.servingPipeline)}`,
    (1 - objectives.shortfall).toFixed(3),
    objectives.requestSeconds.toPrecision(3),
    Math.ceil(objectives.trainingSeconds).toString(),
    objectives.cost?.toFixed(2) ?? 'unknown',
  ];
  return verdict === 'Selected' ? cells.map((cell) => styleText('green', cell)) : cells;
}

function place(pool: string, gpus: number, replicas = 1): string {
  return `${replicas > 1 ? `${replicas} times ` : ''}${pool}${gpus > 0 ? ` x${gpus}` : ''}`;
}

function stages(pipeline: number): string {
  return pipeline > 1 ? ` in ${pipeline} stages` : '';
}

function renderRejected(rejected: readonly Rejection[]): string {
  return renderTable(
    [{ title: 'NEVER A CANDIDATE' }, { title: 'AT' }, { title: 'NUMBERS' }],
    rejected.map(({ reason, stage, message }) => [reason, stage.toLowerCase(), message]),
  );
}
