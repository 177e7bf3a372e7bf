import assert from 'node:assert/strict';
import { shippedCatalogue } from '../../../../src/data/catalogue.ts';
import { gpuDevice } from '../../../../src/domain/planning/device.ts';
import { scoringMemory, servingMemory, trainingMemory } from '../../../../src/domain/planning/memory.ts';
import { countParameters, kvBytesPerToken } from '../../../../src/domain/planning/parameters.ts';
import { lowerBoundSeconds, offlineBatchSeconds } from '../../../../src/domain/planning/serving.ts';
import { trainingFlopsPerToken, trainingSeconds } from '../../../../src/domain/planning/training.ts';
import { generatedData } from '../../../generate/data.ts';
import {
  absoluteErrors,
  batchRows,
  estimates,
  hasMeasurements,
  mean,
  quantile,
  servingRows,
  trainingRows,
  WHY_SKIPPED,
} from '../../../bench/planner/measured.ts';
import type { MeasuredValue } from '../../../../src/cli/measured-rows.ts';
import { LOGIT_BYTES, LOGITS_AT_ONCE, VLLM_2024_GPU } from '../../../../src/domain/planning/constants.ts';
import { trainingRates } from '../../../bench/planner/training-rates.ts';
import { facts } from './builders.ts';
import { readFileSync } from 'node:fs';

const GIB = 1024 ** 3;

function gpu(product: string) {
  const found = shippedCatalogue.gpus.find((entry) => entry.product === product);
  assert.ok(found, product);
  return found;
}

describe('the shipped facts', () => {
  it('are what the CSV files say', () => {
    for (const [name, text] of generatedData()) {
      assert.equal(
        readFileSync(new URL(`../../../../src/data/${name}`, import.meta.url), 'utf8'),
        text,
        `${name} is stale: node test/generate/data.ts`,
      );
    }
  });

  it('keep a source with every row', () => {
    for (const row of [...shippedCatalogue.gpus, ...shippedCatalogue.prices, ...shippedCatalogue.models])
      assert.notEqual(row.source, '');
  });
});

describe('parameters from an architecture', () => {
  for (const { id, facts: model } of shippedCatalogue.models) {
    it(`of ${id} are within 0.2 % of its size`, () => {
      const error = Math.abs(countParameters(model) - model.parameters) / model.parameters;
      assert.ok(error <= 0.002, `${(error * 100).toFixed(2)} %`);
    });
  }
});

const kvBytes: Record<string, number> = {
  'Qwen/Qwen2.5-7B-Instruct': 57_344,
  'Qwen/Qwen3-8B': 147_456,
  'meta-llama/Llama-2-7b-hf': 524_288,
};

describe('memory', () => {
  for (const [id, want] of Object.entries(kvBytes)) {
    it(`of one token of ${id} in the cache is ${want} bytes`, () => assert.equal(kvBytesPerToken(facts(id)), want));
  }

  it('serves a 7B model on 24 GiB and not on 16', () => {
    const model = facts('Qwen/Qwen2.5-7B-Instruct');
    assert.ok(servingMemory({ model, device: gpuDevice(gpu('L4'), 1) }, 2_048).maxConcurrency > 0);
    assert.equal(servingMemory({ model, device: gpuDevice(gpu('T4'), 1) }, 2_048).maxConcurrency, 0);
  });

  it('serves a 70B model on four 80 GiB GPUs and not on one', () => {
    const model = facts('meta-llama/Llama-3.3-70B-Instruct');
    assert.ok(servingMemory({ model, device: gpuDevice(gpu('H100-SXM'), 4) }, 2_048).maxConcurrency > 0);
    assert.equal(servingMemory({ model, device: gpuDevice(gpu('H100-SXM'), 1) }, 2_048).maxConcurrency, 0);
  });

  const shape = {
    student: facts('Qwen/Qwen2.5-0.5B-Instruct'),
    teacher: null,
    sequenceLength: 4_096,
    microBatch: 4,
    devices: 1,
  } as const;

  it('counts the logits that exist at once, student and teacher: not 25 GB for 4 x 4,096 tokens of 151,936', () => {
    const alone = trainingMemory({ ...shape, method: 'Full' });
    const teacher = { ...shape.student, parameters: 1 };
    const both = trainingMemory({ ...shape, method: 'Full', teacher });
    assert.ok(Math.abs(both - alone - LOGITS_AT_ONCE * LOGIT_BYTES) < 0.01 * LOGITS_AT_ONCE * LOGIT_BYTES);
    const longer = trainingMemory({ ...shape, method: 'Full', sequenceLength: 2 * shape.sequenceLength });
    const activations = 4 * 4_096 * shape.student.hiddenSize * (2 * shape.student.layers + 34);
    assert.equal(longer - alone, activations);
  });

  it('of a teacher that scores beforehand is its weights, whole on each device', () => {
    const teacher = facts('Qwen/Qwen3-8B');
    const needed = scoringMemory(teacher, 4_096);
    assert.ok(needed > 2 * teacher.parameters && needed < 2 * teacher.parameters + 4 * GIB);
  });

  it('makes as many logits at once as the trainer does', () => {
    const source = readFileSync(
      new URL('../../../../trainer-image/src/stratos_trainer/heads.py', import.meta.url),
      'utf8',
    );
    assert.equal(2 ** Number(/^LOGITS_AT_ONCE = 2\*\*(\d+)$/m.exec(source)?.[1]), LOGITS_AT_ONCE);
  });

  it('orders the methods: full, LoRA, QLoRA', () => {
    const [full = 0, lora = 0, qlora = 0] = (['Full', 'LoRA', 'QLoRA'] as const).map((method) =>
      trainingMemory({ ...shape, student: facts('Qwen/Qwen3-8B'), method }),
    );
    assert.ok(full > lora && lora > qlora);
  });

  it('of full training is 16 bytes a parameter, shared over the GPUs', () => {
    const student = facts('Qwen/Qwen3-8B');
    const one = trainingMemory({ ...shape, student, method: 'Full', sequenceLength: 1, microBatch: 1 });
    const eight = trainingMemory({ ...shape, student, method: 'Full', sequenceLength: 1, microBatch: 1, devices: 8 });
    assert.ok(Math.abs(one - eight - (student.parameters * 16 * 7) / 8) < GIB / 100);
  });
});

