import { type CalibrationFactor, deviceName, factorFor } from './calibration.ts';
import { stretchOf, interruptionsOf } from './interruption.ts';
import { largestSplit } from './gpu-counts.ts';
import { scoringMemory, servingMemory, trainingMemory } from './memory.ts';
import type { ModelFacts } from './model-facts.ts';
import { type Pair, residentTeacher, scoringTeacher, teacherGenerates } from './pair.ts';
import type { Refusal } from './placement.ts';
import type { Pool } from './pool.ts';
import { gib } from './serving-option.ts';
import { servingDevice } from './serving-site.ts';
import type { Device } from './device.ts';
import type { Site } from './site.ts';
import { endpointGenerationSeconds, generationSeconds, trainingSeconds, type Workload } from './training.ts';

/** What is to be trained, whatever the pair. */
export interface TrainingWork {
  readonly workload: Workload;
  readonly sequenceLength: number;
  readonly rationale: boolean;
  /** How often the run saves itself; the best period when undefined. */
  readonly checkpointSeconds: number | undefined;
  readonly calibration: readonly CalibrationFactor[];
}

/** Whether hardware can do it, and in how long; what it costs there is another question. */
export type TrainingFit = { readonly seconds: number } | { readonly refusal: Refusal };

/**
 * Predicts pairs on sites. A pair is a teacher that answers and a student that learns, and neither's share of the time
 * depends on the other, unless the teacher scores beside the student: of 20 teachers and 20 students 40 are predicted, not 400.
 */
export class TrainingFits {
  readonly #sites: readonly Site[];
  readonly #work: TrainingWork;
  readonly #stretches: readonly number[];
  readonly #parts = new Map<string, readonly TrainingFit[]>();

  constructor(sites: readonly Site[], work: TrainingWork) {
    this.#sites = sites;
    this.#work = work;
    this.#stretches = sites.map(({ pool }) => stretchOf(interruptionsOf(pool), work.checkpointSeconds));
  }

  /** One for each site, in their order. */
  of(pair: Pair): readonly TrainingFit[] {
    const teacher = this.#part(teacherKey(pair, this.#work), (site) => fitTeacher(pair, site, this.#work));
    const student = this.#part(studentKey(pair), (site) => fitStudent(pair, site, this.#work));
    return this.#sites.map((site, i) => started(joined(student[i], teacher[i], this.#stretches[i] ?? 1), site));
  }

  #part(key: string, fit: (site: Site) => TrainingFit): readonly TrainingFit[] {
    const known = this.#parts.get(key);
    if (known) return known;
    const made = this.#sites.map(fit);
    this.#parts.set(key, made);
    return made;
  }
}

/** The teacher's answers first, then the training; interruptions stretch both. */
function joined(student: TrainingFit | undefined, teacher: TrainingFit | undefined, stretch: number): TrainingFit {
  if (!student || !teacher || 'refusal' in student) return student ?? { seconds: 0 };
  if ('refusal' in teacher) return teacher;
  return { seconds: (student.seconds + teacher.seconds) * stretch };
}

/** Nodes that have to be made come first, and nothing is lost while they do. */
function started(fit: TrainingFit, { startSeconds }: Site): TrainingFit {
  return startSeconds === 0 || 'refusal' in fit ? fit : { seconds: startSeconds + fit.seconds };
}

function teacherKey({ teacher, strategy }: Pair, { rationale }: TrainingWork): string {
  return teacherGenerates({ strategy }, rationale) ? `teacher ${teacher.option.name}` : 'no answers';
}

function studentKey(pair: Pair): string {
  const beside = residentTeacher(pair) ?? scoringTeacher(pair);
  const teacher = beside === null ? '' : pair.teacher.option.name;
  return JSON.stringify(['student', pair.student.option.name, pair.method, pair.loss, teacher]);
}

