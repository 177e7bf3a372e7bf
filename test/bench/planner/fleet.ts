import type { NodeObject } from '../../../src/domain/planning/node-snapshot.ts';
import type { PlanInputs, ProfiledModel } from '../../../src/domain/planning/request.ts';
import { aNode, aProfile, aRequest, awsLabels, discover, facts } from '../../unit/domain/planning/builders.ts';

/** Shapes of nodes as clouds sell them; prices by annotation where the catalogue has no region for them. */
const SHAPES: readonly {
  readonly type: string;
  readonly product: string;
  readonly mib: number;
  readonly gpus: number;
  readonly price: string;
}[] = [
  { type: 'p5.48xlarge', product: 'NVIDIA-H100-80GB-HBM3', mib: 81_559, gpus: 8, price: '55.04' },
  { type: 'p5en.48xlarge', product: 'NVIDIA-H200', mib: 143_771, gpus: 8, price: '63.30' },
  { type: 'p4d.24xlarge', product: 'NVIDIA-A100-SXM4-40GB', mib: 40_960, gpus: 8, price: '21.96' },
  { type: 'p4de.24xlarge', product: 'NVIDIA-A100-SXM4-80GB', mib: 81_920, gpus: 8, price: '27.45' },
  { type: 'g6e.12xlarge', product: 'NVIDIA-L40S', mib: 46_068, gpus: 4, price: '10.49' },
  { type: 'g6.12xlarge', product: 'NVIDIA-L4', mib: 23_034, gpus: 4, price: '4.60' },
  { type: 'g5.12xlarge', product: 'NVIDIA-A10G', mib: 23_028, gpus: 4, price: '5.67' },
  { type: 'g4dn.12xlarge', product: 'Tesla-T4', mib: 15_360, gpus: 4, price: '3.91' },
];

const REGIONS = ['us-east-1', 'us-west-2', 'eu-west-1', 'eu-central-1', 'ap-south-1'];

/** As many nodes of each shape. */
export const EVEN_MIX: readonly number[] = SHAPES.map((_, i) => i);
/** Two of three nodes for serving: many L4, A10G and T4 for each H100. */
export const SERVING_MIX: readonly number[] = [0, 1, 2, 3, 4, 4, 5, 5, 5, 5, 6, 6, 6, 6, 7, 7, 7, 7];

/**
 * `count` nodes in 40 pools: every shape in every region.
 *
 * @param mix shapes by their place in the list, as often as they are to occur.
 */
export function fleet(count: number, mix: readonly number[] = EVEN_MIX): readonly NodeObject[] {
  return Array.from({ length: count }, (_, i) => {
    const shape = SHAPES[mix[i % mix.length] ?? 0] ?? { type: '', product: '', mib: 0, gpus: 0, price: '1' };
    const region = REGIONS[Math.floor(i / mix.length) % REGIONS.length] ?? '';
    return aNode({
      name: `node-${i}`,
      gpus: shape.gpus,
      labels: { ...awsLabels(shape.type, shape.product, shape.mib), 'topology.kubernetes.io/region': region },
      annotations: { 'distill.stratos.dev/price-per-hour': shape.price },
    });
  });
}

const TEACHERS = ['Qwen/Qwen2.5-32B-Instruct', 'Qwen/Qwen2.5-14B-Instruct', 'Qwen/Qwen2.5-7B-Instruct'];
const STUDENTS = [
  'Qwen/Qwen2.5-3B-Instruct',
  'Qwen/Qwen2.5-1.5B-Instruct',
  'Qwen/Qwen2.5-0.5B-Instruct',
  'Qwen/Qwen3-0.6B',
];

/** Inputs with so many teachers and students, each student by three methods. */
export function fleetInputs(nodes: readonly NodeObject[], teachers: number, students: number): PlanInputs {
  const models: ProfiledModel[] = [];
  for (let i = 0; i < teachers; i += 1) models.push(aModel('Teacher', i, TEACHERS));
  for (let i = 0; i < students; i += 1) models.push(aModel('Student', i, STUDENTS));
  return {
    request: aRequest({
      teachers: models.filter(({ role }) => role === 'Teacher').map(({ name }) => ({ name })),
      students: models.filter(({ role }) => role === 'Student').map(({ name }) => ({ name })),
    }),
    profile: aProfile({ models }),
    pools: discover(nodes).pools,
    today: '2026-01-15',
  };
}

/** Scores differ, so that no two models are interchangeable. */
function aModel(role: ProfiledModel['role'], i: number, ids: readonly string[]): ProfiledModel {
  const correct = role === 'Teacher' ? 120 + ((i * 7) % 80) : 20 + ((i * 3) % 60);
  return { name: `${role.toLowerCase()}-${i}`, role, samples: 200, correct, facts: facts(ids[i % ids.length] ?? '') };
}
