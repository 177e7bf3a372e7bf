// Which local command stands for which container image.
import { tmpdir } from 'node:os';
import { pythonEnv, trainerSource, vllmVariables } from '../tools/python/paths.ts';
import { addressVariable } from './local-node/runtime.ts';
import type { LocalImage } from './local-node/types.ts';

export const trainerImage = 'stratos/trainer:local';
export const servingImage = 'vllm/vllm-openai:local';

// Pods of a test share the machine's cores: threads that wait for each other spin, and cost more than they bring.
const oneThread = { OMP_NUM_THREADS: '1' };

// vLLM's processes talk over sockets in files, whose paths may have 107 characters; a pod's own folder lies deeper.
const shortSockets = { VLLM_RPC_BASE_PATH: tmpdir() };

/** The trainer from this tree, and vLLM's CPU build: the same programs that the images hold, without the containers. */
export async function localImages(): Promise<Record<string, LocalImage>> {
  const { python, vllm, bin } = await pythonEnv();
  const path = `${bin}:${process.env['PATH'] ?? ''}`;
  return {
    'stratos/trainer': {
      command: [python, '-m', 'stratos_trainer'],
      env: { PATH: path, PYTHONPATH: trainerSource, PYTHONUNBUFFERED: '1', HF_HUB_OFFLINE: '1', ...oneThread },
    },
    // Compiling kernels takes a CPU minutes and gains a tiny model nothing.
    'vllm/vllm-openai': {
      command: ['/bin/sh', '-c', `exec ${vllm} serve "$@" --host "$${addressVariable}" --enforce-eager`, 'vllm'],
      env: { PATH: path, ...vllmVariables, ...oneThread, ...shortSockets },
    },
  };
}
