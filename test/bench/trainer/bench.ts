// Our trainer beside TRL, in one run: tokens a second of sequence-level and generalised-JSD distillation of one tiny pair, and
// the peak memory of one such loss at a vocabulary of 152,064. Fails when a target is missed.
//
//   node test/bench/trainer/bench.ts
//
// Each measurement is a process of its own. Speeds are taken in turns, twice, and the faster of the two counts: what else the
// machine does slows a run down and never speeds it up.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { benchEnvironment } from './environment.ts';
import { trainerSource } from '../../tools/python/paths.ts';

const run = promisify(execFile);
const program = fileURLToPath(new URL('sides.py', import.meta.url));

type Side = 'ours' | 'trl' | 'whole';
type What = 'sequence' | 'divergence' | 'memory';
type Measured = Readonly<Record<string, number | string>>;

const leastSpeed = 1;
const mostMemory = 0.5;

const python = await benchEnvironment();
const missed: string[] = [];

console.log('                       ours          TRL    ratio   target');
for (const what of ['sequence', 'divergence'] as const) await compareSpeeds(what);
await compareMemory();
for (const line of missed) console.error(`missed: ${line}`);
process.exit(missed.length === 0 ? 0 : 1);

async function compareSpeeds(what: What): Promise<void> {
  const best = { ours: 0, trl: 0 };
  for (const side of ['ours', 'trl', 'ours', 'trl'] as const)
    best[side] = Math.max(best[side], number(await measure(side, what), 'tokensPerSecond'));
  const ratio = best.ours / best.trl;
  row(`${what}, tokens/s`, [best.ours, best.trl], ratio, `>= ${leastSpeed}`);
  if (ratio < leastSpeed) missed.push(`${what} distillation runs at ${ratio.toFixed(2)} times TRL's speed`);
}

async function compareMemory(): Promise<void> {
  const ours = await measure('ours', 'memory');
  const trl = await measure('trl', 'memory');
  compareBytes('loss at 152,064, MB', ours, trl);
  compareBytes('  beside ours whole', ours, await measure('whole', 'memory'));
  for (const field of ['loss', 'slope'])
    if (Math.abs(number(ours, field) / number(trl, field) - 1) > 1e-4)
      missed.push(`the two do not compute the same ${field}: ${number(ours, field)} and ${number(trl, field)}`);
  console.log(`on ${String(ours['device'])}`);
}

function compareBytes(name: string, ours: Measured, other: Measured): void {
  const megabytes = [number(ours, 'bytes') / 1e6, number(other, 'bytes') / 1e6] as const;
  const ratio = megabytes[0] / megabytes[1];
  row(name, megabytes, ratio, `<= ${mostMemory}`);
  if (ratio > mostMemory) missed.push(`${name.trim()}: ${ratio.toFixed(2)} of the memory`);
}

async function measure(side: Side, what: What): Promise<Measured> {
  const env = { ...process.env, PYTHONPATH: trainerSource, HF_HUB_OFFLINE: '1', TRL_EXPERIMENTAL_SILENCE: '1' };
  const { stdout } = await run(python, [program, side, what], { env, maxBuffer: 1e7 });
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '{}') as Measured;
}

function number(measured: Measured, field: string): number {
  return Number(measured[field]);
}

function row(name: string, values: readonly number[], ratio: number, target: string): void {
  const columns = values.map((value) => Math.round(value).toLocaleString('en').padStart(12)).join(' ');
  console.log(`${name.padEnd(20)} ${columns} ${ratio.toFixed(2).padStart(8)}   ${target}`);
}
