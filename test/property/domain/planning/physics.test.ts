import assert from 'node:assert/strict';
import fc from 'fast-check';
import { shippedCatalogue } from '../../../../src/data/catalogue.ts';
import { type Device, gpuDevice } from '../../../../src/domain/planning/device.ts';
import { servingMemory, trainingMemory } from '../../../../src/domain/planning/memory.ts';
import type { ModelFacts } from '../../../../src/domain/planning/model-facts.ts';
import { lowerBoundSeconds, offlineBatchSeconds, servingEstimate } from '../../../../src/domain/planning/serving.ts';
import { trainingSeconds } from '../../../../src/domain/planning/training.ts';
import { facts } from '../../../unit/domain/planning/builders.ts';

/** What the catalogue does not have: latent attention, many experts, a large vocabulary, long contexts. */
const deepSeek: ModelFacts = {
  ...facts('Qwen/Qwen3-32B'),
  parameters: 671e9,
  layers: 61,
  hiddenSize: 7168,
  heads: 128,
  kvHeads: 128,
  headSize: 128,
  intermediateSize: 2048,
  vocabularySize: 129_280,
  tiedEmbeddings: false,
  maxPositions: 163_840,
  architecture: 'DeepseekV3ForCausalLM',
  experts: 256,
  expertsPerToken: 8,
  latentSize: 576,
};
const MODELS = [...shippedCatalogue.models.map((model) => model.facts), deepSeek];

const gpu = fc.constantFrom(...shippedCatalogue.gpus);
const model = fc.constantFrom(...MODELS);
const device = fc.record({ gpu, count: fc.constantFrom(1, 2, 4, 8) }).map((x): Device => gpuDevice(x.gpu, x.count));
const load = fc.record({
  inputTokens: fc.integer({ min: 1, max: 100_000 }),
  outputTokens: fc.integer({ min: 1, max: 4_000 }),
  concurrency: fc.integer({ min: 1, max: 200 }),
});
const more = fc.double({ min: 1, max: 8, noNaN: true });

/** Floats add up differently in another order. */
const atMost = (left: number, right: number): void => assert.ok(left <= right * (1 + 1e-9), `${left} > ${right}`);

