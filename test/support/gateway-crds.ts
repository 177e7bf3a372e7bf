// The CRDs of Gateway API and its inference extension, as these projects publish them: from Go modules pinned by checksum.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const pins = join(import.meta.dirname, '../tools/gateway-api');

const files: Readonly<Record<string, string>> = {
  'sigs.k8s.io/gateway-api': 'config/crd/standard/gateway.networking.k8s.io_httproutes.yaml',
  'sigs.k8s.io/gateway-api-inference-extension': 'config/crd/bases/inference.networking.k8s.io_inferencepools.yaml',
};

/** Paths of the CRDs of HTTPRoute and InferencePool; fetches the modules when this machine does not have them. */
export async function gatewayCrds(): Promise<string[]> {
  return await Promise.all(
    Object.entries(files).map(async ([module, file]) => {
      const { stdout } = await promisify(execFile)('go', ['mod', 'download', '-json', module], { cwd: pins });
      return join((JSON.parse(stdout) as { Dir: string }).Dir, file);
    }),
  );
}
