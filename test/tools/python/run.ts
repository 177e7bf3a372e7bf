// Runs Python from the environment of `make tools`, with the trainer's source on its path: node test/tools/python/run.ts -m pytest
import { spawnSync } from 'node:child_process';
import { pythonEnv, trainerSource } from './paths.ts';

const { python, bin } = await pythonEnv();
const env = { ...process.env, PATH: `${bin}:${process.env['PATH'] ?? ''}`, PYTHONPATH: trainerSource };
const { status } = spawnSync(python, process.argv.slice(2), { stdio: 'inherit', env });
process.exit(status ?? 1);
