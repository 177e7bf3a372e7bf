// What the demo needs of a cluster, be it one of its own or somebody's.
export interface DemoCluster {
  readonly kubeconfig: string;
  /** What is simulated here, for the person who watches; undefined on a real cluster. */
  readonly simulation: string | undefined;
  kubectl(args: readonly string[], stdin?: string): Promise<string>;
  /** An address of this machine that leads to port 80 of a Service. */
  forward(namespace: string, service: string): Promise<{ readonly url: string; close(): Promise<void> }>;
  /** Ends what was started for the demo; with `keep`, says how to use what is left. */
  close(): Promise<string | undefined>;
}
