// `make tools`: gets every binary that most tests need and that isn't there yet; others by their names.
//
//   node test/tools/install.ts [--list | names...]
//
// They are built from Go modules pinned by version and checksum (go.mod, go.sum in the folders
// beside this file). Prebuilt release binaries would be faster, but they need a checksum each, and
// we write down no checksum that we could not verify ourselves; go.sum's are verified by Go against
// the public checksum database. To use prebuilt ones, point KUBEBUILDER_ASSETS at them.
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildTool, copyFiles, requireGo } from './go.ts';
import { withLock } from './lock.ts';
import { cachedPath, cacheRoot, filesPath, findTool } from './paths.ts';
import { commonToolNames, readPin, toolNames, type Tool } from './pins.ts';

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { list: { type: 'boolean', default: false } },
  });
  const tools = await Promise.all(
    (positionals.length > 0 ? positionals : values.list ? toolNames : commonToolNames).map(readPin),
  );
  await (values.list ? list(tools) : install(tools));
} catch (error) {
  console.error(error instanceof Error ? `tools: ${error.message}` : error);
  process.exitCode = 1;
}

async function list(tools: readonly Tool[]): Promise<void> {
  for (const tool of tools) {
    console.log(`${tool.name.padEnd(24)} ${tool.version.padEnd(9)} ${(await findTool(tool)) ?? 'not there'}`);
  }
}

async function install(tools: readonly Tool[]): Promise<void> {
  const missing = await onlyMissing(tools);
  if (missing[0] === undefined) return;
  await requireGo(missing[0]);
  console.log(
    `building ${missing.length} of ${tools.length} test tools into ${cacheRoot()} (once; about ten minutes for all on two cores)`,
  );
  await withLock(
    join(cacheRoot(), 'lock'),
    () => console.log('waiting for another process that is building them'),
    async () => {
      for (const tool of await onlyMissing(missing)) await installOne(tool);
    },
  );
}

async function onlyMissing(tools: readonly Tool[]): Promise<readonly Tool[]> {
  const found = await Promise.all(tools.map(findTool));
  return tools.filter((_, index) => found[index] === undefined);
}

async function installOne(tool: Tool): Promise<void> {
  const started = performance.now();
  const line = (state: string) =>
    `${tool.name} ${tool.version}: ${state} ${Math.round((performance.now() - started) / 1000)} s`;
  const { stdout } = process;
  const ticker = stdout.isTTY ? setInterval(() => stdout.write(`\r${line('building,')}`), 1000) : undefined;
  try {
    // First, so that a tool that is there has its files.
    await copyFiles(tool, filesPath(tool));
    await buildTool(tool, cachedPath(tool));
  } finally {
    clearInterval(ticker);
    if (stdout.isTTY) stdout.write('\r\x1b[K');
  }
  console.log(line('built in'));
}
