// The image table of a local node on which servers queue and stream, and nothing is trained.
import { resolve } from 'node:path';
import { servingImage } from '../local-images.ts';
import { imageName } from '../local-node/images.ts';
import type { LocalImage } from '../local-node/types.ts';
import { standInImages } from '../stage-image/images.ts';

export function inferenceSimImages(): Record<string, LocalImage> {
  const server = { command: [process.execPath, resolve(import.meta.dirname, 'server.ts')] };
  return { ...standInImages(), [imageName(servingImage)]: server };
}
