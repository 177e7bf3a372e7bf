import { type Fields, minimalJob, minimalServerPool, minimalStudentDeployment } from './objects.ts';

/** A spec that must be refused, with a message that names the field and the way out. */
export interface BadSpec {
  readonly set: Fields;
  readonly wantField: string;
  readonly want: RegExp;
  /** Only the API server can tell: the rule spans several fields. */
  readonly cel?: true;
}

const budget = { amount: '100' };
const endpoint = { url: 'https://api.example.com/v1', model: 'large' };

const badJobs: Readonly<Record<string, BadSpec>> = {
  'a name that leaves no room for the names of children': {
    set: { 'metadata.name': 'a'.repeat(41) },
    wantField: 'metadata.name',
    want: /must be at most 40 characters long, because the names of its children/,
  },
  'a name with a dot, of which no Service could be made': {
    set: { 'metadata.name': 'tiles.v2' },
    wantField: 'metadata.name',
    want: /must be a DNS label that starts with a letter, such as 'my-job'/,
  },
  'logits of a teacher behind an API': {
    set: { 'spec.teachers[0]': { name: 'api', endpoint }, 'spec.training.loss': 'OnPolicy' },
    wantField: 'spec.training.loss',
    want: /`training.loss` 'Logits' or 'OnPolicy' must have a teacher with a `uri`/,
    cel: true,
  },
  'a cache of what a student will say': {
    set: { 'spec.training': { loss: 'OnPolicy', topTokens: 64 } },
    wantField: 'spec.training.topTokens',
    want: /`topTokens` must be unset unless `loss` is 'Logits'/,
    cel: true,
  },
  'a share of steps on samples without samples': {
    set: { 'spec.training': { loss: 'Logits', onPolicyShare: '0.5' } },
    wantField: 'spec.training.onPolicyShare',
    want: /`onPolicyShare` must be unset unless `loss` is 'OnPolicy'/,
    cel: true,
  },
  'a temperature for plain text': {
    set: { 'spec.training': { temperature: '2' } },
    wantField: 'spec.training.divergence',
    want: /must be unset unless `loss` is 'Logits' or 'OnPolicy'/,
    cel: true,
  },
  'sorted distributions of which only the largest are kept': {
    set: { 'spec.training': { loss: 'Logits', divergence: 'Universal', topTokens: 64 } },
    wantField: 'spec.training.divergence',
    want: /`divergence` 'Universal' must have `loss` 'Logits' and no `topTokens`/,
    cel: true,
  },
  'the rank of adapters that nobody trains': {
    set: { 'spec.training': { method: 'Full', loraRank: 8 } },
    wantField: 'spec.training.loraRank',
    want: /`loraRank` must be unset unless `method` is 'LoRA' or 'QLoRA'/,
    cel: true,
  },
  'a temperature of nothing': {
    set: { 'spec.training': { loss: 'Logits', temperature: '0' } },
    wantField: 'spec.training.temperature',
    want: /must be a decimal string from '0.1' to below '100'/,
  },
  'a job without teachers': {
    set: { 'spec.teachers': [] },
    wantField: 'spec.teachers',
    want: /at least 1 items|fewer than 1/,
  },
  'a job without an output': {
    set: { 'spec.output': undefined },
    wantField: 'spec.output',
    want: /Required value|must be set/,
  },
  'two students with one name': {
    set: { 'spec.students[1]': { name: 'small', uri: 'hf://acme/small' } },
    wantField: 'spec.students[1]',
    want: /Duplicate value|two entries with the same name/,
  },
  'a teacher without weights or API': {
    set: { 'spec.teachers[0].uri': undefined },
    wantField: 'spec.teachers[0]',
    want: /must have exactly one of `uri` and `endpoint`/,
    cel: true,
  },
  'a teacher with both weights and API': {
    set: { 'spec.teachers[0].endpoint': endpoint },
    wantField: 'spec.teachers[0]',
    want: /must have exactly one of `uri` and `endpoint`/,
    cel: true,
  },
  'a student that is also the teacher': {
    set: { 'spec.students[0].uri': 'builtin://models/tiny-teacher' },
    wantField: 'spec.students',
    want: /`students` must not contain the `uri` of a teacher/,
    cel: true,
  },
  'knowledge from nowhere': {
    set: { 'spec.task.knowledge': { passages: 2 } },
    wantField: 'spec.task.knowledge',
    want: /must have exactly one of `uri` and `entryPoint`/,
    cel: true,
  },
  'knowledge from documents and an engine': {
    set: { 'spec.task.knowledge': { uri: 'pvc://data/docs', entryPoint: 'rules.engine:facts' } },
    wantField: 'spec.task.knowledge',
    want: /must have exactly one of `uri` and `entryPoint`/,
    cel: true,
  },
  'keys to an engine': {
    set: { 'spec.task.knowledge': { entryPoint: 'rules.engine:facts', secretRef: { name: 's' } } },
    wantField: 'spec.task.knowledge.secretRef',
    want: /`secretRef` must go with `uri`/,
    cel: true,
  },
  'the wrong scheme for data': {
    set: { 'spec.task.train.uri': 'ftp://example.com/train.jsonl' },
    wantField: 'spec.task.train.uri',
    want: /must be a URI of the form 'pvc:\/\/CLAIM\/PATH', 'configmap:\/\/NAME\/KEY'/,
  },
  'data on a path that leaves its volume': {
    set: { 'spec.task.train.uri': 'pvc://data/../secrets' },
    wantField: 'spec.task.train.uri',
    want: /must be a path without '\.\.'/,
  },
  'weights in a ConfigMap': {
    set: { 'spec.students[0].uri': 'configmap://weights/model' },
    wantField: 'spec.students[0].uri',
    want: /'hf:\/\/OWNER\/NAME'/,
  },
  'an output that can only be read': {
    set: { 'spec.output.uri': 'https://example.com/tiles' },
    wantField: 'spec.output.uri',
    want: /must be a URI of the form 'pvc:\/\/CLAIM\/PATH', 's3:\/\/BUCKET\/KEY'/,
  },
  'published in fewer bits, and made fewer once more while loading': {
    set: { 'spec.output.quantization': 'INT4', 'spec.deployment': { spec: { runtime: { quantization: 'FP8' } } } },
    wantField: 'spec.deployment.spec.runtime.quantization',
    want: /must be unset with `output\.quantization`/,
    cel: true,
  },
  'an API without a scheme': {
    set: { 'spec.teachers[0]': { name: 'api', endpoint: { ...endpoint, url: 'api.example.com' } } },
    wantField: 'spec.teachers[0].endpoint.url',
    want: /must be a URL such as 'https:\/\/api\.example\.com\/v1'/,
  },
  'a custom metric without a function': {
    set: { 'spec.task.metric': { type: 'Custom' } },
    wantField: 'spec.task.metric.entryPoint',
    want: /`entryPoint` must be set when `type` is 'Custom'/,
    cel: true,
  },
  'a function that nothing calls': {
    set: { 'spec.task.metric': { type: 'ExactMatch', entryPoint: 'tiles:check' } },
    wantField: 'spec.task.metric.entryPoint',
    want: /and unset otherwise/,
    cel: true,
  },
  'a judge without a model': {
    set: { 'spec.task.metric': { type: 'Judge' } },
    wantField: 'spec.task.metric.judge',
    want: /`judge` must be set when `type` is 'Judge'/,
    cel: true,
  },
  'a function that is not module:function': {
    set: { 'spec.strategy.verification': { type: 'Custom', entryPoint: 'tiles.check' } },
    wantField: 'spec.strategy.verification.entryPoint',
    want: /must be of the form 'module:function'/,
  },
  'a method in the wrong case': {
    set: { 'spec.training.method': 'lora' },
    wantField: 'spec.training.method',
    want: /supported values: .*"LoRA"|must be one of .*"LoRA"/,
  },
  'a learning rate with an exponent': {
    set: { 'spec.training.learningRate': '2e-4' },
    wantField: 'spec.training.learningRate',
    want: /must be a decimal string such as '0\.0002', without an exponent/,
  },
  'an accuracy in percent': {
    set: { 'spec.constraints.minAccuracy': '85' },
    wantField: 'spec.constraints.minAccuracy',
    want: /must be a decimal string between '0' and '1', such as '0\.85'/,
  },
  'an amount with a currency sign': {
    set: { 'spec.constraints.budget.amount': '$100' },
    wantField: 'spec.constraints.budget.amount',
    want: /must be a decimal string such as '12\.50'/,
  },
  'a currency by its name': {
    set: { 'spec.constraints.budget': { ...budget, currency: 'usd' } },
    wantField: 'spec.constraints.budget.currency',
    want: /must be an ISO 4217 code such as 'USD'/,
  },
  'a policy beside weights': {
    set: { 'spec.objective': { policy: 'CostFirst', weights: { cost: 1 } } },
    wantField: 'spec.objective',
    want: /must have exactly one of `policy` and `weights`/,
    cel: true,
  },
  'weights that are all zero': {
    set: { 'spec.objective': { weights: { cost: 0 } } },
    wantField: 'spec.objective.weights',
    want: /must have at least one weight greater than 0/,
    cel: true,
  },
  'a workspace of no size': {
    set: { 'spec.workspace.size': '0' },
    wantField: 'spec.workspace.size',
    want: /must be a quantity greater than 0, such as '10Gi'/,
    cel: true,
  },
  'a storage class for a claim that exists': {
    set: { 'spec.workspace': { claimName: 'mine', storageClassName: 'fast' } },
    wantField: 'spec.workspace.storageClassName',
    want: /must be unset when `claimName` names an existing claim/,
    cel: true,
  },
  'a manager without a domain': {
    set: { 'spec.managedBy': 'kueue' },
    wantField: 'spec.managedBy',
    want: /must be a domain-prefixed name such as 'kueue\.x-k8s\.io\/multikueue'/,
  },
  'a deployment template with two ways to scale': {
    set: { 'spec.deployment.spec': { replicas: 2, autoscaling: { maxReplicas: 3 } } },
    wantField: 'spec.deployment.spec.replicas',
    want: /`replicas` must be unset when `autoscaling` is set/,
    cel: true,
  },
  'a field that does not exist': {
    set: { 'spec.training.learninRate': '0.1' },
    wantField: 'spec.training.learninRate',
    want: /unknown field|there is no such field/,
  },
};

