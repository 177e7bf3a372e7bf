// Ctrl-C and kill, by default, end a process without its exit handlers, which are what ends everything it has started.
export function endOnSignals(): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(130));
}
