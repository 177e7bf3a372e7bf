import type { Catalogue } from '../planning/catalogue.ts';
import { instanceTypeOf, type Labels } from '../planning/node-labels.ts';
import type { Taint } from '../planning/pool.ts';
import { instancesOf } from './instance-labels.ts';
import { nodeOf, type Offers } from './offer.ts';
import { fieldsOf, textMapOf, textOf } from './reading.ts';
import { taintsOf } from './node-pools.ts';

/** What discovery reads of a Kueue ResourceFlavor. */
export interface ResourceFlavor {
  readonly name: string;
  readonly nodeLabels: Labels;
  readonly nodeTaints: readonly Taint[];
}

export function resourceFlavorOf(object: object): ResourceFlavor {
  const { metadata, spec } = fieldsOf(object);
  const { nodeLabels, nodeTaints } = fieldsOf(spec);
  return {
    name: textOf(fieldsOf(metadata).name) ?? '',
    nodeLabels: textMapOf(nodeLabels),
    nodeTaints: taintsOf(nodeTaints),
  };
}

/** A flavor says which nodes there are to be and not how many: one is planned on. */
const FLAVOR_NODES = 1;

/** Labels that only a node with GPUs has. */
const GPU_LABEL = /gpu|accelerator/;

/** The node of a flavor whose labels name a machine of the catalogue. */
export function flavorOffers({ name, nodeLabels, nodeTaints }: ResourceFlavor, catalogue: Catalogue): Offers {
  const type = instanceTypeOf(nodeLabels);
  const instance = instancesOf(catalogue).find((candidate) => candidate.type.name === type);
  if (instance) {
    const template = nodeOf({
      labels: { ...instance.labels, ...nodeLabels },
      taints: nodeTaints,
      cpuMillis: instance.type.cpuMillis,
      memoryBytes: instance.type.memoryBytes,
      gpuResource: 'nvidia.com/gpu',
      gpus: instance.gpus,
    });
    const offer = { source: `ResourceFlavor ${name}`, nodeSelector: nodeLabels, template, nodes: FLAVOR_NODES };
    return { offers: [offer], findings: [] };
  }
  if (!Object.keys(nodeLabels).some((key) => GPU_LABEL.test(key))) return { offers: [], findings: [] };
  const message = `no node has the labels of ResourceFlavor ${name}, and they name no machine of the catalogue; a ServerPool with these labels can state what its nodes have`;
  return { offers: [], findings: [{ code: 'NewNodesUnknown', pool: name, message }] };
}
