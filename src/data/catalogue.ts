import type { Catalogue } from '../domain/planning/catalogue.ts';
import { gpus } from './gpus.gen.ts';
import { instanceTypes } from './instance-types.gen.ts';
import { models } from './models.gen.ts';
import { prices } from './prices.gen.ts';

/** The facts shipped with this version; the composition root hands them to the domain. */
export const shippedCatalogue: Catalogue = { gpus, instanceTypes, models, prices };
