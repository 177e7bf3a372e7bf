// The health checks and actions that we ship for Argo CD, in Argo CD's own machine.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { toolPath } from '../tools/paths.ts';

const manifests = resolve(import.meta.dirname, '../../manifests/argocd');

describe('the checks and actions for Argo CD', () => {
  it("pass their tests in Argo CD's own machine, as Argo CD reads them from the ConfigMap", async () => {
    const args = ['lua-tests', join(manifests, 'argocd-cm.yaml'), join(manifests, 'resource_customizations')];
    const { stdout } = await promisify(execFile)(await toolPath('argocd'), args);
    const outcomes = JSON.parse(stdout) as { test: string; error?: string }[];
    assert.ok(outcomes.length >= 38, `only ${outcomes.length} tests`);
    assert.deepEqual(
      outcomes.filter(({ error }) => error !== undefined),
      [],
    );
  });
});
