import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { selfSignedCertificate } from './certificate.ts';
import { logPath } from './log-files.ts';
import { listenOnLoopback } from './loopback-server.ts';
import type { ContainerStatus, Pod } from './types.ts';

const pollMs = 200;

export interface LogSource {
  dataDir: string;
  find(namespace: string, name: string): Pod | undefined;
  pods(): Pod[];
}

export interface LogServer {
  port: number;
  close(): void;
}

/** The part of a kubelet's HTTPS interface that `kubectl logs` uses, on loopback. */
export async function startLogServer(source: LogSource): Promise<LogServer> {
  const server = createServer(selfSignedCertificate('local-node', new Date()), (request, response) => {
    answer(request, response, source).catch((error: unknown) => {
      if (!response.headersSent) response.writeHead(500);
      response.end(String(error));
    });
  });
  return { port: await listenOnLoopback(server), close: () => closeNow(server) };
}

function closeNow(server: Server): void {
  server.close();
  server.closeAllConnections();
}

async function answer(request: IncomingMessage, response: ServerResponse, source: LogSource): Promise<void> {
  const url = new URL(request.url ?? '/', 'https://localhost');
  const [, route, namespace = '', pod = '', container = ''] = url.pathname.split('/');
  if (route === 'healthz') return void response.end('ok');
  if (route === 'pods')
    return void response.end(JSON.stringify({ apiVersion: 'v1', kind: 'PodList', items: source.pods() }));
  if (route !== 'containerLogs') return void response.writeHead(404).end('the local node serves logs alone\n');
  const run = runOf(source, { namespace, pod, container, previous: url.searchParams.get('previous') === 'true' });
  if ('problem' in run) return void response.writeHead(run.status).end(run.problem);
  response.writeHead(200, { 'content-type': 'text/plain' });
  response.flushHeaders();
  await sendLog(response, run, url.searchParams);
}

interface Wanted {
  namespace: string;
  pod: string;
  container: string;
  previous: boolean;
}

interface LogRun {
  path: string;
  /** Whether more may still be written. */
  isLive(): boolean;
}

function runOf(source: LogSource, wanted: Wanted): LogRun | { status: number; problem: string } {
  const { namespace, pod: name, container, previous } = wanted;
  const pod = source.find(namespace, name);
  if (!pod) return { status: 404, problem: `pod "${name}" not found` };
  const status = statusOf(pod, container);
  if (!status) return { status: 404, problem: `container "${container}" in pod "${name}" has no status yet` };
  const neverRan = previous ? !status.lastState?.terminated : !status.containerID;
  if (neverRan)
    return {
      status: 400,
      problem: `${previous ? 'previous terminated ' : ''}container "${container}" in pod "${name}" not found`,
    };
  const { uid = '' } = pod.metadata ?? {};
  const run = latestRun(status) - (previous ? 1 : 0);
  const path = logPath(source.dataDir, { namespace, pod: name, uid, container }, run);
  const isLive = () => {
    const now = source.find(namespace, name);
    const current = now?.metadata?.uid === uid ? statusOf(now, container) : undefined;
    return !previous && current?.state?.running !== undefined && latestRun(current) === run;
  };
  return { path, isLive };
}

/** The number of the latest run: the container's identity ends with it. */
function latestRun({ containerID, restartCount }: ContainerStatus): number {
  return Number(containerID?.split('/').at(-1) ?? restartCount);
}

function statusOf(pod: Pod, container: string): ContainerStatus | undefined {
  const { containerStatuses = [], initContainerStatuses = [] } = pod.status ?? {};
  return [...containerStatuses, ...initContainerStatuses].find(({ name }) => name === container);
}

async function sendLog(response: ServerResponse, run: LogRun, query: URLSearchParams): Promise<void> {
  const tail = query.get('tailLines');
  const follow = query.get('follow') === 'true';
  const limit = Number(query.get('limitBytes') ?? Infinity);
  let at = tail === null ? 0 : await tailStart(run.path, Number(tail));
  let left = limit;
  while (!response.destroyed && left > 0) {
    const live = run.isLive(); // asked before reading: what is written after the answer "no" is nothing
    const { size } = await stat(run.path);
    const until = Math.min(size, at + left);
    if (until > at) await copy(run.path, at, until, response);
    left -= until - at;
    at = until;
    if (!follow || !live) break;
    await sleep(pollMs);
  }
  response.end();
}

async function copy(path: string, from: number, until: number, response: ServerResponse): Promise<void> {
  for await (const chunk of createReadStream(path, { start: from, end: until - 1 })) {
    if (!response.write(chunk))
      await new Promise<void>((resolve) => void response.once('drain', resolve).once('close', resolve));
  }
}

/** Where the last `lines` lines of a file begin. */
async function tailStart(path: string, lines: number): Promise<number> {
  await using file = await open(path);
  const { size } = await file.stat();
  if (lines === 0) return size;
  const block = 64 * 1024;
  let seen = 0;
  for (let end = size; end > 0; end -= block) {
    const start = Math.max(0, end - block);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(end - start), 0, end - start, start);
    for (let at = bytesRead - 1; at >= 0; at--) {
      const isLastByte = start + at === size - 1; // the end of the last line opens no other
      if (buffer[at] === 10 && !isLastByte && ++seen === lines) return start + at + 1;
    }
  }
  return 0;
}
