import assert from 'node:assert/strict';
import { stripVTControlCharacters } from 'node:util';
import { estimateCommand } from '../../../src/cli/estimate-command.ts';
import { withFiles } from './files.ts';

const BATCH = 'gpu,tp,framework,model,isl,osl,batch,latency_s,dtype';
const SERVING = 'backend,model_path,system,precision,isl,osl,batch_size,tp_size,silicon_ttft_ms,silicon_tpot_ms';

describe('stratos estimate', () => {
  const files = withFiles();
  const values = (...rows: readonly string[]) => {
    const filename = files.write('rows.csv', `${rows.join('\n')}\n`);
    return JSON.parse(estimateCommand({ filename, output: 'json' }).text);
  };

  it('predicts the time of a batch', () => {
    const {
      values: [value],
    } = values(BATCH, 'A100-40GB,1,vLLM,meta-llama/Llama-2-7b-hf,128,128,1,1.65,fp16');
    assert.equal(value.quantity, 'batch latency');
    // 13.5 GB of weights at 80 % of 1,555 GB/s, 128 times, and 3 ms a step.
    assert.ok(Math.abs(value.predicted - 128 * (13.2 / (1555 * 0.8) + 0.003)) < 0.1, value.predicted);
  });

  it('predicts both latencies of a server', () => {
    const { values: found } = values(SERVING, 'vllm,Qwen/Qwen3-32B,h100_sxm,,1024,128,8,2,154,18');
    assert.deepEqual(
      found.map(({ quantity }: { quantity: string }) => quantity),
      ['inter-token latency', 'time to first token'],
    );
  });

  it('reads less in eight bits than in sixteen', () => {
    const row = (precision: string): string => `vllm,Qwen/Qwen3-32B,h100_sxm,${precision},1024,128,1,1,154,18`;
    const { values: found } = values(SERVING, row(''), row('fp8'));
    assert.ok(found[2].predicted < 0.7 * found[0].predicted);
  });

  it('names rows that it cannot predict', () => {
    const { skipped } = values(
      BATCH,
      'B999,1,vLLM,meta-llama/Llama-2-7b-hf,1,1,1,1,fp16',
      'A100-40GB,1,vLLM,nobody/knows,1,1,1,1,fp16',
      'A100-40GB,1,vLLM,meta-llama/Llama-2-7b-hf,0,1,1,1,fp16',
      'A100-40GB,1,vLLM,meta-llama/Llama-2-7b-hf,1,1,1,1,fp3',
    );
    assert.deepEqual(
      skipped.map(({ reason }: { reason: string }) => reason.split(' ').slice(0, 3).join(' ')),
      ['no GPU called', 'no model called', 'isl, osl, batch', 'no precision called'],
    );
  });

  it('keeps a row faster than physics out of the summary', () => {
    const { values: found, summary } = values(
      BATCH,
      'A100-40GB,1,vLLM,meta-llama/Llama-2-7b-hf,128,128,1,0.1,fp16',
      'A100-40GB,1,vLLM,meta-llama/Llama-2-7b-hf,128,128,1,1.6,fp16',
    );
    assert.equal(found[0].possible, false);
    assert.equal(summary[0].rows, 1);
  });

  it('shows rows and summary as a table', () => {
    const filename = files.write(
      'one.csv',
      `${BATCH}\nA100-40GB,1,vLLM,meta-llama/Llama-2-7b-hf,128,128,1,1.65,fp16\n`,
    );
    const text = stripVTControlCharacters(estimateCommand({ filename }).text);
    assert.match(text, /batch latency +vLLM +A100-40GB x1 .* 1\.650 s +\d\.\d+ s +[+-]\d+\.\d %/);
    assert.match(text, /ABSOLUTE ERROR +ROWS +MEAN/);
  });

  it('refuses constants that nobody knows', () =>
    assert.throws(() => estimateCommand({ filename: 'x', constants: 'new' }), /one of default, vllm-2024/));
});
