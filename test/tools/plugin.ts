// Packs the command line for kubectl: node test/tools/plugin.ts [FOLDER]. Two files that need nothing but Node 24: the program,
// and the solver's WebAssembly, which it looks for beside itself. With the folder on the PATH, `kubectl stratos` finds it.
import { chmod, copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../../', import.meta.url));
const folder = process.argv[2] ?? join(root, 'dist', 'plugin');

/** Packages written for `require` go on asking for it. */
const banner =
  'import { createRequire as createStratosRequire } from "node:module"; const require = createStratosRequire(import.meta.url);';

await mkdir(folder, { recursive: true });
const program = join(folder, 'kubectl-stratos');
await build({
  entryPoints: [join(root, 'src/cli/stratos.ts')],
  outfile: program,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node24',
  banner: { js: banner },
  legalComments: 'eof',
  logLevel: 'warning',
});
await chmod(program, 0o755);
await copyFile(join(root, 'node_modules/highs/build/highs.wasm'), join(folder, 'highs.wasm'));
console.log(program);
