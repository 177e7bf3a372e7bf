/** Published training throughput beside ours: packed sequences of 2,048 tokens, two to a batch. */
import { shippedCatalogue } from '../../../src/data/catalogue.ts';
import { gpuDevice } from '../../../src/domain/planning/device.ts';
import type { Method } from '../../../src/domain/planning/request.ts';
import { trainingSeconds } from '../../../src/domain/planning/training.ts';
import type { CsvRow } from '../../../src/cli/csv.ts';

export interface TrainingRate {
  readonly what: string;
  readonly measured: number;
  readonly predicted: number;
}

/** What is no plain run on the GPU's own memory, or pads its rows: neither is what we predict. */
const NOT_COMPARABLE = /baseline|offload/;

const SEQUENCE = 2048;
const STEPS = 100;

export function trainingRates(rows: readonly CsvRow[]): readonly TrainingRate[] {
  return rows.filter(({ method = '' }) => !NOT_COMPARABLE.test(method)).flatMap(rateOf);
}

function rateOf(row: CsvRow): readonly TrainingRate[] {
  const { model = '', method = '', hardware = '' } = row;
  const [count = '1', product = ''] = hardware.split('x ');
  const gpu = shippedCatalogue.gpus.find((entry) => entry.product === (product === 'A100' ? 'A100-80GB' : product));
  // The 70B of 3.1 has the shape of the 70B of 3.3.
  const student = shippedCatalogue.models.find(({ id }) => id.includes(model.replace('3.1-70B', '3.3-70B')));
  if (!gpu || !student) return [];
  const seconds = trainingSeconds({
    student: student.facts,
    teacher: null,
    scoring: null,
    method: methodOf(method),
    loss: 'SequenceLevel',
    workload: { rows: 2 * STEPS, epochs: 1, batchSize: 2, maxSteps: 0, promptTokens: SEQUENCE, completionTokens: 0 },
    device: gpuDevice(gpu, Number(count)),
    nodes: 1,
  });
  const predicted = (2 * STEPS * SEQUENCE) / seconds;
  return [{ what: `${model} ${method} on ${hardware}`, measured: Number(row.tokens_per_s), predicted }];
}

function methodOf(text: string): Method {
  if (/qlora/i.test(text)) return 'QLoRA';
  return /lora/i.test(text) ? 'LoRA' : 'Full';
}
