// Trial runs on a real control plane: each a Job of its own, their measurements in the plan that is then carried out.
import assert from 'node:assert/strict';
import { distillationJobs } from '../../../src/controllers/resources.ts';
import { aClaim, aDistillationJob } from '../../support/cluster-objects.ts';
import type { Scenario } from '../../support/cluster-scenarios.ts';
import type { Team } from '../../support/cluster-team.ts';
import { done } from './looks.ts';

const students = ['small', 'large'].map((name) => ({ name, uri: 'builtin://models/winning-tiles-student' }));
// Where accuracy decides, it matters which of the two learns better.
const objective = { policy: 'AccuracyFirst' } as const;
const searching = { students, objective, search: { maxPilots: 2 } };

const pilotJobs = async (team: Team) =>
  (await team.stageJobs()).filter(({ metadata }) => metadata.name.startsWith('tiles-pilot-'));

export const pilots: Record<string, Scenario> = {
  'trial runs are made one after the other, and the plan follows what they measured': async (team) => {
    await team.apply(aClaim(), aDistillationJob('tiles', searching));
    await team.jobCondition('Piloted', { status: 'True', reason: 'PilotsMeasured' });
    await done(team);
    const { status } = await team.job();
    assert.deepEqual(
      status?.pilots?.map(({ student, state, measured }) => [student, state, measured?.accuracy]).sort(),
      [
        ['large', 'Measured', '0.700'],
        ['small', 'Measured', '0.300'],
      ],
    );
    assert.equal(status?.plan?.selected?.predicted?.accuracyBasis, 'Piloted');
    assert.match(status?.plan?.replacedReason ?? '', /^trial runs are over: 2 recipes measured, large-\w{8} best/);
    assert.deepEqual(new Set((await pilotJobs(team)).map(({ spec }) => spec.completions)), new Set([1]));
    const told = await team.eventReasons('DistillationJob', 'tiles');
    for (const reason of ['PilotJobCreated', 'PilotMeasured', 'PilotsFinished', 'PlanReplaced'])
      assert.ok(told.includes(reason), `${reason} is not among ${told.join(', ')}`);
  },

  'a trial run that fails rules out its student alone': async (team) => {
    await team.apply(aClaim(), aDistillationJob('tiles', { ...searching, script: { pilot: { fails: 'small' } } }));
    await done(team);
    const { status } = await team.job();
    assert.equal(status?.pilots?.find(({ student }) => student === 'small')?.state, 'Failed');
    assert.equal(status?.plan?.selected?.student, 'large');
    assert.ok(status?.plan?.rejected?.some(({ reason }) => reason === 'PilotFailed'));
  },

  'suspending stops a trial run, and resuming goes on in the same Job': async (team) => {
    await team.apply(aClaim(), aDistillationJob('tiles', { ...searching, script: { pilot: { milliseconds: 3000 } } }));
    await team.jobCondition('Piloted', { status: 'Unknown', reason: 'Piloting' });
    await team.eventually('a trial runs', async () => (await pilotJobs(team)).length === 1);
    const [first] = await pilotJobs(team);
    await team.patch(distillationJobs, 'tiles', { spec: { suspend: true } });
    await team.jobCondition('Suspended', { status: 'True' });
    await team.eventually('no pod runs', async () =>
      (await team.pods()).every(({ status }) => status?.phase !== 'Running'),
    );
    await team.patch(distillationJobs, 'tiles', { spec: { suspend: false } });
    await done(team);
    const { status } = await team.job();
    assert.ok(status?.pilots?.every(({ state }) => state === 'Measured'));
    assert.notEqual(first?.metadata.name, undefined);
  },

  'trial runs whose expected cost exceeds their share of the budget are not started': async (team) => {
    const constraints = { budget: { amount: '0.10' } };
    const search = { maxPilots: 2, maxBudgetFraction: '0.01' };
    await team.apply(aClaim(), aDistillationJob('tiles', { ...searching, search, constraints }));
    await team.jobCondition('Piloted', { status: 'True', reason: 'PilotBudgetSpent' });
    assert.deepEqual(await pilotJobs(team), []);
  },
};
