const acts = new Set<() => void>();

function exit(): void {
  for (const act of acts) act();
}

/**
 * Does `act` when this process exits; what it returns takes that back.
 * One listener for all: each operator and each node would otherwise add one of its own, and Node warns of a leak from the eleventh on.
 */
export function atExit(act: () => void): () => void {
  if (acts.size === 0) process.once('exit', exit);
  acts.add(act);
  return () => {
    acts.delete(act);
    if (acts.size === 0) process.off('exit', exit);
  };
}