const badStudentDeployments: Readonly<Record<string, BadSpec>> = {
  'no model': {
    set: { 'spec.model': {} },
    wantField: 'spec.model',
    want: /must have exactly one of `distillationJobRef`, `uri` and `image`/,
    cel: true,
  },
  'two models': {
    set: { 'spec.model.uri': 'hf://acme/small' },
    wantField: 'spec.model',
    want: /must have exactly one of/,
    cel: true,
  },
  'credentials for an image': {
    set: { 'spec.model': { image: { reference: 'registry.example.com/small:1' }, secretRef: { name: 'pull' } } },
    wantField: 'spec.model.secretRef',
    want: /an image is pulled with `template.imagePullSecrets`/,
    cel: true,
  },
  'two ways to scale': {
    set: { 'spec.replicas': 2, 'spec.autoscaling': { maxReplicas: 3 } },
    wantField: 'spec.replicas',
    want: /`replicas` must be unset when `autoscaling` is set/,
    cel: true,
  },
  'a maximum below the minimum': {
    set: { 'spec.autoscaling': { minReplicas: 3, maxReplicas: 2 } },
    wantField: 'spec.autoscaling.maxReplicas',
    want: /`maxReplicas` must be greater than or equal to `minReplicas`/,
    cel: true,
  },
  'as many replicas idle as busy': {
    set: { 'spec.autoscaling': { minReplicas: 1, maxReplicas: 2, idleReplicas: 1 } },
    wantField: 'spec.autoscaling.idleReplicas',
    want: /`idleReplicas` must be less than `minReplicas`/,
    cel: true,
  },
  'autoscaling towards nothing': {
    set: { 'spec.autoscaling': { maxReplicas: 2, targets: {} } },
    wantField: 'spec.autoscaling.targets',
    want: /must have at least one target, such as `waitingRequests`/,
    cel: true,
  },
  'a floor for answers without prompts': {
    set: { 'spec.rollout.analysis': { minAgreement: '0.9' } },
    wantField: 'spec.rollout.analysis.minAgreement',
    want: /must be set together/,
    cel: true,
  },
  'prompts without a floor': {
    set: { 'spec.rollout.analysis': { agreement: { prompts: { configMapRef: { name: 'questions' } } } } },
    wantField: 'spec.rollout.analysis.minAgreement',
    want: /must be set together/,
    cel: true,
  },
  'a floor that no sample of that size shows': {
    set: {
      'spec.rollout.analysis': {
        minAgreement: '0.95',
        agreement: { prompts: { configMapRef: { name: 'questions' } }, sampleSize: 50 },
      },
    },
    wantField: 'spec.rollout.analysis.agreement.sampleSize',
    want: /must be large enough to show/,
    cel: true,
  },
  'a rollout that could never move': {
    set: { 'spec.rollout': { maxSurge: '0%', maxUnavailable: 0 } },
    wantField: 'spec.rollout.maxUnavailable',
    want: /must not both be 0: a rollout could never move/,
    cel: true,
  },
  'steps without a Canary': {
    set: { 'spec.rollout.steps': [{ weightPercentage: 10 }] },
    wantField: 'spec.rollout.steps',
    want: /`steps` must be unset unless `strategy` is 'Canary'/,
    cel: true,
  },
  'a variable with a value and a reference': {
    set: { 'spec.runtime.env': [{ name: 'A', value: 'a', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } }] },
    wantField: 'spec.runtime.env[0].value',
    want: /`value` must be unset when `valueFrom` is set/,
    cel: true,
  },
  'one variable twice': {
    set: {
      'spec.runtime.env': [
        { name: 'A', value: 'a' },
        { name: 'A', value: 'b' },
      ],
    },
    wantField: 'spec.runtime.env[1]',
    want: /Duplicate value|two entries with the same name/,
  },
  'a port that cannot be': {
    set: { 'spec.runtime.port': 65536 },
    wantField: 'spec.runtime.port',
    want: /less than or equal to 65535/,
  },
  'a load as a word': {
    set: { 'spec.serving.requestsPerSecond': 'many' },
    wantField: 'spec.serving.requestsPerSecond',
    want: /must be a decimal string such as '2\.5'/,
  },
};

