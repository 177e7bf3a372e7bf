// From `git commit` to a student: Argo CD itself applies, judges and prunes. Ours are the operator, the samples and the
// health checks; stand-ins do the stages' work.
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { distillationJobs } from '../../src/controllers/resources.ts';
import type { KubeObject } from '../../src/kube/types.ts';
import { ArgoCd } from '../support/argocd/argocd.ts';
import { madeByArgo, type Pace, paceOf } from '../support/argocd/pace.ts';
import { aTeamFolder, applicationOf, applicationSetOf, repositoryFolder } from '../support/argocd/samples.ts';
import type { Application, Kept } from '../support/argocd/types.ts';
import { ApplicationWitness } from '../support/argocd/witness.ts';
import { AuditMark } from '../support/cluster-audit.ts';
import { l4Pool } from '../support/cluster-pools.ts';
import { play } from '../support/cluster-scenarios.ts';
import type { Team } from '../support/cluster-team.ts';
import { withCluster } from '../support/cluster.ts';
import { GitRepository } from '../support/git-repository.ts';
import type { OperatorProcess } from '../support/operator-process.ts';
import { standInImages } from '../support/stage-image/images.ts';

const minutes = 60_000;
const mahjong = { name: 'mahjong', withinMs: minutes };
const slow = { train: { milliseconds: 12_000 } };
const note = (name: string): object => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } });

describe('under Argo CD', function () {
  this.timeout(4 * minutes);
  const cluster = withCluster({ nodes: [l4Pool('l4', 4)], images: standInImages() });
  let argo: ArgoCd;
  let operator: OperatorProcess | undefined;

  before('start Argo CD and the operator', async () => {
    argo = await ArgoCd.start(cluster());
    operator = await cluster().startOperator();
  });
  after('stop them', async () => {
    await operator?.stop();
    await argo?.remove();
  });

  /** An Application that is seen from its beginning, in a namespace of its own, and the repository behind it. */
  async function inScene(prefix: string, scenario: (scene: Scene) => Promise<void>): Promise<void> {
    await play(cluster(), async (team) => {
      const name = `${prefix}${team.namespace}`;
      await using witness = await ApplicationWitness.start(cluster().client, name);
      const dir = join(cluster().dir, team.namespace);
      await mkdir(dir);
      const repository = await GitRepository.create(dir);
      const stands = async (revision: string, health: string, ofJob = false): Promise<Application> =>
        await argo.eventually(name, `${name} is in sync and ${health}`, (application) => {
          const { status } = application;
          const found = ofJob ? keptJob(application)?.health?.status : status?.health?.status;
          return (
            status?.sync?.status === 'Synced' && status.sync.revision === revision && found === health && application
          );
        });
      try {
        await scenario({ team, repository, witness, stands });
      } finally {
        await argo.forget();
      }
    });
  }

  it('a folder becomes a student, and nothing that the operator does is a difference', async () => {
    await inScene('models-', async ({ team, repository, witness, stands }) => {
      const audit = await AuditMark.set(cluster().controlPlane.audit);
      const folder = `teams/${team.namespace}`;
      const files = await aTeamFolder(folder, { script: slow });
      const first = await repository.commit('A new team', { ...files, [`${folder}/note.yaml`]: [note('old')] });
      const committedAt = Date.now();
      await argo.apply(await applicationSetOf(repository.url));
      await team.jobCondition('Succeeded', { reason: 'Training' }, mahjong);

      // Pruning is at work beside what it must leave alone.
      const second = await repository.commit('Another note', {
        [`${folder}/note.yaml`]: null,
        [`${folder}/new-note.yaml`]: [note('new')],
      });
      const healthy = await stands(second, 'Healthy');
      assert.deepEqual(namesOf(healthy), ['ConfigMap/new', ...ours]);
      assert.equal((await team.stageJobs()).length, 5);
      await onlyArgoWroteSpecs(team);
      assert.deepEqual(witness.relapses, []);
      assert.ok(witness.sights.some(({ sync, health }) => sync === 'Synced' && health === 'Progressing'));
      assert.deepEqual(
        healthy.status?.history?.map(({ revision }) => revision),
        [first, second],
      );
      const events = await audit.eventsIn(team.namespace);
      assert.equal(madeByArgo(events)[0], 'distillationquotas/team');
      keepsNobodyWaiting(paceOf(events), committedAt);

      await repository.commit('No more of it', { [`${folder}/mahjong.yaml`]: null });
      await team.eventually('the job is pruned', async () => (await team.list(distillationJobs)).length === 0);
      await team.eventually('and its Jobs with it', async () => (await team.stageJobs()).length === 0);
    });
  });

  it('a job that misses its floor is Degraded, and says so', async () => {
    await inScene('', async ({ team, repository, stands }) => {
      const files = await aTeamFolder('teams/team-a', { script: { evaluate: { correct: 10 } } });
      const revision = await repository.commit('Too little is learned', files);
      await argo.apply(await applicationOf('team-a', ofTeam(team, repository)));
      const application = await stands(revision, 'Degraded');
      const { status, message } = keptJob(application)?.health ?? {};
      assert.equal(status, 'Degraded');
      assert.match(message ?? '', /accuracy 0\.100 .* the lower bound is below the floor 0\.3$/);
    });
  });

  it('the pools of all teams have an Application of their own', async () => {
    await inScene('', async ({ team, repository, stands }) => {
      const revision = await repository.commit('What a machine costs', await repositoryFolder('platform'));
      await argo.apply(await applicationOf('pools', { name: team.namespace, repoURL: repository.url }));
      try {
        assert.deepEqual(namesOf(await stands(revision, 'Healthy')), ['ServerPool/l4-on-demand']);
      } finally {
        await argo.forget(); // or it would make it anew
        await cluster().controlPlane.kubectl(['delete', '--ignore-not-found', 'serverpool/l4-on-demand']);
      }
    });
  });

  it('a commit stops a job, another lets it go on; what a person stops in the cluster stays stopped', async () => {
    await inScene('', async ({ team, repository, witness, stands }) => {
      const commit = async (message: string, change: { suspend?: boolean }): Promise<string> =>
        await repository.commit(message, await aTeamFolder('teams/team-a', { script: slow, ...change }));
      const stopped = await commit('Not yet', { suspend: true });
      await argo.apply(await applicationOf('team-a', ofTeam(team, repository)));
      await stands(stopped, 'Suspended', true);
      await team.patch(distillationJobs, 'mahjong', { spec: { suspend: false } });
      await team.eventually('what Git names is healed', async () => (await team.job('mahjong')).spec.suspend);
      await stands(stopped, 'Suspended', true);

      const running = await commit('Go on', {});
      await team.jobCondition('Succeeded', { reason: 'Training' }, mahjong);
      await team.patch(distillationJobs, 'mahjong', { spec: { suspend: true } });
      await stands(running, 'Suspended', true);
      await team.patch(distillationJobs, 'mahjong', { spec: { suspend: false } });
      await stands(running, 'Healthy');
      // The one difference that was healed was seen, so that others would have been.
      assert.deepEqual([...new Set(witness.relapses.map(({ revision }) => revision))], [stopped]);
    });
  });
});

