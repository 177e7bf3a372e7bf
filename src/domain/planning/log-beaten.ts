import { splitText } from './place-text.ts';
import type { Scored, ServingPart, TrainingPart } from './objectives.ts';
import { pairName } from './pair.ts';
import type { RejectionLog } from './rejections.ts';
import { type Measure, tell } from './tell.ts';
import type { Beaten } from './tie.ts';

export function logBeatenTrainings(beaten: readonly Beaten<TrainingPart>[], log: RejectionLog): void {
  for (const { point, by } of beaten) {
    const { option, group } = point;
    if (log.countOne('Dominated', 'Training', option.pool.name)) continue;
    log.add('Dominated', { stage: 'Training', place: option.pool.name }, () => ({
      ...pairName(group.pair),
      trainingPool: option.pool.name,
      trainingGpus: option.gpus,
      message: `${describePart(by, point)} is ${tell(trainingMeasures(by, point))}`,
    }));
  }
}

export function logBeatenServings(student: string, beaten: readonly Beaten<ServingPart>[], log: RejectionLog): void {
  for (const { point, by } of beaten) {
    const { pool, gpus } = point.option;
    log.add('Dominated', { stage: 'Serving', place: pool.name }, () => ({
      student,
      servingPool: pool.name,
      servingGpus: gpus,
      message: `serving on ${by.name} instead of ${point.name} is ${tell(servingMeasures(by, point))}`,
    }));
  }
}

export function logBeatenCandidates(beaten: readonly Beaten<Scored>[], log: RejectionLog): void {
  for (const { point, by } of beaten) {
    const { training, serving, group } = point;
    log.add('Dominated', { stage: 'Candidate', place: training.pool.name }, () => ({
      ...pairName(group.pair),
      trainingPool: training.pool.name,
      trainingGpus: training.gpus,
      servingPool: serving.pool.name,
      servingGpus: serving.gpus,
      message: `${describeCandidate(by, point)} is ${tell(candidateMeasures(by, point))}`,
    }));
  }
}

/** How the first differs from the second, at the resolution of the estimators. */
export function candidateMeasures(ours: Scored, theirs: Scored): readonly Measure[] {
  const same = (k: number): boolean => ours.values[k] === theirs.values[k];
  const [mine, other] = [ours.exact, theirs.exact];
  return [
    { of: 'accuracy', ours: mine.shortfall, theirs: other.shortfall, same: same(0) },
    { of: 'latency', ours: mine.requestSeconds, theirs: other.requestSeconds, same: same(1) },
    { of: 'trainingTime', ours: mine.trainingSeconds, theirs: other.trainingSeconds, same: same(2) },
    { of: 'cost', ours: mine.cost, theirs: other.cost, same: same(3) },
  ];
}

/** Names the first by what the second does otherwise. */
export function describeCandidate(ours: Scored, theirs: Scored): string {
  const parts = [
    ...otherPair(pairName(ours.group.pair), pairName(theirs.group.pair)),
    ...otherPlace('training', placeOf(ours.training), placeOf(theirs.training)),
    ...otherPlace('serving', placeOf(ours.serving), placeOf(theirs.serving)),
  ];
  return parts.length === 0 ? 'another like it' : parts.join(', ');
}

function describePart(ours: TrainingPart, theirs: TrainingPart): string {
  const pair = otherPair(pairName(ours.group.pair), pairName(theirs.group.pair));
  return [...pair, ...otherPlace('training', placeOf(ours.option), placeOf(theirs.option))].join(', ');
}

type Names = ReturnType<typeof pairName>;

function otherPair(ours: Names, theirs: Names): readonly string[] {
  return (['student', 'teacher', 'strategy', 'method', 'loss'] as const)
    .filter((key) => ours[key] !== theirs[key])
    .map((key) => `${ours[key] ?? 'text'} instead of ${theirs[key] ?? 'text'}`);
}

function otherPlace(what: string, ours: string, theirs: string): readonly string[] {
  return ours === theirs ? [] : [`${what} on ${ours} instead of ${theirs}`];
}

/** With its copies. */
export function placeOf({ pool, gpus, ...rest }: Scored['training'] | Scored['serving']): string {
  const where = splitText({ pool, gpus, pipeline: 'pipeline' in rest ? rest.pipeline : 1 });
  const format = 'quantization' in rest && rest.quantization !== 'None' ? `${where} in ${rest.quantization}` : where;
  const copies = 'replicas' in rest ? rest.replicas : 1;
  return copies > 1 ? `${copies} times ${format}` : format;
}

function trainingMeasures(ours: TrainingPart, theirs: TrainingPart): readonly Measure[] {
  const same = (k: number): boolean => ours.values[k] === theirs.values[k];
  return [
    { of: 'accuracy', ours: ours.shortfall, theirs: theirs.shortfall, same: same(0) },
    { of: 'trainingTime', ours: ours.option.seconds, theirs: theirs.option.seconds, same: same(1) },
    { of: 'cost', ours: ours.cost, theirs: theirs.cost, same: same(2) },
  ];
}

function servingMeasures(ours: ServingPart, theirs: ServingPart): readonly Measure[] {
  const [mine, other] = [ours.option.atLoad.requestSeconds, theirs.option.atLoad.requestSeconds];
  return [
    { of: 'latency', ours: mine, theirs: other, same: ours.values[0] === theirs.values[0] },
    { of: 'cost', ours: ours.cost, theirs: theirs.cost, same: ours.values[1] === theirs.values[1] },
  ];
}