describe('training', () => {
  it('costs 6 FLOP a parameter and token in full and 4 with adapters', () => {
    const student = facts('meta-llama/Llama-3.2-3B-Instruct');
    const full = trainingFlopsPerToken(student, 'Full', 1);
    assert.ok(Math.abs(full / (6 * student.parameters) - 1) < 0.01);
    assert.ok(Math.abs(trainingFlopsPerToken(student, 'LoRA', 1) / full - 4 / 6) < 1e-9);
  });

  it('asks a teacher whose likeliest tokens are kept once, and one beside the student in every epoch', () => {
    const [teacher, student] = [facts('Qwen/Qwen3-8B'), facts('Qwen/Qwen2.5-0.5B-Instruct')];
    const workload = { rows: 10_000, epochs: 3, batchSize: 64, maxSteps: 0, promptTokens: 512, completionTokens: 512 };
    const run = {
      student,
      method: 'Full',
      loss: 'Logits',
      workload,
      device: gpuDevice(gpu('H100-SXM'), 1),
      nodes: 1,
    } as const;
    const alone = trainingSeconds({ ...run, teacher: null, scoring: null });
    const kept = trainingSeconds({ ...run, teacher: null, scoring: teacher }) - alone;
    const beside = trainingSeconds({ ...run, teacher, scoring: null }) - alone;
    assert.ok(kept > 0 && Math.abs(beside / kept - 3) < 0.02);
  });
});

describe('serving', () => {
  const served = { model: facts('Qwen/Qwen3-8B'), device: gpuDevice(gpu('H100-SXM'), 1) };
  const load = { inputTokens: 1_024, outputTokens: 128, concurrency: 16 };

  it('is never predicted faster than physics allows', () =>
    assert.ok(offlineBatchSeconds(served, load, 256) > lowerBoundSeconds(served, load)));
  it('queues what the cache does not hold', () =>
    assert.ok(offlineBatchSeconds(served, load, 4) > offlineBatchSeconds(served, load, 16)));
});

describe('estimators with shipped constants, against measurements they were not fitted to,', () => {
  before(function skipWithoutMeasurements() {
    if (hasMeasurements()) return;
    console.log(`      skipped: ${WHY_SKIPPED}`);
    this.skip();
  });

  const served = (quantity: MeasuredValue['quantity']) =>
    absoluteErrors(estimates(servingRows()).filter((value) => value.quantity === quantity));

  it('predict the latency of vLLM batches within 16 % on average', () => {
    const errors = absoluteErrors(estimates(batchRows()));
    assert.ok(errors.length > 200);
    assert.ok(mean(errors) <= 0.16, `${mean(errors)}`);
  });

  it('predict them within 10 % with the constants published for that engine', () => {
    const errors = absoluteErrors(estimates(batchRows(), VLLM_2024_GPU));
    assert.ok(mean(errors) <= 0.1, `${mean(errors)}`);
  });

  it('predict the inter-token latency of dense models within 10 % in the median', () => {
    const errors = served('inter-token latency');
    assert.ok(errors.length > 100);
    assert.ok(quantile(errors, 0.5) <= 0.1, `${quantile(errors, 0.5)}`);
  });

  it('predict the time to first token within 25 % on average, and four of five rows within the published band', () => {
    const errors = served('time to first token');
    assert.ok(mean(errors) <= 0.25);
    assert.ok(errors.filter((error) => error <= 0.35).length >= 0.8 * errors.length);
  });

  it('predict the throughput of training within 20 % on average', () => {
    const rates = trainingRates(trainingRows());
    assert.ok(rates.length >= 8);
    assert.ok(mean(absoluteErrors(rates)) <= 0.2, `${mean(absoluteErrors(rates))}`);
  });

  it('pick hardware for a workload at a regret of at most 3 % GPU-seconds', () => {
    const regrets = [...Map.groupBy(estimates(batchRows()), workloadOf).values()]
      .filter((rows) => rows.length > 1)
      .map(regretOf);
    assert.ok(regrets.length > 10);
    assert.ok(mean(regrets) <= 0.03, `${mean(regrets)}`);
  });
});

/** The same requests, whatever they ran on. */
function workloadOf({ model, load }: MeasuredValue): string {
  return JSON.stringify([model, load]);
}

/** By how much the predicted best costs more than the measured best. */
function regretOf(rows: readonly MeasuredValue[]): number {
  const chosen = rows.toSorted((a, b) => a.devices * a.predicted - b.devices * b.predicted)[0];
  const best = Math.min(...rows.map(({ devices, measured }) => devices * measured));
  return (chosen ? chosen.devices * chosen.measured : Infinity) / best - 1;
}