const shape = { cpu: '96', memory: '768Gi' };

const badServerPools: Readonly<Record<string, BadSpec>> = {
  'a name that plans could not call it by': {
    set: { 'metadata.name': 'h100.reserved' },
    wantField: 'metadata.name',
    want: /must be a DNS label, such as 'h100-reserved'/,
  },
  'a selector that means every node': {
    set: { 'spec.nodeSelector': {} },
    wantField: 'spec.nodeSelector',
    want: /must have at least one label, because an empty selector means every node/,
    cel: true,
  },
  'a price of nothing': {
    set: { 'spec.price': { amount: '0.00' } },
    wantField: 'spec.price.amount',
    want: /must be above zero; a node that costs nothing needs a nominal price/,
  },
  'a price below nothing': {
    set: { 'spec.price': { amount: '-1' } },
    wantField: 'spec.price.amount',
    want: /must be a decimal string such as '12.50'/,
  },
  'a price since some day': {
    set: { 'spec.price': { amount: '1', effectiveDate: '01.02.2026' } },
    wantField: 'spec.price.effectiveDate',
    want: /must be a date such as '2026-01-31'/,
  },
  'a price for another capacity type than its own': {
    set: { 'spec.capacityType': 'OnDemand', 'spec.price': { amount: '1', capacityType: 'Spot' } },
    wantField: 'spec.price.capacityType',
    want: /must be the pool's own `capacityType`, or left out/,
    cel: true,
  },
  'nodes to come of which it does not say what they have': {
    set: { 'spec.limits': { maxNodes: 2 } },
    wantField: 'spec.limits.maxNodes',
    want: /so `node` must say what they will have/,
    cel: true,
  },
  'memory in words': {
    set: { 'spec.node': { ...shape, memory: 'plenty' } },
    wantField: 'spec.node.memory',
    want: /must be an amount of memory such as '768Gi'/,
  },
  'a GPU that pods cannot ask for': {
    set: { 'spec.node': { ...shape, gpu: { product: 'L4', count: 1, resource: 'example.com/gpu' } } },
    wantField: 'spec.node.gpu.resource',
    want: /must be 'nvidia.com\/gpu' or 'amd.com\/gpu'/,
    cel: true,
  },
  'a node with no GPUs of a product': {
    set: { 'spec.node': { ...shape, gpu: { product: 'L4', count: 0 } } },
    wantField: 'spec.node.gpu.count',
    want: /greater than or equal to 1/,
  },
  'a taint without an effect': {
    set: { 'spec.taints': [{ key: 'gpu' }] },
    wantField: 'spec.taints[0].effect',
    want: /Required value|must be set/,
  },
};

/** Every bad spec, with the kind that it is of. */
export const badSpecs = [
  { base: minimalJob, cases: badJobs },
  { base: minimalStudentDeployment, cases: badStudentDeployments },
  { base: minimalServerPool, cases: badServerPools },
];