function fitStudent(pair: Pair, site: Site, work: TrainingWork): TrainingFit {
  const refusal = refuseMethod(pair, site) ?? refuseStudentMemory(pair, site, work) ?? refuseScoring(pair, site, work);
  if (refusal) return { refusal };
  const { nodes } = site;
  const device = { ...site.device, count: site.device.count * nodes };
  const { student, method, loss } = pair;
  const { workload } = work;
  const teachers = { teacher: residentTeacher(pair), scoring: scoringTeacher(pair) };
  const seconds = trainingSeconds({ student: student.facts, ...teachers, method, loss, workload, device, nodes });
  return {
    seconds:
      seconds * factorFor(work.calibration, { quantity: 'Training', device: deviceName(site.pool, site.gpus), method }),
  };
}

/** QLoRA's 4-bit weights are read on CPUs and on NVIDIA's GPUs from Turing on; PyTorch's current wheels start at Volta. */
function refuseMethod({ method }: Pair, { pool, gpus, nodes }: Site): Refusal | null {
  const quantized = method === 'QLoRA';
  if (quantized && Math.max(1, gpus) * nodes > 1)
    return { reason: 'MethodNotApplicable', message: 'QLoRA trains on one GPU: 4-bit weights cannot be cut' };
  if (gpus === 0) return null;
  const capability = pool.gpu?.facts?.computeCapability ?? null;
  if (capability === null)
    return quantized ? { reason: 'MethodNotApplicable', message: 'QLoRA needs an NVIDIA GPU' } : null;
  const least = quantized ? 7.5 : 7;
  if (capability >= least) return null;
  return { reason: 'CapabilityTooOld', message: `compute capability ${capability} is below ${least}` };
}

function refuseStudentMemory(pair: Pair, { device, nodes }: Site, { sequenceLength }: TrainingWork): Refusal | null {
  const bytes = trainingMemory({
    student: pair.student.facts,
    teacher: residentTeacher(pair),
    method: pair.method,
    sequenceLength,
    microBatch: 1,
    devices: device.count * nodes,
  });
  if (bytes <= device.memoryBytes) return null;
  return tooSmall(`training ${pair.student.option.name} by ${pair.method}`, bytes, device);
}

/** A teacher that reads the data beforehand is alone on the device by then. */
function refuseScoring(pair: Pair, { device }: Site, { sequenceLength }: TrainingWork): Refusal | null {
  const teacher = scoringTeacher(pair);
  const bytes = teacher === null ? 0 : scoringMemory(teacher, sequenceLength);
  return bytes <= device.memoryBytes ? null : tooSmall(`scoring by ${pair.teacher.option.name}`, bytes, device);
}

/** Nothing to wait for where nobody answers, and an endpoint's own pace where the teacher is one. */
function fitTeacher(pair: Pair, site: Site, { rationale, workload, calibration }: TrainingWork): TrainingFit {
  if (!teacherGenerates(pair, rationale)) return { seconds: 0 };
  const { option, facts } = pair.teacher;
  if (option.endpoint || !facts) return { seconds: endpointGenerationSeconds(workload) };
  const device = teacherDevice(site.pool, site.gpus, facts);
  const memory = servingMemory({ model: facts, device }, workload.promptTokens + workload.completionTokens);
  if (memory.maxConcurrency < 1)
    return { refusal: tooSmall(`teacher ${option.name}`, memory.neededBytes, site.device) };
  // Every node generates its own share of the rows.
  const share = { ...workload, rows: Math.ceil(workload.rows / site.nodes) };
  const kind = { quantity: 'Generation', device: deviceName(site.pool, site.gpus), method: '' } as const;
  return { seconds: generationSeconds(facts, share, device) * factorFor(calibration, kind) };
}

function tooSmall(what: string, bytes: number, device: Device): Refusal {
  return {
    reason: 'MemoryTooSmall',
    message: `${what} needs ${gib(bytes)} on each of ${device.count}, and each has ${gib(device.memoryBytes)}`,
  };
}

function teacherDevice(pool: Pool, gpus: number, teacher: ModelFacts): Device {
  return servingDevice(pool, gpus === 0 ? 0 : largestSplit(teacher, gpus));
}
