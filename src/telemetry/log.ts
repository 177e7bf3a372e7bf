import { type DestinationStream, type Logger, type LoggerOptions, pino, stdSerializers } from 'pino';

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error';

/** Names under which credentials could reach a log line, at the first levels of its fields. */
const secretNames = ['token', 'password', 'secret', 'authorization', 'Authorization', 'apiKey', 'kubeconfig'];

const redactedPaths = secretNames.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]);

/** Bearer tokens and JSON Web Tokens inside sentences: servers like to quote what they refuse. */
const credentialText = /\bBearer\s+\S+|\beyJ[\w-]+\.[\w-]+\.[\w-]*/g;

const REDACTED = '[redacted]';

/** An error as plain fields, with its chain of causes, free of credentials. */
function serializeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { type, message, stack } = stdSerializers.err(error);
  return { type, message: scrub(message), stack: scrub(stack) };
}

function scrub(text: string): string {
  return text.replace(credentialText, REDACTED);
}

/**
 * The process's logger: one JSON object a line, times in ISO 8601, levels by name. What it writes to is standard output
 * unless a test passes something else.
 *
 * A reconcile logs through a child with `{controller, object, uid, generation, reconcileId}`.
 */
export function createLog(level: LogLevel, destination?: DestinationStream): Logger {
  const options: LoggerOptions = {
    level,
    base: null,
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label) => ({ level: label }) },
    serializers: { err: serializeError },
    redact: { paths: redactedPaths, censor: REDACTED },
  };
  return destination ? pino(options, destination) : pino(options);
}
