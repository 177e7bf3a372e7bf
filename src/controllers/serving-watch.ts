/**
 * The controller that reads the metrics of every student's replicas, each on its own beat. It decides nothing that it carries out:
 * it remembers, and wakes the controller of StudentDeployments where there is news.
 */
import type { Pod } from '../api/core.ts';
import type { StudentDeployment } from '../api/v1alpha1/student-deployment.gen.ts';
import { readSample } from '../domain/student/autoscale/exposition.ts';
import type { PodReading } from '../domain/student/autoscale/tick.ts';
import { isNews, readablePods, watch, type WatchState } from '../domain/student/autoscale/watch.ts';
import type { Observed, ServingLoad, Settings } from '../domain/student/observed.ts';
import type { Clock } from '../kube/clock.ts';
import { awaitChange, type ControllerOptions, type Next, requeueAfter, source } from '../kube/controller.ts';
import { formatKey, keyOf, type ObjectKey, type Stored } from '../kube/types.ts';
import type { Stores } from './stores.ts';

/** What a pod's page is read with; the adapter's scraper is one. */
export interface PageReader {
  scrape(
    target: { readonly host: string; readonly port: number },
    signal: AbortSignal,
  ): Promise<{ readonly page: string } | { readonly trouble: string }>;
}

export interface ServingWatchDeps {
  readonly stores: Pick<Stores, 'studentDeployments'>;
  readonly settings: Pick<Settings, 'servingImage' | 'catalogue'>;
  readonly observe: (student: Stored<StudentDeployment>) => Omit<Observed, 'load'>;
  readonly pages: PageReader;
  readonly clock: Clock;
  readonly random: () => number;
  readonly periodMs: number;
  /** Wakes the controller of StudentDeployments. */
  readonly onNews: (key: ObjectKey) => void;
  readonly measure?: { scraped(result: 'ok' | 'failed', seconds: number): void };
}

/** Looks at different students drift apart instead of coming together. */
const spread = 0.1;
/** Students that are looked at side by side; the pages read at once are bounded by the reader. */
const concurrency = 32;

export class ServingWatch {
  readonly #deps: ServingWatchDeps;
  readonly #states = new Map<string, WatchState>();
  readonly #looked = new Map<string, number>();

  constructor(deps: ServingWatchDeps) {
    this.#deps = deps;
  }

  load(key: ObjectKey): ServingLoad | undefined {
    return this.#states.get(formatKey(key))?.load;
  }

  controller(): ControllerOptions {
    return {
      name: 'servingwatch',
      concurrency,
      sources: [source(this.#deps.stores.studentDeployments, (student) => [keyOf(student)])],
      reconcile: (key, signal) => this.#look(key, signal),
    };
  }

  async #look(key: ObjectKey, signal: AbortSignal): Promise<Next> {
    const { stores, clock, random, periodMs } = this.#deps;
    const id = formatKey(key);
    const student = stores.studentDeployments.get(key);
    if (student === undefined || student.metadata.deletionTimestamp !== undefined) {
      this.#states.delete(id);
      this.#looked.delete(id);
      return awaitChange;
    }
    // A change of the student wakes this too; its beat stays what it is.
    const dueMs = (this.#looked.get(id) ?? -Infinity) + periodMs * (1 - spread) - clock.monotonic();
    if (dueMs > 0) return requeueAfter(dueMs);
    this.#looked.set(id, clock.monotonic());
    await this.#read(student, signal);
    return requeueAfter(periodMs * (1 + spread * (2 * random() - 1)));
  }

  async #read(student: Stored<StudentDeployment>, signal: AbortSignal): Promise<void> {
    const { observe, settings, clock, onNews } = this.#deps;
    const key = keyOf(student);
    const pods = readablePods(observe(student).pods);
    const { port } = student.spec.runtime;
    const readings = await Promise.all(pods.map((pod) => this.#readPod(pod, port, signal)));
    if (signal.aborted) return;
    const before = this.#states.get(formatKey(key));
    // Read after the wait: the world may have moved on.
    const after = watch(before, { seen: observe(student), readings, settings, now: clock.now() });
    this.#states.set(formatKey(key), after);
    if (isNews(student, before, after)) onNews(key);
  }

  async #readPod({ metadata, status }: Pod, port: number, signal: AbortSignal): Promise<PodReading> {
    const { pages, clock, measure } = this.#deps;
    const started = clock.monotonic();
    const scraped = await pages.scrape({ host: status?.podIP ?? '', port }, signal);
    const isRead = 'page' in scraped;
    measure?.scraped(isRead ? 'ok' : 'failed', (clock.monotonic() - started) / 1000);
    const pod = metadata.uid ?? metadata.name;
    const at = clock.now();
    return isRead
      ? { pod, at, sample: readSample(scraped.page) }
      : { pod, at, sample: undefined, trouble: `pod ${metadata.name}: ${scraped.trouble}` };
  }
}
