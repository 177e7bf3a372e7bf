import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { parse, stringify } from 'yaml';
import { l4Pool } from '../support/cluster-pools.ts';
import { withCluster } from '../support/cluster.ts';
import { standInImages } from '../support/stage-image/images.ts';
import { toolPath } from '../tools/paths.ts';
import { jobYaml, nodesYaml } from '../unit/cli/files.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../', import.meta.url));

describe('kubectl stratos', () => {
  const cluster = withCluster({ nodes: [l4Pool('l4', 1)], images: standInImages() });
  let plugin = '';
  let empty = '';
  before(async function () {
    this.timeout(60_000);
    const { dir } = cluster();
    [plugin, empty] = [path.join(dir, 'plugin'), path.join(dir, 'empty')];
    await mkdir(empty);
    await run(process.execPath, ['test/tools/plugin.ts', plugin], { cwd: root });
  });

  /** The real kubectl, with nothing on its path but the packed program and this Node. */
  async function kubectl(args: readonly string[], kubeconfig: string) {
    const search = [plugin, path.dirname(process.execPath), '/usr/bin', '/bin'].join(path.delimiter);
    const env = { PATH: search, KUBECONFIG: kubeconfig, HOME: empty };
    const done = await run(await toolPath('kubectl'), ['stratos', ...args], { cwd: empty, env }).catch(
      (failed: { code: number; stdout: string; stderr: string }) => failed,
    );
    return { code: 'code' in done ? done.code : 0, text: done.stdout, wrong: done.stderr };
  }

  it('shows the pools of the cluster that kubectl talks to', async () => {
    const { code, text, wrong } = await kubectl(['pools'], cluster().controlPlane.kubeconfig);
    assert.equal(code, 0, wrong);
    assert.match(text, /POOL +NODES +GPU/);
    assert.match(text, /l4 \(simulated\) +1 +L4 x8/);
  });

  it('plans uncalibrated for somebody who may not list jobs, and says so', async () => {
    const { controlPlane } = cluster();
    const account = ['-n', 'default', 'viewer'] as const;
    await controlPlane.kubectl(['create', 'serviceaccount', ...account]);
    await controlPlane.kubectl(['create', 'clusterrole', 'viewer', '--verb=list', '--resource=nodes,pods']);
    await controlPlane.kubectl([
      'create',
      'clusterrolebinding',
      'viewer',
      '--clusterrole=viewer',
      '--serviceaccount=default:viewer',
    ]);
    const token = (await controlPlane.kubectl(['create', 'token', ...account])).trim();
    const config = parse(await readFile(controlPlane.kubeconfig, 'utf8'));
    config.users = config.users.map(({ name }: { name: string }) => ({ name, user: { token } }));
    const kubeconfig = path.join(empty, 'viewer');
    await writeFile(kubeconfig, stringify(config));
    const { code, text, wrong } = await kubectl(['pools'], kubeconfig);
    assert.equal(code, 0, wrong);
    assert.match(text, /l4 \(simulated\) +1 +L4 x8/);
    assert.match(text, /uncalibrated: distillationjobs may not be listed.*; studentdeployments may not be listed/);
  });

  it('plans from files, in an empty folder', async () => {
    await writeFile(path.join(empty, 'job.yaml'), jobYaml());
    await writeFile(path.join(empty, 'nodes.yaml'), nodesYaml());
    const { code, text, wrong } = await kubectl(['plan', '-f', 'job.yaml', '--nodes', 'nodes.yaml'], 'none');
    assert.equal(code, 0, wrong);
    assert.match(text, /chosen: /);
  });

  it('finds its solver beside itself', async () => {
    await writeFile(path.join(empty, 'loads.csv'), 'input_tokens,output_tokens,requests_per_second\n200,50,20\n');
    const mix = ['mix', '-f', 'job.yaml', '--nodes', 'nodes.yaml', '--loads', 'loads.csv'];
    const { code, text, wrong } = await kubectl(mix, 'none');
    assert.equal(code, 0, wrong);
    assert.match(text, /an hour/);
  });

  it('says what to do where no cluster is named', async () => {
    const { code, wrong } = await kubectl(['pools'], path.join(empty, 'nothing'));
    assert.equal(code, 2);
    assert.match(wrong, /no cluster: set KUBECONFIG|cannot be read/);
  });
});