describe('predictions, for any GPU, model and load,', () => {
  it('are positive and finite', () => {
    fc.assert(
      fc.property(device, model, load, (on, of, under) => {
        const {
          timeToFirstTokenSeconds: first,
          interTokenSeconds: inter,
          requestsPerSecond,
        } = servingEstimate({ model: of, device: on }, under);
        for (const value of [first, inter, requestsPerSecond]) assert.ok(value > 0 && value < Infinity, String(value));
      }),
    );
  });

  it('are never slower with more bandwidth, more FLOP/s or a faster link', () => {
    fc.assert(
      fc.property(device, model, load, more, (on, of, under, factor) => {
        const seconds = (changes: Partial<Device>) => {
          const served = { model: of, device: { ...on, ...changes } };
          const { interTokenSeconds, requestSeconds } = servingEstimate(served, under);
          return [interTokenSeconds, requestSeconds, offlineBatchSeconds(served, under, under.concurrency)];
        };
        const plain = seconds({});
        for (const changes of [
          { bandwidth: on.bandwidth * factor },
          { flops: on.flops * factor },
          { link: on.link * factor },
        ])
          seconds(changes).forEach((value, i) => atMost(value, plain[i] ?? 0));
      }),
    );
  });

  it('give no request an answer sooner, and all together no fewer tokens, with more of them in flight', () => {
    fc.assert(
      fc.property(device, model, load, fc.integer({ min: 1, max: 100 }), (on, of, under, extra) => {
        const few = servingEstimate({ model: of, device: on }, under);
        const many = servingEstimate({ model: of, device: on }, { ...under, concurrency: under.concurrency + extra });
        atMost(few.interTokenSeconds, many.interTokenSeconds);
        atMost(few.timeToFirstTokenSeconds, many.timeToFirstTokenSeconds);
        // Of a model of experts every request reads others: two answers of one token may take more than twice as long as one.
        if (of.experts === undefined) atMost(few.outputTokensPerSecond, many.outputTokensPerSecond);
      }),
    );
  });

  it('take no more memory, and no more time, with fewer bytes a parameter', () => {
    fc.assert(
      fc.property(device, model, load, (on, of, under) => {
        const whole = { model: of, device: on, bytesPerParameter: 2 };
        const half = { ...whole, bytesPerParameter: 1 };
        const tokens = under.inputTokens + under.outputTokens;
        atMost(servingMemory(half, tokens).neededBytes, servingMemory(whole, tokens).neededBytes);
        assert.ok(servingMemory(half, tokens).maxConcurrency >= servingMemory(whole, tokens).maxConcurrency);
        atMost(servingEstimate(half, under).interTokenSeconds, servingEstimate(whole, under).interTokenSeconds);
      }),
    );
  });

  it('hold no more requests with longer contexts, and never more than physics allows', () => {
    fc.assert(
      fc.property(device, model, load, (on, of, under) => {
        const served = { model: of, device: on };
        const held = (tokens: number): number => servingMemory(served, tokens).maxConcurrency;
        assert.ok(held(2 * under.inputTokens) <= held(under.inputTokens));
        atMost(lowerBoundSeconds(served, under), offlineBatchSeconds(served, under, under.concurrency));
      }),
    );
  });

  it('hold at least as much in stages as in heads, and answer one request no sooner', () => {
    fc.assert(
      fc.property(gpu, model, load, fc.constantFrom(2, 4, 8), (of, which, under, stages) => {
        const together = { model: which, device: gpuDevice(of, stages) };
        const staged = { model: which, device: { ...gpuDevice(of, stages), stages } };
        const tokens = under.inputTokens + under.outputTokens;
        atMost(servingMemory(staged, tokens).neededBytes, servingMemory(together, tokens).neededBytes);
        const alone = servingEstimate({ model: which, device: gpuDevice(of, 1) }, { ...under, concurrency: 1 });
        atMost(alone.interTokenSeconds, servingEstimate(staged, { ...under, concurrency: 1 }).interTokenSeconds);
      }),
    );
  });

  it('train no slower on a faster GPU, and in no more memory by adapters, or on more devices', () => {
    fc.assert(
      fc.property(device, model, more, fc.integer({ min: 16, max: 8_192 }), (on, student, factor, sequence) => {
        const run = (flops: number) =>
          trainingSeconds({
            student,
            teacher: null,
            scoring: null,
            method: 'Full',
            loss: 'SequenceLevel',
            workload: {
              rows: 1_000,
              epochs: 1,
              batchSize: 16,
              maxSteps: 0,
              promptTokens: sequence,
              completionTokens: 1,
            },
            device: { ...on, flops },
            nodes: 1,
          });
        atMost(run(on.flops * factor), run(on.flops));
        const bytes = (method: 'Full' | 'LoRA' | 'QLoRA', devices: number) =>
          trainingMemory({
            student,
            teacher: null,
            method,
            sequenceLength: sequence,
            microBatch: 1,
            devices,
          });
        atMost(bytes('QLoRA', 1), bytes('LoRA', 1));
        atMost(bytes('Full', 8), bytes('Full', 1));
      }),
    );
  });
});

const tokens = 32_768;
const cases: Record<string, { bytes: number; want: number }> = {
  'latent attention keeps 576 elements a token and layer': {
    bytes:
      servingMemory({ model: deepSeek, device: gpuDevice(gpuNamed('H200'), 8) }, tokens).neededBytes -
      fixed(deepSeek, 8),
    want: 61 * 576 * 2 * tokens,
  },
  'a window keeps no more than itself, and the other layers everything': {
    bytes:
      servingMemory({ model: facts('google/gemma-2-9b-it'), device: gpuDevice(gpuNamed('L40S'), 1) }, tokens)
        .neededBytes - fixed(facts('google/gemma-2-9b-it'), 1),
    want: 21 * (tokens + 4_096) * 2 * 8 * 256 * 2,
  },
};

function gpuNamed(name: string) {
  const found = shippedCatalogue.gpus.find(({ product }) => product === name);
  assert.ok(found);
  return found;
}

/** Weights and what the engine reserves, of one device. */
function fixed(of: ModelFacts, count: number): number {
  return (of.parameters * 2) / count + gpuDevice(gpuNamed('H200'), count).engine.reservedBytes;
}

describe('the cache of one long request', () => {
  for (const [name, { bytes, want }] of Object.entries(cases))
    it(name, () => assert.ok(Math.abs(bytes / want - 1) < 1e-6, `${bytes} instead of ${want}`));
});