interface Scene {
  readonly team: Team;
  readonly repository: GitRepository;
  readonly witness: ApplicationWitness;
  /** Waits until it is in sync at a revision, and in this health; or its DistillationJob is. */
  readonly stands: (revision: string, health: string, ofJob?: boolean) => Promise<Application>;
}

function ofTeam({ namespace }: Team, { url }: GitRepository): { name: string; namespace: string; repoURL: string } {
  return { name: namespace, namespace, repoURL: url };
}

function keptJob({ status }: Application): Kept | undefined {
  return status?.resources?.find(({ kind }) => kind === 'DistillationJob');
}

/** What the sample's folder holds. */
const ours = [
  'DistillationJob/mahjong',
  'DistillationQuota/team',
  'PersistentVolumeClaim/students',
  'StudentDeployment/mahjong',
];

/** All that it counts among its own. */
function namesOf({ status }: Application): string[] {
  return (status?.resources ?? []).map(({ kind, name }) => `${kind}/${name}`).toSorted();
}

/** A second is what an idle machine is measured against; a stage that waits for a resync, or for nothing, takes longer than this. */
const hangMs = 10_000;

/** The commit waits for Argo CD's poll, a stage for the one before it; what the operator takes is printed. */
function keepsNobodyWaiting({ appliedAt, firstPodAt, shares }: Pace, committedAt: number): void {
  console.log(
    `      commit to Argo CD's apply ${appliedAt - committedAt} ms, apply to first pod ${firstPodAt - appliedAt} ms`,
  );
  console.log(`      of it the operator's, by Job, in ms: ${JSON.stringify(shares)}`);
  assert.equal(Object.keys(shares).length, 5);
  for (const [job, milliseconds] of Object.entries(shares))
    assert.ok(milliseconds < hangMs, `${job}: ${milliseconds} ms`);
}

/** The API server keeps who wrote which field. */
async function onlyArgoWroteSpecs(team: Team): Promise<void> {
  const objects: KubeObject[] = [await team.job('mahjong'), await team.student('mahjong')];
  for (const { metadata } of objects) {
    const writers = metadata.managedFields?.filter(({ fieldsV1 }) => fieldsV1?.['f:spec'] !== undefined) ?? [];
    assert.deepEqual(
      writers.map(({ manager, subresource }) => [manager, subresource]),
      [['argocd-controller', undefined]],
    );
  }
}
