// Runs one of the pinned tools: node test/tools/run.ts helm lint charts/stratos
import { spawnSync } from 'node:child_process';
import { toolPath } from './paths.ts';

const [name = '', ...args] = process.argv.slice(2);
const { status } = spawnSync(await toolPath(name), args, { stdio: 'inherit' });
process.exit(status ?? 1);
