import assert from 'node:assert/strict';
import { stripVTControlCharacters } from 'node:util';
import { stringify } from 'yaml';
import type { DistillationJob } from '../../../src/api/v1alpha1/distillation-job.gen.ts';
import { planCommand } from '../../../src/cli/plan-command.ts';
import { poolsCommand } from '../../../src/cli/pools-command.ts';
import { calibrationNote, factorsFor, type Taught } from '../../../src/cli/taught.ts';
import { aStudentDeployment } from '../../support/builders/student.ts';
import { World } from '../../support/builders/world.ts';
import { jobYaml, nodesYaml, profileJson, withFiles } from './files.ts';

const today = '2026-01-15';

/** Trained on an H100, twice as slow as predicted. */
function aRun(version = 'trainer:test', completionTime = '2026-01-10T12:00:00Z'): DistillationJob {
  const { job } = new World().runThrough('Train');
  const stages = (job.status?.stages ?? []).map((stage) =>
    stage.estimate === undefined
      ? stage
      : {
          ...stage,
          completionTime,
          estimate: { ...stage.estimate, version, device: 'H100-SXM', predictedSeconds: '100', measuredSeconds: '200' },
        },
  );
  return { ...job, status: { ...job.status, stages } };
}

const aServed = () =>
  aStudentDeployment()
    .status({
      estimates: [
        {
          quantity: 'InterTokenLatency',
          device: 'L4',
          devices: 1,
          version: 'vllm:test',
          predictedMilliseconds: '10',
          measuredMilliseconds: '40',
          requests: 100,
          simulated: false,
          lastUpdatedTime: '2026-01-10T12:00:00Z',
        },
      ],
    })
    .build();

const taught = (changes: Partial<Taught>): Taught => ({ jobs: [], students: [], gaps: [], ...changes });
const { spec } = new World().job;

describe('what a cluster has taught, to the command line', () => {
  const files = withFiles();
  const withRuns = () => [nodesYaml(), stringify(aRun()), stringify(aServed())].join('---\n');
  const options = (nodes: string) => ({
    filename: files.write('job.yaml', jobYaml()),
    nodes: files.write('nodes.yaml', nodes),
    profile: files.write('profile.json', profileJson()),
  });

  it('multiplies the times of a plan, as the operator would, and is told with the number of runs', async () => {
    const plan = async (nodes: string) => {
      const { text } = await planCommand({ ...options(nodes), output: 'json' }, today);
      return JSON.parse(text);
    };
    const [bare, calibrated] = [await plan(nodesYaml()), await plan(withRuns())];
    assert.deepEqual(bare.calibration, []);
    assert.deepEqual(
      calibrated.calibration.map(({ quantity, runs }: { quantity: string; runs: number }) => [quantity, runs]),
      [
        ['Generation', 1],
        ['InterTokenLatency', 1],
        ['Training', 1],
      ],
    );
    assert.notEqual(bare.id, calibrated.id);
    const { text } = await planCommand(options(withRuns()), today);
    assert.match(text, /constants are calibrated by what ran here: Generation on H100-SXM x1\.19 by 1, /);
    assert.match(text, /InterTokenLatency on L4 x1\.41 by 1/);
  });

  it('is no part of a plan by other constants of the engine, which it was not measured beside', async () => {
    const { text } = await planCommand({ ...options(withRuns()), constants: 'vllm-2024', output: 'json' }, today);
    const quantities = JSON.parse(text).calibration.map(({ quantity }: { quantity: string }) => quantity);
    assert.deepEqual(quantities, ['Generation', 'Training']);
  });

  it('stands below the pools, with runs and image', async () => {
    const { text } = await poolsCommand({ nodes: files.write('nodes.yaml', withRuns()) }, today);
    assert.match(stripVTControlCharacters(text), /Training +Full +H100-SXM +1 +x1\.19 +trainer:test/);
    const bare = await poolsCommand({ nodes: files.write('nodes.yaml', nodesYaml()) }, today);
    assert.doesNotMatch(bare.text, /CALIBRATED|uncalibrated/);
  });

  it('is told to be left out where a job in the file is not valid', async () => {
    const odd = stringify({
      apiVersion: 'distill.stratos.dev/v1alpha1',
      kind: 'DistillationJob',
      metadata: { name: 'x' },
    });
    const { text } = await poolsCommand({ nodes: files.write('nodes.yaml', `${nodesYaml()}---\n${odd}`) }, today);
    assert.match(text, /uncalibrated: 1 DistillationJobs or StudentDeployments of the file are not valid/);
  });

  it('is of the image that the operator gave last to jobs that name none', () => {
    const jobs = [aRun('trainer:old', '2026-01-09T12:00:00Z'), aRun('trainer:new', '2026-01-11T12:00:00Z')];
    const versions = factorsFor(spec, taught({ jobs })).map(({ version }) => version);
    assert.deepEqual([...new Set(versions)], ['trainer:new']);
    const own = factorsFor({ ...spec, image: 'trainer:old' }, taught({ jobs })).map(({ version }) => version);
    assert.deepEqual([...new Set(own)], ['trainer:old']);
  });

  it('says why there is none', () => {
    assert.match(calibrationNote([], taught({})), /uncalibrated: no finished run and no served student/);
    const gaps = ['distillationjobs may not be listed: ask for the right to list them'];
    assert.match(calibrationNote([], taught({ gaps })), /uncalibrated: distillationjobs may not be listed/);
  });
});
