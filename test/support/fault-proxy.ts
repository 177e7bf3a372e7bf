// Stands between one operator and the API server on loopback: writes down what is asked, and does damage on demand.
//
// Guarantees
// * Requests pass unchanged, with the operator's own token; what it may do is still the API server's to say.
// * A fault strikes as often as its plan says, and only writes that are counted.
// * A watch is passed on line by line, so that holding it never cuts an event in two.
import { once } from 'node:events';
import {
  createServer,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type Server,
  type ServerResponse,
} from 'node:http';
import { Agent, request as sendHttps } from 'node:https';
import { type AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { type ApiRequest, describeRequest, isWrite } from './fault-proxy-request.ts';
import { WatchGate } from './fault-proxy-watch.ts';

/** What happens to a write. */
export type Fault =
  /** The operator dies before the API server has heard of it. */
  | 'kill-before'
  /** The operator dies after it was carried out, and before it learns so. */
  | 'kill-after'
  /** Carried out, and the connection is reset. */
  | 'lose-response'
  /** Refused in the API server's name. */
  | 'refuse-409'
  | 'refuse-429'
  | 'refuse-500';

export interface RecordedRequest extends ApiRequest {
  /** Counted from 1 over all requests. */
  readonly n: number;
  /** Milliseconds since the proxy started. */
  readonly at: number;
  /** The answer; undefined while there is none, and when it never came. */
  code: number | undefined;
  fault: Fault | undefined;
}

export interface FaultPlan {
  readonly fault: Fault;
  /**
   * Whether to strike this write, which is, or would be, the `nth` that succeeds: those that the API server refuses are not
   * counted, since their number varies from run to run.
   */
  strikes(request: ApiRequest, nth: number): boolean;
  /** How many writes to strike; 1 when left out. */
  readonly times?: number;
}

export interface FaultProxyOptions {
  readonly server: string;
  /** PEM. */
  readonly ca: string;
  /** Which writes are counted, and may be struck. */
  readonly counts: (request: ApiRequest) => boolean;
}

interface Answer {
  readonly code: number;
  readonly headers: OutgoingHttpHeaders;
  readonly body: Buffer;
}

export class FaultProxy {
  readonly requests: RecordedRequest[] = [];
  readonly gate = new WatchGate();
  readonly #options: FaultProxyOptions;
  readonly #agent: Agent;
  readonly #server: Server;
  readonly #started = performance.now();
  #plans: FaultPlan[] = [];
  #struck = 0;
  #succeeded = 0;
  #killing = false;
  #kill: () => Promise<void> = () => Promise.resolve();

  private constructor(options: FaultProxyOptions) {
    this.#options = options;
    this.#agent = new Agent({ keepAlive: true, ca: options.ca });
    this.#server = createServer((request, response) => {
      this.#handle(request, response).catch(() => request.socket.destroy());
    });
  }

  static async start(options: FaultProxyOptions): Promise<FaultProxy> {
    const proxy = new FaultProxy(options);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The counted writes that succeeded, in the order of their arrival. */
  get writes(): RecordedRequest[] {
    return this.requests.filter((request) => this.#counts(request) && isSuccess(request.code));
  }

  /** Carries out the plans, one after the other; `kill` has to end the operator that runs when it is called. */
  arm(plans: readonly FaultPlan[], kill?: () => Promise<void>): void {
    this.#plans = [...plans];
    this.#struck = 0;
    if (kill !== undefined) this.#kill = kill;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    this.#agent.destroy();
    await once(this.#server, 'close');
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url = '/' } = request;
    const body = await buffer(request);
    const about = describeRequest(method, url, body.toString());
    const recorded = this.#record(about);
    if (about.verb === 'watch') return this.#watch({ request, response, recorded });
    await this.#answer({ request, response, recorded, body });
  }

  #record(about: ApiRequest): RecordedRequest {
    const at = performance.now() - this.#started;
    const recorded: RecordedRequest = { ...about, n: this.requests.length + 1, at, code: undefined, fault: undefined };
    this.requests.push(recorded);
    return recorded;
  }

  #counts(about: ApiRequest): boolean {
    return isWrite(about) && this.#options.counts(about);
  }

  /** The fault for this write, if the present plan has one at this moment of its life. */
  #strike(recorded: RecordedRequest, moments: ReadonlySet<Fault>, nth: number): Fault | undefined {
    const [plan] = this.#killing ? [] : this.#plans;
    if (plan === undefined || !moments.has(plan.fault) || !this.#counts(recorded)) return undefined;
    if (!plan.strikes(recorded, nth)) return undefined;
    this.#struck += 1;
    if (this.#struck >= (plan.times ?? 1)) {
      this.#plans.shift();
      this.#struck = 0;
    }
    recorded.fault = plan.fault;
    return plan.fault;
  }

  async #answer({ request, response, recorded, body }: Exchange & { readonly body: Buffer }): Promise<void> {
    const early = this.#strike(recorded, beforehand, this.#succeeded + 1);
    if (early === 'kill-before') return this.#killOperator(request);
    const answer = refusals[early ?? ''] ?? (await this.#forward(request, body));
    recorded.code = answer.code;
    if (isSuccess(answer.code) && this.#counts(recorded)) {
      this.#succeeded += 1;
      const late = this.#strike(recorded, afterwards, this.#succeeded);
      if (late === 'kill-after') return this.#killOperator(request);
      if (late === 'lose-response') return void request.socket.resetAndDestroy();
    }
    response.writeHead(answer.code, answer.headers).end(answer.body);
  }

  async #killOperator(request: IncomingMessage): Promise<void> {
    this.#killing = true; // what else the dying one still sends is its own
    await this.#kill();
    this.#killing = false;
    request.socket.destroy();
  }

  async #forward(request: IncomingMessage, body: Buffer): Promise<Answer> {
    const upstream = this.#open(request);
    upstream.end(body);
    const [answer] = (await once(upstream, 'response')) as [IncomingMessage];
    const received = await buffer(answer);
    return {
      code: answer.statusCode ?? 0,
      headers: { ...endToEnd(answer.headers), 'content-length': received.length },
      body: received,
    };
  }

  async #watch({ request, response, recorded }: Exchange): Promise<void> {
    const upstream = this.#open(request);
    response.once('close', () => upstream.destroy());
    upstream.end();
    const [answer] = (await once(upstream, 'response')) as [IncomingMessage];
    recorded.code = answer.statusCode ?? 0;
    response.writeHead(recorded.code, endToEnd(answer.headers));
    response.flushHeaders();
    await this.gate.pass(recorded.resource, answer, response);
    response.end();
  }

  #open({ method = 'GET', url = '/', headers }: IncomingMessage) {
    const target = new URL(url, this.#options.server);
    return sendHttps(target, {
      method,
      headers: { ...endToEnd(headers), host: target.host },
      agent: this.#agent,
    });
  }
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly recorded: RecordedRequest;
}

const beforehand: ReadonlySet<Fault> = new Set(['kill-before', 'refuse-409', 'refuse-429', 'refuse-500']);
const afterwards: ReadonlySet<Fault> = new Set(['kill-after', 'lose-response']);

function isSuccess(code: number | undefined): boolean {
  return code !== undefined && code >= 200 && code < 300;
}

/** What concerns one connection only is left out. */
function endToEnd(headers: IncomingMessage['headers']): OutgoingHttpHeaders {
  const { connection: _c, 'transfer-encoding': _t, 'keep-alive': _k, ...rest } = headers;
  return rest;
}

const refusals: Readonly<Record<string, Answer>> = {
  'refuse-409': refusal(409, 'Conflict'),
  'refuse-429': refusal(429, 'TooManyRequests', { 'retry-after': '1' }),
  'refuse-500': refusal(500, 'InternalError'),
};

function refusal(code: number, reason: string, headers: OutgoingHttpHeaders = {}): Answer {
  const message = 'refused by the fault proxy';
  const status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, code };
  return {
    code,
    headers: { 'content-type': 'application/json', ...headers },
    body: Buffer.from(JSON.stringify(status)),
  };
}
