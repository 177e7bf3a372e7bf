// The operator as an image of a local node: what the chart's Deployment and its test run.
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { LocalImage } from '../local-node/types.ts';

/** Under the name that the chart gives it. */
export function operatorImages(): Record<string, LocalImage> {
  return {
    'ghcr.io/stratos/operator': {
      command: [process.execPath, resolve(import.meta.dirname, 'launch.ts')],
      // Compiled once for all pods.
      env: { NODE_COMPILE_CACHE: join(tmpdir(), 'stratos-operator-code') },
    },
  };
}
