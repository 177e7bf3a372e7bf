import { type BadSpec } from '../../unit/api/bad-specs.ts';
import { type Fields, minimalJob, withFields } from '../../unit/api/objects.ts';

/** A job that sets what the updates change. */
export const richJob = withFields(minimalJob, {
  'spec.constraints': { minAccuracy: '0.8', serving: { requestsPerSecond: '2' }, budget: { amount: '100' } },
  'spec.managedBy': 'kueue.x-k8s.io/multikueue',
  'spec.workspace': { storageClassName: 'fast', accessMode: 'ReadWriteOnce' },
});

const newName = /must stay as it was created; to change it, create a DistillationJob with a new name/;

export const refusedUpdates: Readonly<Record<string, Omit<BadSpec, 'cel'>>> = {
  'the data': { set: { 'spec.task.train.uri': 's3://b/other.jsonl' }, wantField: 'spec.task', want: newName },
  'the seed': { set: { 'spec.task.seed': 1 }, wantField: 'spec.task', want: newName },
  'the teachers': {
    set: { 'spec.teachers[1]': { name: 'big', uri: 'hf://a/b' } },
    wantField: 'spec.teachers',
    want: newName,
  },
  'the students': { set: { 'spec.students[0].uri': 'hf://acme/other' }, wantField: 'spec.students', want: newName },
  'the strategy': { set: { 'spec.strategy.mode': 'KnowledgeInjection' }, wantField: 'spec.strategy', want: newName },
  'the training, by setting what was unset': {
    set: { 'spec.training.epochs': 9 },
    wantField: 'spec.training',
    want: newName,
  },
  'the objective': { set: { 'spec.objective': { policy: 'CostFirst' } }, wantField: 'spec.objective', want: newName },
  'the placement': { set: { 'spec.placement.regions': ['eu-west-1'] }, wantField: 'spec.placement', want: newName },
  'the search': { set: { 'spec.search.maxPilots': 2 }, wantField: 'spec.search', want: newName },
  'the shards': { set: { 'spec.synthesis.shards': 2 }, wantField: 'spec.synthesis', want: newName },
  'the workspace, by unsetting a field': {
    set: { 'spec.workspace.storageClassName': undefined },
    wantField: 'spec.workspace',
    want: newName,
  },
  'the output': { set: { 'spec.output.uri': 's3://students/tiles' }, wantField: 'spec.output', want: newName },
  'the manager, by unsetting it': { set: { 'spec.managedBy': undefined }, wantField: 'spec.managedBy', want: newName },
  'the trainer image, by setting it': {
    set: { 'spec.image': 'example.com/trainer:2' },
    wantField: 'spec.image',
    want: newName,
  },
  'the accuracy floor': {
    set: { 'spec.constraints.minAccuracy': '0.7' },
    wantField: 'spec.constraints.minAccuracy',
    want: newName,
  },
  'the accuracy floor, by unsetting it': {
    set: { 'spec.constraints.minAccuracy': undefined },
    wantField: 'spec.constraints.minAccuracy',
    want: newName,
  },
  'the training time, by setting it': {
    set: { 'spec.constraints.maxTrainingSeconds': 60 },
    wantField: 'spec.constraints.maxTrainingSeconds',
    want: newName,
  },
  'the serving targets': {
    set: { 'spec.constraints.serving.requestsPerSecond': '1' },
    wantField: 'spec.constraints.serving',
    want: newName,
  },
  'the constraints as a whole, by unsetting them': {
    set: { 'spec.constraints': undefined },
    wantField: 'spec.constraints.minAccuracy',
    want: newName,
  },
  'the budget downwards': {
    set: { 'spec.constraints.budget.amount': '99.99' },
    wantField: 'spec.constraints.budget.amount',
    want: /a budget can be raised, not lowered; set `suspend` to stop spending/,
  },
  'the currency of the budget': {
    set: { 'spec.constraints.budget.currency': 'EUR' },
    wantField: 'spec.constraints.budget.currency',
    want: /must stay as it was created/,
  },
  'the budget, by unsetting it': {
    set: { 'spec.constraints.budget': undefined },
    wantField: 'spec.constraints.budget',
    want: /must stay set; only its `amount` can be raised/,
  },
};

export const allowedUpdates: Readonly<Record<string, Fields>> = {
  'the budget upwards, compared as a number and not as text': { 'spec.constraints.budget.amount': '1000.5' },
  'what happens when the budget is spent': { 'spec.constraints.budget.onExceeded': 'Fail' },
  suspend: { 'spec.suspend': true },
  'the time that children are kept': { 'spec.ttlSecondsAfterFinished': 60 },
  'priority and queue': { 'spec.priorityClassName': 'high', 'spec.queueName': 'team-a' },
  'the approval of a plan': { 'spec.planApproval': 'Manual', 'spec.approvedPlan': 'p1' },
  'deadline and attempts': { 'spec.activeDeadlineSeconds': 3600, 'spec.maxAttempts': 3, 'spec.backoffLimit': 5 },
  'overrides for pods yet to come': { 'spec.podTemplate.nodeSelector': { zone: 'a' } },
};
