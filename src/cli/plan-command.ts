/** `stratos plan`: what the operator would choose, with a cluster or without, and without starting anything. */
import { writeFileSync } from 'node:fs';
import { styleText } from 'node:util';
import { planRequest } from '../domain/distillation/plan-inputs.ts';
import { type CalibrationFactor, isOfServing } from '../domain/planning/calibration.ts';
import type { EngineName } from '../domain/planning/constants.ts';
import { type CandidateList, listCandidates } from '../domain/planning/list-candidates.ts';
import { makePlan, type PlanResult } from '../domain/planning/plan.ts';
import { planStatus } from '../domain/planning/plan-status.ts';
import type { PlanInputs } from '../domain/planning/request.ts';
import { renderCandidates } from './candidates-view.ts';
import { chartOf, readAxes } from './chart.ts';
import { engineNamed } from './engine-name.ts';
import { svgChart } from './front-svg.ts';
import { plotChart } from './front-plot.ts';
import { readJob } from './job-source.ts';
import { formatOf, present } from './output.ts';
import { renderPlanStatus } from './plan-view.ts';
import { lookFrom, type PoolSource } from './pool-source.ts';
import { profileOf } from './profile-source.ts';
import { calibrationNote, factorsFor } from './taught.ts';
import { UsageError } from './usage-error.ts';

export interface PlanOptions extends PoolSource {
  readonly filename?: string | undefined;
  readonly profile?: string | undefined;
  readonly output?: string | undefined;
  readonly all?: boolean | undefined;
  readonly svg?: string | undefined;
  readonly axes?: string | undefined;
  /** The name of a set of constants; the default when left out. */
  readonly constants?: string | undefined;
}

export interface CommandResult {
  readonly text: string;
  readonly exitCode: number;
}

/** Exits with 1 when nothing fits. @param today RFC 3339 date. */
export async function planCommand(options: PlanOptions, today: string): Promise<CommandResult> {
  const format = formatOf(options.output);
  const axes = readAxes(options.axes ?? 'cost,latency');
  if (options.filename === undefined) throw new UsageError("'plan' needs --filename with a DistillationJob");
  const job = readJob(options.filename);
  const { profile, notes } = profileOf(job, options.profile);
  const { discovery, taught } = await lookFrom(options);
  const engine = engineNamed(options.constants);
  const request = { ...planRequest(job.spec), ...(engine === undefined ? {} : { engine }) };
  const { pools } = discovery;
  const calibration = calibrationUnder(engine, factorsFor(job.spec, taught));
  const inputs: PlanInputs = { request, profile, pools, calibration, today };
  const plan = makePlan(inputs);
  const list = listed(inputs, plan, options.all ?? false);
  const chart = chartOf(list.candidates, axes);
  if (options.svg !== undefined) writeFileSync(options.svg, svgChart(chart, `plan ${plan.id} of ${job.metadata.name}`));
  const value = { ...plan, calibration, ...(options.all ? list : {}) };
  const text = present(format, value, () =>
    [
      renderResult({ ...plan, notes: [...notes, calibrationNote(calibration, taught), ...plan.notes] }),
      ...(list.candidates.length > 1 ? [plotChart(chart)] : []),
      ...(options.all ? [renderCandidates(list)] : []),
    ].join('\n\n'),
  );
  return { text, exitCode: plan.selected === null ? 1 : 0 };
}

/** What was measured beside one set of constants says nothing of another. */
function calibrationUnder(
  engine: EngineName | undefined,
  factors: readonly CalibrationFactor[],
): readonly CalibrationFactor[] {
  return engine === undefined || engine === 'default'
    ? factors
    : factors.filter(({ quantity }) => !isOfServing(quantity));
}

/** The front alone, unless everything is asked for. */
function listed(inputs: PlanInputs, plan: PlanResult, all: boolean): CandidateList {
  if (all) return listCandidates(inputs, plan);
  const candidates = plan.front.map((candidate) => ({
    candidate,
    verdict: candidate.name === plan.selected?.name ? ('Selected' as const) : ('Front' as const),
  }));
  return { candidates, rejected: [] };
}

function renderResult(plan: PlanResult): string {
  const why = plan.blocker?.message ?? plan.explanation;
  const notes = plan.notes.map((note) => `  - ${note}`);
  return [
    renderPlanStatus(planStatus(plan), why),
    ...(notes.length > 0 ? [[styleText('bold', 'notes'), ...notes].join('\n')] : []),
  ].join('\n\n');
}
