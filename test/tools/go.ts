// Building one tool with the Go toolchain.
import { spawn } from 'node:child_process';
import { cp, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Tool } from './pins.ts';

const tailLines = 25;

/** Makes sure that a Go new enough for the tool is there. */
export async function requireGo(tool: Tool): Promise<void> {
  const needed = `Go ${tool.go} or newer is needed to build the test tools`;
  const cure = "Install it as go.dev/doc/install says or from your system's packages, then run this again.";
  const { code, output } = await runGo(['env', 'GOVERSION'], tool.moduleDir).catch((error: unknown) => {
    throw new Error(`${needed}, and no "go" command was found (PATH).\n${cure}`, { cause: error });
  });
  // A too old Go either says so itself, or (with GOTOOLCHAIN=auto) has fetched a newer one by now.
  if (code !== 0 || isOlder(output, tool.go)) throw new Error(`${needed}; this one says: ${output.trim()}\n${cure}`);
}

function isOlder(actual: string, wanted: string): boolean {
  const [, major = '0', minor = '0'] = /go(\d+)\.(\d+)/.exec(actual) ?? [];
  const [wantMajor = 0, wantMinor = 0] = wanted.split('.').map(Number);
  return Number(major) < wantMajor || (Number(major) === wantMajor && Number(minor) < wantMinor);
}

/**
 * Builds a tool and puts it at `target`. Nobody ever sees a half-written binary: it is
 * linked under another name in the same folder and renamed.
 */
export async function buildTool(tool: Tool, target: string): Promise<void> {
  const temporary = join(dirname(target), `.${basename(target)}.${process.pid}.tmp`);
  await mkdir(dirname(target), { recursive: true });
  await removeLeftovers(target);
  try {
    const args = [
      'build',
      '-mod=readonly',
      '-trimpath',
      '-buildvcs=false',
      '-ldflags',
      tool.ldflags,
      '-o',
      temporary,
      tool.package,
    ];
    const { code, output } = await runGo(args, tool.moduleDir);
    if (code !== 0)
      throw new Error(
        `building ${tool.name} ${tool.version} failed: "go build" ended with ${code}, and said last:\n${indent(output)}`,
      );
    await rename(temporary, target);
  } finally {
    await rm(temporary, { force: true });
  }
}

/** Copies what the tool keeps of its module, which Go has checked against go.sum. */
export async function copyFiles(tool: Tool, target: string): Promise<void> {
  if (tool.files.length === 0) return;
  const { code, output } = await runGo(['mod', 'download', '-json', `${tool.module}@${tool.version}`], tool.moduleDir);
  const dir = /"Dir": "(.+)"/.exec(output)?.[1];
  if (code !== 0 || dir === undefined) throw new Error(`finding module ${tool.module} failed:\n${indent(output)}`);
  for (const path of tool.files) await cp(join(dir, path), join(target, path), { recursive: true });
}

// What builds that were killed have left. Each has a name of its own, for a killed one's `go` may still be writing.
async function removeLeftovers(target: string): Promise<void> {
  const leftover = (name: string) => name.startsWith(`.${basename(target)}.`) && name.endsWith('.tmp');
  for (const name of (await readdir(dirname(target))).filter(leftover)) {
    await rm(join(dirname(target), name), { force: true });
  }
}

async function runGo(args: readonly string[], cwd: string): Promise<{ code: number | string; output: string }> {
  // The caller's cross-compiling or workspace settings must not decide what is built here.
  const env = { ...process.env, CGO_ENABLED: '0', GOOS: '', GOARCH: '', GOWORK: 'off' };
  const child = spawn('go', args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output = lastLines(output + text);
    });
  }
  return await new Promise((resolve, reject) => {
    child
      .once('error', reject)
      .once('close', (code, signal) => resolve({ code: code ?? signal ?? 'no exit code', output }));
  });
}

function lastLines(text: string): string {
  return text
    .split('\n')
    .slice(-tailLines - 1)
    .join('\n');
}

function indent(text: string): string {
  return text.trimEnd().replace(/^/gm, '  ');
}
