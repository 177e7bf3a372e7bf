/**
 * The controller that asks a revision on trial, and the stable one beside it, the prompts of `analysis.agreement`. It writes nothing:
 * it remembers how far it has come, and wakes the controller of StudentDeployments, which stores that.
 */
import type { Pod } from '../api/core.ts';
import type { AgreementSpec, AgreementStatus, StudentDeployment } from '../api/v1alpha1/student-deployment.gen.ts';
import {
  addExchanges,
  type Answer,
  beginRound,
  type Exchange,
  isFinished,
  judgeAgreement,
  nothingAsked,
  withMessage,
} from '../domain/student/canary/agreement.ts';
import { digestOf, type Prompt, readPrompts, samplePrompts } from '../domain/student/canary/prompts.ts';
import { type Comparison, comparisonOf, pair, type Pairing } from '../domain/student/canary/questions.ts';
import { servedModelName } from '../domain/student/model.ts';
import type { ServingLoad } from '../domain/student/observed.ts';
import type { KubeClient } from '../kube/client.ts';
import { awaitChange, type ControllerOptions, type Next, requeueAfter, source } from '../kube/controller.ts';
import { isFault } from '../kube/errors.ts';
import { formatKey, keyOf, type ObjectKey, type Stored } from '../kube/types.ts';
import { configMaps } from './resources.ts';
import type { Stores } from './stores.ts';

interface PodQuestion {
  readonly host: string;
  readonly port: number;
  readonly api: 'Chat' | 'Completions';
  readonly model: string;
  readonly prompt: string;
  readonly maxTokens: number;
}

/** What a pod is asked with; the adapter's asker is one. */
export interface PodAsker {
  ask(question: PodQuestion, signal: AbortSignal): Promise<Answer>;
}

export interface AgreementWatchDeps {
  readonly stores: Pick<Stores, 'studentDeployments' | 'pods'>;
  readonly client: Pick<KubeClient, 'get'>;
  readonly asker: PodAsker;
  /** Wakes the controller of StudentDeployments. */
  readonly onNews: (key: ObjectKey) => void;
  readonly measure?: { asked(result: 'answered' | 'failed'): void };
}

/** Prompts that are asked before what came of them is stored. */
const batch = 8;
/** Of one student at a time: more would wait at the canary, and it would look slow. */
const atOnce = 2;
/** Students whose prompts are asked side by side. */
const concurrency = 4;
/** Until what is in the way is looked at again, or more prompts are looked for. */
const againMs = 15_000;

interface Round {
  readonly revision: string;
  readonly sample: readonly Prompt[];
  readonly status: AgreementStatus;
}

type Student = Stored<StudentDeployment>;

export class AgreementWatch {
  readonly #deps: AgreementWatchDeps;
  readonly #rounds = new Map<string, Round>();

  constructor(deps: AgreementWatchDeps) {
    this.#deps = deps;
  }

  /** As far as this process has come with the revision on trial. */
  roundOf(key: ObjectKey): ServingLoad['agreement'] {
    const round = this.#rounds.get(formatKey(key));
    return round && { revision: round.revision, round: round.status };
  }

  controller(): ControllerOptions {
    return {
      name: 'agreementwatch',
      concurrency,
      sources: [source(this.#deps.stores.studentDeployments, (student) => [keyOf(student)])],
      reconcile: (key, signal) => this.#look(key, signal),
    };
  }

  async #look(key: ObjectKey, signal: AbortSignal): Promise<Next> {
    const student = this.#deps.stores.studentDeployments.get(key);
    const comparison = student === undefined ? undefined : comparisonOf(student);
    if (student === undefined || comparison === undefined) {
      this.#rounds.delete(formatKey(key));
      return awaitChange;
    }
    const before = this.#rounds.get(formatKey(key));
    const round = await this.#next(student, comparison, signal);
    if (signal.aborted) return awaitChange;
    this.#rounds.set(formatKey(key), round);
    if (JSON.stringify(before?.status) !== JSON.stringify(round.status)) this.#deps.onNews(key);
    if (isSettled(student, round.status)) return awaitChange;
    return requeueAfter(round.status.message === undefined && !isFinished(round.status) ? 0 : againMs);
  }

  async #next(student: Student, comparison: Comparison, signal: AbortSignal): Promise<Round> {
    const round = await this.#current(student, comparison, signal);
    const isIdle = round.sample.length === 0 || isFinished(round.status);
    return isIdle ? round : await this.#ask(student, { comparison, round }, signal);
  }

