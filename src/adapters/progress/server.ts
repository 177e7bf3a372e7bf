import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tokenReviewer } from './token-review.ts';
import { podLookup } from './pod-lookup.ts';
import { progressWriter } from './progress-writer.ts';
import { reportHandler, type ProgressLog, type ReportHandler, type WriteProgress } from './report-handler.ts';
import { sharedCertificate, type ServingCertificate } from './certificate.ts';
import type { KubeApi } from './kube-api.ts';
import type { PodBelongsTo } from './authenticator.ts';

export interface ProgressServerOptions {
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  /** Namespace of the certificate's Secret. */
  readonly namespace: string;
  /** Names or addresses under which trainers reach the server. */
  readonly serverNames: readonly string[];
  readonly api: KubeApi;
  readonly log: ProgressLog;
  /** Whose pod reports; the API server is asked when not given. */
  readonly podBelongsTo?: PodBelongsTo;
  /** Where reports go; server-side apply on the job's status when not given. */
  readonly write?: WriteProgress;
}

export interface ProgressServer {
  readonly port: number;
  /** What trainers must trust right now; it changes when the certificate is renewed. */
  readonly caPem: string;
  close(): Promise<void>;
}

const renewalCheckMs = 3_600_000;
const graceMs = 2_000;

/**
 * Takes reports until it is closed. Any replica may take them, the leader or not: the server keeps nothing that
 * another one would need.
 * @throws when the address is taken or the certificate's Secret can be neither read nor made.
 */
export async function startProgressServer(options: ProgressServerOptions): Promise<ProgressServer> {
  const loadCertificate = async (): Promise<ServingCertificate> =>
    await sharedCertificate({ ...options, hosts: options.serverNames, now: Date.now });
  let certificate = await loadCertificate();
  const server = serve(certificate, handlerFor(options));
  server.listen(options.port, options.host);
  await once(server, 'listening');

  const renewal = setInterval(() => {
    loadCertificate().then(
      (loaded) => {
        certificate = loaded;
        server.setSecureContext(secureContext(loaded));
      },
      (error: unknown) => options.log.warn({ err: error }, 'Could not check the progress certificate'),
    );
  }, renewalCheckMs).unref();

  return {
    port: (server.address() as AddressInfo).port,
    get caPem() {
      return certificate.certificatePem;
    },
    close: async () => {
      clearInterval(renewal);
      await close(server);
    },
  };
}

function handlerFor({ api, podBelongsTo, log, write }: ProgressServerOptions): ReportHandler {
  const monotonic = (): number => performance.now();
  return reportHandler({
    podBelongsTo: podBelongsTo ?? podLookup(api),
    log,
    monotonic,
    reviewToken: tokenReviewer(api),
    write: write ?? progressWriter({ api, monotonic }),
  });
}

function serve(certificate: ServingCertificate, handler: ReportHandler): Server {
  const server = createServer(
    { ...secureContext(certificate), headersTimeout: 5_000, requestTimeout: 10_000, maxHeaderSize: 16_384 },
    handler,
  );
  server.maxConnections = 1_024;
  return server;
}

function secureContext({ certificatePem, keyPem }: ServingCertificate) {
  return { cert: certificatePem, key: keyPem, minVersion: 'TLSv1.2' } as const;
}

/** Lets requests in progress finish, but not for ever: a trainer repeats what was lost. */
async function close(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  const timer = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearTimeout(timer);
}
