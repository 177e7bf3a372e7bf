// Argo CD itself, from its Go module, on a control plane of ours. No API server, no user interface: what it does to a
// cluster, its controllers do.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { KubeClient } from '../../../src/kube/client.ts';
import type { Stored } from '../../../src/kube/types.ts';
import type { Cluster } from '../cluster.ts';
import type { Component } from '../control-plane/component.ts';
import type { ControlPlane } from '../control-plane/control-plane.ts';
import { eventually } from '../eventually.ts';
import { installArgoCd, uninstallArgoCd } from './install.ts';
import { startProcesses } from './processes.ts';
import { type Application, applications, argoNamespace } from './types.ts';

export class ArgoCd {
  readonly #controlPlane: ControlPlane;
  readonly #client: KubeClient;
  readonly #components: readonly Component[];

  private constructor({ controlPlane, client }: Cluster, components: readonly Component[]) {
    this.#controlPlane = controlPlane;
    this.#client = client;
    this.#components = components;
  }

  /** Returns once its processes run; what they do shows that they are ready. */
  static async start(cluster: Cluster): Promise<ArgoCd> {
    const dir = join(cluster.dir, 'argocd');
    await mkdir(dir);
    const token = await installArgoCd(cluster.controlPlane);
    const components: Component[] = [];
    const argo = new ArgoCd(cluster, components);
    try {
      await startProcesses({ dir, kubeconfig: await cluster.controlPlane.kubeconfigFor({ token }) }, components);
      return argo;
    } catch (error) {
      await argo.#stop();
      throw error;
    }
  }

  /** Applies an Application or an ApplicationSet as a person would. */
  async apply(object: object): Promise<void> {
    const strict = ['--validate=strict', '--warnings-as-errors'];
    await this.#controlPlane.kubectl(['apply', ...strict, '-f', '-'], JSON.stringify(object));
  }

  async application(name: string): Promise<Stored<Application>> {
    return await this.#client.get(applications, { namespace: argoNamespace, name });
  }

  /** Waits until `look` likes what it is shown; tells what there was, and their logs, when it never does. */
  async eventually<T>(
    name: string,
    what: string,
    look: (application: Application) => T | undefined | false,
    withinMs = 120_000,
  ): Promise<T> {
    const failures = this.#components.map(({ failed }) => failed);
    const found = eventually(what, async () => look(await this.application(name)), {
      withinMs,
      show: async () => `${await this.#describe(name)}\n${await this.#logTails()}`,
    });
    return await Promise.race([found, ...failures]);
  }

  /** Its Applications go, and what they made stays. */
  async forget(): Promise<void> {
    const kubectl = async (...args: string[]) => await this.#controlPlane.kubectl(['-n', argoNamespace, ...args]);
    await kubectl('delete', 'applicationsets', '--all', '--cascade=orphan');
    for (const name of (await kubectl('get', 'applications', '-o', 'name')).split('\n').filter((line) => line !== '')) {
      // Or it would take along what it made, and ask about a claim first.
      await kubectl('patch', name, '--type=merge', '-p', '{"metadata":{"finalizers":null}}');
      await kubectl('delete', name);
    }
  }

  /** Takes it out of the cluster again. */
  async remove(): Promise<void> {
    try {
      await this.forget();
    } finally {
      await this.#stop();
    }
    await uninstallArgoCd(this.#controlPlane);
  }

  async #describe(name: string): Promise<string> {
    const application = await this.application(name).catch((error: unknown) => String(error));
    return JSON.stringify(application, undefined, 1);
  }

  async #logTails(): Promise<string> {
    return (await Promise.all(this.#components.map((component) => component.logTail()))).join('\n');
  }

  async #stop(): Promise<void> {
    for (const component of this.#components.toReversed()) await component.stop('term');
  }
}
