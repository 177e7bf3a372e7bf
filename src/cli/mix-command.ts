/** `stratos mix`: the cheapest mix of servers for a load of mixed request sizes. */
import solver from 'highs';
import { planRequest } from '../domain/distillation/plan-inputs.ts';
import { limitsOf } from '../domain/planning/limits.ts';
import { type LoadSize, mixProblem } from '../domain/planning/mix-problem.ts';
import { lpText, type Mix, type MixProblem, mixProgram, readMix } from '../domain/planning/serving-mix.ts';
import { formatCents } from '../domain/money.ts';
import { type CsvRow, parseCsv } from './csv.ts';
import { readJob } from './job-source.ts';
import { formatOf, present } from './output.ts';
import type { CommandResult } from './plan-command.ts';
import { lookFrom, type PoolSource } from './pool-source.ts';
import { profileOf } from './profile-source.ts';
import { readText } from './read-file.ts';
import { renderTable } from './table.ts';
import { factorsFor } from './taught.ts';
import { UsageError } from './usage-error.ts';

export interface MixOptions extends PoolSource {
  readonly filename?: string | undefined;
  readonly profile?: string | undefined;
  readonly loads?: string | undefined;
  /** Which student; the first when left out. */
  readonly student?: string | undefined;
  readonly output?: string | undefined;
}

/** The package's types describe its CommonJS form, where the function is one level further down. */
const loadSolver = solver as unknown as typeof solver.default;

/** Parts of each size's load that may go to different servers: Mélange's own default. */
const SLICES = 8;

/** Exits with 1 when no mix answers everything. */
export async function mixCommand(options: MixOptions): Promise<CommandResult> {
  const format = formatOf(options.output);
  if (options.filename === undefined || options.loads === undefined)
    throw new UsageError("'mix' needs --filename with a DistillationJob and --loads with request sizes");
  const job = readJob(options.filename);
  const request = planRequest(job.spec);
  const student = options.student ?? request.students[0]?.name;
  const { profile } = profileOf(job, options.profile);
  const model = profile.models.find(({ role, name }) => role === 'Student' && name === student)?.facts;
  if (!model) throw new UsageError(`nothing is known about the shape of student ${student}`);
  const sizes = parseCsv(readText(options.loads)).map(sizeOf);
  const { discovery, taught } = await lookFrom(options);
  const problem = mixProblem(discovery.pools, sizes, {
    model,
    quantization: request.quantizations?.[0] ?? 'None',
    placement: request.placement,
    limits: limitsOf(request.constraints),
    slices: SLICES,
    calibration: factorsFor(job.spec, taught),
  });
  const mix = await cheapestMix(problem);
  const value = mix && { ...mix, hourly: formatCents(mix.hourly) };
  return { text: present(format, value, () => render(mix, problem)), exitCode: mix === null ? 1 : 0 };
}

/** Null when there is none. */
export async function cheapestMix(problem: MixProblem): Promise<Mix | null> {
  const highs = await loadSolver();
  const solution = highs.solve(lpText(mixProgram(problem)));
  if (solution.Status !== 'Optimal') return null;
  return readMix(problem, (name) => solution.Columns[name]?.Primal ?? 0);
}

function sizeOf(row: CsvRow, i: number): LoadSize {
  const size = {
    inputTokens: Number(row.input_tokens),
    outputTokens: Number(row.output_tokens),
    requestsPerSecond: Number(row.requests_per_second),
  };
  if (size.inputTokens > 0 && size.outputTokens > 0 && size.requestsPerSecond >= 0) return size;
  throw new UsageError(`row ${i + 1} needs input_tokens, output_tokens and requests_per_second`);
}

function render(mix: Mix | null, { options }: MixProblem): string {
  if (mix === null) return `no mix of ${options.length} kinds of servers answers this load within the latency targets`;
  const rows = mix.replicas.map(({ option, count }) => [String(count), option]);
  return `${renderTable([{ title: 'REPLICAS', align: 'right' }, { title: 'OF' }], rows)}\n\n${formatCents(mix.hourly)} an hour`;
}
