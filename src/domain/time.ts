/** Times as the API writes them. */

/** RFC 3339 in whole seconds, which is all that `metav1.Time` holds: a finer time would differ from its stored form. */
export function timestamp(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

/** Seconds from one API time to another, or to `now` in milliseconds when the second is missing; never negative. */
export function secondsBetween(start: string | undefined, end: string | undefined, now: number): number {
  if (start === undefined) return 0;
  const until = end === undefined ? now : Date.parse(end);
  return Math.max(0, (until - Date.parse(start)) / 1000);
}
