// The image table of a local node on which nothing is trained and no model is loaded.
import { resolve } from 'node:path';
import { servingImage, trainerImage } from '../local-images.ts';
import { imageName } from '../local-node/images.ts';
import type { LocalImage } from '../local-node/types.ts';

export const trainerStandIn: LocalImage = program('stage.ts');

export function standInImages(): Record<string, LocalImage> {
  return { [imageName(trainerImage)]: trainerStandIn, [imageName(servingImage)]: program('server.ts') };
}

function program(file: string): LocalImage {
  return { command: [process.execPath, resolve(import.meta.dirname, file)] };
}
