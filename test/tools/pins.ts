// What is pinned, read from the go.mod files beside this one: they are the only place that
// names a version, so a version bump is `go get` + `go mod tidy` in one folder and nothing else.
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** One binary that the tests run, and how to build it. */
export interface Tool {
  readonly name: string;
  /** Folder with the go.mod that pins it. */
  readonly moduleDir: string;
  /** Go import path of its main package. */
  readonly package: string;
  readonly version: string;
  /** Oldest Go that can build it, "1.26.0". */
  readonly go: string;
  readonly ldflags: string;
  /** Its module, and what of it is kept beside the binary: paths in it. */
  readonly module: string;
  readonly files: readonly string[];
  /** Changes whenever anything that decides the binary's bytes changes. */
  readonly key: string;
}

interface Recipe {
  readonly folder: string;
  readonly module: string;
  readonly package: string;
  /** Go variables that carry the version, so that the binary reports the one it was built from. */
  readonly versionVariables: (version: string) => Record<string, string>;
  readonly files?: readonly string[];
  /** Built only when it is asked for by name: few tests need it. */
  readonly rare?: boolean;
}

const kubernetesPackages = ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'];

function kubernetesVersion(version: string): Record<string, string> {
  const [major = '', minor = ''] = version.slice(1).split('.');
  const values = { gitVersion: version, gitMajor: major, gitMinor: minor, gitTreeState: 'clean' };
  return Object.fromEntries(
    kubernetesPackages.flatMap((pkg) =>
      Object.entries(values).map(([variable, value]) => [`${pkg}.${variable}`, value]),
    ),
  );
}

const kubernetes = (name: string): Recipe => ({
  folder: 'kubernetes',
  module: 'k8s.io/kubernetes',
  package: `k8s.io/kubernetes/cmd/${name}`,
  versionVariables: kubernetesVersion,
});

const recipes: Readonly<Record<string, Recipe>> = {
  etcd: {
    folder: 'etcd',
    module: 'go.etcd.io/etcd/server/v3',
    package: 'go.etcd.io/etcd/server/v3',
    versionVariables: () => ({}),
  },
  'kube-apiserver': kubernetes('kube-apiserver'),
  'kube-controller-manager': kubernetes('kube-controller-manager'),
  'kube-scheduler': kubernetes('kube-scheduler'),
  kubectl: kubernetes('kubectl'),
  kwok: {
    folder: 'kwok',
    module: 'sigs.k8s.io/kwok',
    package: 'sigs.k8s.io/kwok/cmd/kwok',
    versionVariables: (version) => ({ 'sigs.k8s.io/kwok/pkg/consts.Version': version.slice(1) }),
  },
  kueue: {
    folder: 'kueue',
    module: 'sigs.k8s.io/kueue',
    package: 'sigs.k8s.io/kueue/cmd/kueue',
    versionVariables: (version) => ({ 'sigs.k8s.io/kueue/pkg/version.GitVersion': version }),
    files: ['config/components/crd', 'config/components/webhook'],
    rare: true,
  },
  // What students published as OCI artifacts are pushed to.
  registry: {
    folder: 'registry',
    module: 'github.com/distribution/distribution/v3',
    package: 'github.com/distribution/distribution/v3/cmd/registry',
    versionVariables: (version) => ({ 'github.com/distribution/distribution/v3/version.version': version }),
  },
  helm: {
    folder: 'helm',
    module: 'helm.sh/helm/v4',
    package: 'helm.sh/helm/v4/cmd/helm',
    versionVariables: (version) => ({ 'helm.sh/helm/v4/internal/version.version': version }),
  },
  // Programs of ours around somebody else's code, in the module that pins it.
  kstatus: { folder: 'kstatus', module: 'sigs.k8s.io/cli-utils', package: '.', versionVariables: () => ({}) },
  argocd: {
    folder: 'argocd',
    module: 'github.com/argoproj/argo-cd/v3',
    package: '.',
    versionVariables: (version) => ({ 'github.com/argoproj/argo-cd/v3/common.version': version.slice(1) }),
    files: ['manifests/crds'],
    rare: true,
  },
};

/** Names of every pinned tool, in the order they are built. */
export const toolNames: readonly string[] = Object.keys(recipes);

/** Those that most tests need. */
export const commonToolNames: readonly string[] = toolNames.filter((name) => recipes[name]?.rare !== true);

/** Reads the pin of one tool. Throws for a name that is not pinned. */
export async function readPin(name: string): Promise<Tool> {
  const recipe = recipes[name];
  if (recipe === undefined) throw new Error(`no tool is called "${name}"; there are: ${toolNames.join(', ')}`);
  const moduleDir = join(import.meta.dirname, recipe.folder);
  const [mod, sum] = await Promise.all(['go.mod', 'go.sum'].map((file) => readFile(join(moduleDir, file), 'utf8')));
  const version = only(
    mod,
    new RegExp(`^(?:require |\\t)${recipe.module.replaceAll('.', '\\.')} (v\\S+)`, 'm'),
    recipe.module,
  );
  const ldflags = [
    '-s',
    '-w',
    ...Object.entries(recipe.versionVariables(version)).map(([k, v]) => `-X ${k}=${v}`),
  ].join(' ');
  return {
    name,
    moduleDir,
    package: recipe.package,
    version,
    ldflags,
    module: recipe.module,
    files: recipe.files ?? [],
    go: only(mod, /^go (\S+)/m, 'go'),
    key: [
      recipe.folder,
      version,
      process.platform,
      process.arch,
      digest([mod, sum, ldflags, ...(await ownSources(moduleDir, recipe.package))].join('\n')),
    ].join('-'),
  };
}

/** The text of a program of ours; nothing for one that a module pins. */
async function ownSources(moduleDir: string, pkg: string): Promise<string[]> {
  if (!pkg.startsWith('.')) return [];
  const files = (await readdir(join(moduleDir, pkg), { recursive: true })).filter((file) => file.endsWith('.go'));
  return await Promise.all(files.toSorted().map((file) => readFile(join(moduleDir, pkg, file), 'utf8')));
}

function only(text: string | undefined, pattern: RegExp, what: string): string {
  const found = text === undefined ? undefined : pattern.exec(text)?.[1];
  if (found === undefined) throw new Error(`no version of ${what} in go.mod`);
  return found;
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 10);
}
