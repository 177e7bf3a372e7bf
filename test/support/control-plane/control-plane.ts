// A whole Kubernetes control plane on 127.0.0.1, out of the binaries of `make tools`:
// etcd, kube-apiserver, kube-controller-manager, kube-scheduler and, if wanted, kwok as the nodes.
//
// Guarantees
// * Ready means ready: when startControlPlane returns, a pod can be created in `default`.
// * Nothing outlives the process that started it, whatever way that ends (leash.sh), unless `keep`.
// * Two control planes never meet: own folder, own ports, own credentials.
// Caveats
// * No network for pods, no kubelet: pods run nowhere, or on kwok nodes in name only.
// * Garbage collection and namespace deletion learn about a new CRD up to 30 s after it was made.
import { ComponentExit } from './component.ts';
import { assertNotKept } from './kept.ts';
import { RunningControlPlane } from './running.ts';

export interface ControlPlaneOptions {
  /** Runs kwok for nodes made by `addFakeNode`. */
  readonly kwok?: boolean;
  /** Writes one line per request to `audit`. */
  readonly audit?: boolean;
  /** Folder to live in; it stays afterwards. Without it: a temporary one, removed at the end. */
  readonly dir?: string;
  /** Lets it run on after this process; `stopKept(dir)` ends it. */
  readonly keep?: boolean;
  /** Called when the apiserver is ready, before any controller starts: what is made here (CRDs) they know from the start. */
  readonly beforeControllers?: (controlPlane: ControlPlane) => Promise<void>;
}

/** `await using` stops it at the end of the block. */
export interface ControlPlane extends AsyncDisposable {
  /** Path of the admin's kubeconfig. */
  readonly kubeconfig: string;
  readonly server: string;
  /** PEM. */
  readonly ca: string;
  /** The admin's. */
  readonly token: string;
  readonly dir: string;
  /** Path of the audit log, one JSON object a line. */
  readonly audit: string | undefined;
  /** Process group of each running component; for checks that nothing is left. */
  readonly processGroups: readonly number[];
  /** Writes a kubeconfig for another token (`kubectl create token`) and returns its path. */
  kubeconfigFor(user: { token: string }): Promise<string>;
  /** Runs kubectl as the admin, returns stdout, throws with stderr. */
  kubectl(args: readonly string[], stdin?: string): Promise<string>;
  /** `crash` is SIGKILL; `orderly` lets it finish the requests it has. Returns when it is gone. */
  stopApiServer(how?: 'crash' | 'orderly'): Promise<void>;
  /** Starts it again on the same port, with the same data and credentials; returns when it is ready. */
  startApiServer(): Promise<void>;
  /**
   * Makes every resourceVersion before now unknown to etcd. The apiserver still answers from its cache for
   * those it has seen since its start: restart it first to get a real 410 for all of them.
   */
  compactEtcd(): Promise<void>;
  /** Ends all of it; safe to call twice. */
  stop(): Promise<void>;
}

const maxAttempts = 5;

/** Starts a control plane; throws, with the end of the log, if a component doesn't come up. */
export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  if (options.dir !== undefined) await assertNotKept(options.dir);
  for (let attempt = 1; ; attempt++) {
    try {
      return await RunningControlPlane.start(options);
    } catch (error) {
      if (attempt === maxAttempts || !isPortClash(error)) throw error;
    }
  }
}

function isPortClash(error: unknown): boolean {
  return error instanceof ComponentExit && /address already in use/i.test(error.message);
}