  /** What is in memory while it goes well; else the prompts are read anew, for somebody may have mended them. */
  async #current(student: Student, comparison: Comparison, signal: AbortSignal): Promise<Round> {
    const { revision } = comparison;
    const known = this.#rounds.get(formatKey(keyOf(student)));
    const own = known?.revision === revision ? known : undefined;
    if (own !== undefined && own.status.message === undefined && !isFinished(own.status)) return own;
    const stored = own?.status ?? student.status?.canary?.agreement;
    if (stored !== undefined && isSettled(student, stored)) return { revision, sample: [], status: stored };
    return await this.#begin(student, { comparison, stored }, signal);
  }

  async #begin(student: Student, { comparison, stored }: Beginning, signal: AbortSignal): Promise<Round> {
    const { revision, spec } = comparison;
    const found = await this.#promptsOf(student, spec, signal);
    const prompts = 'problem' in found ? found : readPrompts(found.text);
    if ('problem' in found || 'problem' in prompts) {
      const { name, key } = spec.prompts.configMapRef;
      const message = `key ${key} of ConfigMap ${name} cannot be used: ${'problem' in prompts ? prompts.problem : ''}`;
      return { revision, sample: [], status: withMessage(stored ?? nothingAsked, message) };
    }
    const sample = samplePrompts(prompts, revision, spec.sampleSize);
    return { revision, sample, status: beginRound(digestOf(found.text, spec), sample.length, stored) };
  }

  async #promptsOf(
    student: Student,
    { prompts }: AgreementSpec,
    signal: AbortSignal,
  ): Promise<{ readonly text: string } | { readonly problem: string }> {
    const { name, key } = prompts.configMapRef;
    const { namespace } = keyOf(student);
    try {
      const { data = {} } = await this.#deps.client.get(configMaps, { namespace, name }, { signal });
      const text = data[key];
      return text === undefined ? { problem: 'the ConfigMap has no such key' } : { text };
    } catch (error) {
      if (isFault(error, 'NotFound')) return { problem: 'there is no such ConfigMap' };
      if (isFault(error, 'Forbidden')) return { problem: 'the operator may not read it' };
      throw error;
    }
  }

  async #ask(student: Student, { comparison, round }: Asking, signal: AbortSignal): Promise<Round> {
    const { revision, sample, status } = round;
    const { namespace, name } = keyOf(student);
    const pods = this.#deps.stores.pods.byIndex('student', `${namespace}/${name}`);
    const pairings = pair(sample.slice(status.asked, status.asked + batch), pods, revision);
    if (pairings === undefined) {
      return { ...round, status: withMessage(status, 'one of the two revisions has no replica that is ready') };
    }
    const exchanges: Exchange[] = [];
    for (let from = 0; from < pairings.length; from += atOnce) {
      const some = pairings.slice(from, from + atOnce);
      exchanges.push(...(await Promise.all(some.map((one) => this.#exchange(student, { comparison, one }, signal)))));
    }
    return { ...round, status: addExchanges(status, exchanges, comparison.spec.match) };
  }

  async #exchange(student: Student, { comparison, one }: Exchanging, signal: AbortSignal): Promise<Exchange> {
    const { prompt, candidate, reference } = one;
    const { api, maxTokens } = comparison.spec;
    const ask = async ({ metadata, status }: Pod): Promise<Answer> => {
      const { port } = student.spec.runtime;
      const target = { host: status?.podIP ?? '', port, model: servedModelName(student) };
      const answer = await this.#deps.asker.ask({ ...target, api, maxTokens, prompt: prompt.text }, signal);
      this.#deps.measure?.asked('trouble' in answer ? 'failed' : 'answered');
      return 'trouble' in answer ? { trouble: `pod ${metadata.name}: ${answer.trouble}` } : answer;
    };
    const [answer, other] = await Promise.all([
      ask(candidate),
      reference === undefined ? { text: prompt.answer ?? '' } : ask(reference),
    ]);
    return { prompt, candidate: answer, reference: other };
  }
}

/** Nothing that is asked could change the verdict. */
function isSettled({ spec }: Student, round: AgreementStatus): boolean {
  return judgeAgreement(round, spec.rollout.analysis)?.kind !== 'unclear';
}

interface Beginning {
  readonly comparison: Comparison;
  readonly stored: AgreementStatus | undefined;
}

interface Asking {
  readonly comparison: Comparison;
  readonly round: Round;
}

interface Exchanging {
  readonly comparison: Comparison;
  readonly one: Pairing;
}
