// The control plane behind the `ControlPlane` interface: which component starts when, and what
// "ready" means for each.
import { readFile, rm } from 'node:fs/promises';
import { commandsFor, findBinaries, type Commands } from './commands.ts';
import { Component, type Command } from './component.ts';
import type { ControlPlane, ControlPlaneOptions } from './control-plane.ts';
import { compact } from './etcd.ts';
import { send, until, type Patience } from './http.ts';
import { forgetKept, writeKept } from './kept.ts';
import { runKubectl } from './kubectl.ts';
import { writeKubeconfig } from './kubeconfig.ts';
import { createLayout, identities, type Identity, type Layout } from './layout.ts';

const readyMs = 60_000;

export class RunningControlPlane implements ControlPlane {
  readonly kubeconfig: string;
  readonly server: string;
  readonly token: string;
  readonly dir: string;
  readonly audit: string | undefined;
  readonly #layout: Layout;
  readonly #commands: Commands;
  readonly #components = new Map<string, Component>();
  readonly #over = new AbortController();
  #ca = '';
  #users = 0;
  #kept = false;
  #up = false;

  private constructor(layout: Layout, commands: Commands) {
    this.#layout = layout;
    this.#commands = commands;
    this.kubeconfig = layout.file('admin.kubeconfig');
    this.server = layout.server;
    this.token = layout.tokens.admin;
    this.dir = layout.dir;
    this.audit = layout.audit;
  }

  static async start(options: ControlPlaneOptions): Promise<RunningControlPlane> {
    const binaries = await findBinaries(options);
    const layout = await createLayout(options);
    const plane = new RunningControlPlane(layout, commandsFor(layout, binaries));
    try {
      await plane.#bringUp(options.beforeControllers);
      plane.#up = true;
      if (options.keep === true) await plane.#keep();
      return plane;
    } catch (error) {
      await plane.stop();
      throw error;
    }
  }

  get ca(): string {
    return this.#ca;
  }

  get processGroups(): readonly number[] {
    return [...this.#components.values()].map((component) => component.group);
  }

  async kubeconfigFor({ token }: { token: string }): Promise<string> {
    const path = this.#layout.file(`users/${++this.#users}.kubeconfig`);
    return await writeKubeconfig(path, { server: this.server, ca: this.#ca, token });
  }

  async kubectl(args: readonly string[], stdin?: string): Promise<string> {
    return await runKubectl(this, args, stdin);
  }

  async stopApiServer(how: 'crash' | 'orderly' = 'crash'): Promise<void> {
    await this.#components.get('kube-apiserver')?.stop(how === 'crash' ? 'kill' : 'term');
    this.#components.delete('kube-apiserver');
  }

  async startApiServer(): Promise<void> {
    const component = await this.#startComponent(this.#commands.apiServer);
    await this.#untilReady(component, async () => {
      const ca = await readFile(this.#layout.file('certs/apiserver.crt'), 'utf8'); // it writes this itself, at its first start
      const { status } = await send(`${this.server}/readyz`, { ca, token: this.token });
      this.#ca = ca;
      return status === 200;
    });
    if (this.#kept) await this.#keep();
  }

  async compactEtcd(): Promise<void> {
    await compact(this.#etcdUrl);
  }

  // Nothing here is worth an orderly end: the data is thrown away, and the audit log is written as requests happen.
  async stop(): Promise<void> {
    this.#over.abort();
    await Promise.all([...this.#components.values()].map(async (component) => await component.stop('kill')));
    this.#components.clear();
    if (this.#kept) await forgetKept(this.dir);
    if (this.#layout.scratch !== undefined) await rm(this.#layout.scratch, { recursive: true, force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  get #patience(): Patience {
    return { withinMs: readyMs, signal: this.#over.signal };
  }

  get #etcdUrl(): string {
    return `http://127.0.0.1:${this.#layout.ports.etcd}`;
  }

  async #bringUp(beforeControllers: ControlPlaneOptions['beforeControllers']): Promise<void> {
    const { etcd, controllerManager, scheduler, kwok } = this.#commands;
    const { ports } = this.#layout;
    const store = await this.#startComponent(etcd);
    await this.#untilReady(store, async () => (await fetch(`${this.#etcdUrl}/health`)).ok);
    await this.startApiServer();
    await Promise.all(identities.map(async (who) => await this.#writeLogin(who)));
    await beforeControllers?.(this);
    await Promise.all([
      this.#startWithHealth(controllerManager, ports.controllerManager),
      this.#startWithHealth(scheduler, ports.scheduler),
      kwok === undefined ? undefined : this.#startComponent(kwok),
    ]);
    await this.#untilDefaultAccount();
  }

  async #writeLogin(who: Identity): Promise<void> {
    const path = this.#layout.file(`${who}.kubeconfig`);
    await writeKubeconfig(path, { server: this.server, ca: this.#ca, token: this.#layout.tokens[who] });
  }

  async #startComponent(command: Command): Promise<Component> {
    const component = await Component.start(command, this.#layout);
    this.#components.set(command.name, component);
    component.failed.catch((error: unknown) => {
      if (this.#up) console.error(error); // before that, whoever starts us gets it
    });
    return component;
  }

  async #startWithHealth(command: Command, port: number): Promise<void> {
    const component = await this.#startComponent(command);
    await this.#untilReady(component, async () => (await send(`https://127.0.0.1:${port}/healthz`)).status === 200);
  }

  // Pods are refused until the controller manager has given their namespace its ServiceAccount.
  async #untilDefaultAccount(): Promise<void> {
    const url = `${this.server}/api/v1/namespaces/default/serviceaccounts/default`;
    const probe = async () => (await send(url, { ca: this.#ca, token: this.token })).status === 200;
    const failures = [...this.#components.values()].map(async (component) => await component.failed);
    await Promise.race([until('ServiceAccount default/default', this.#patience, probe), ...failures]);
  }

  async #untilReady(component: Component, probe: () => Promise<boolean>): Promise<void> {
    const ready = until(`${component.name} is ready`, this.#patience, probe).catch(async (error: unknown) => {
      throw new Error(`starting ${component.name}; its log ends:\n${await component.logTail()}`, { cause: error });
    });
    await Promise.race([ready, component.failed]);
  }

  async #keep(): Promise<void> {
    this.#kept = true;
    const components = [...this.#components.values()];
    await writeKept(this.dir, {
      scratch: this.#layout.scratch,
      components: components.map(({ name, group }) => ({ name, group })),
    });
    await Promise.all(components.map(async (component) => await component.keep()));
  }
}
