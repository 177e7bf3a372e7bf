/** A path as the container knows it and the place on this machine that holds its content. */
export interface PathMapping {
  from: string;
  to: string;
}

// A slash after one of these continues a longer path, a URL or a shell expansion instead of opening an absolute path.
const continuesBefore = /[\w./~)}\]%+-]/;
// One of these after a mount path makes it the beginning of another name: `/data.json`, `/data-2`.
const continuesAfter = /[\w.%+~@-]/;

function opensPath(text: string, at: number): boolean {
  const before = text[at - 1];
  if (before === undefined || !continuesBefore.test(before)) return true;
  if (/(^|[^\\])\\[nrt]$/.test(text.slice(Math.max(0, at - 3), at))) return true; // a JSON escape such as \n
  return text.slice(Math.max(0, at - 7), at) === 'file://';
}

function endsName(text: string, at: number): boolean {
  const after = text[at];
  if (after === undefined || !continuesAfter.test(after)) return true;
  return after === '.' && (text[at + 1] === undefined || /\s/.test(text[at + 1] ?? '')); // a full stop
}

/**
 * Replaces every container path in `text` by the place that holds its content on this machine.
 *
 * The longest mapping wins, only whole path segments match, and what has been replaced is not looked at again: a
 * mapping's target may itself lie under another mapping's source.
 */
export function rewritePaths(text: string, mappings: readonly PathMapping[]): string {
  const longestFirst = mappings.filter(({ from }) => from !== '/').toSorted((a, b) => b.from.length - a.from.length);
  let result = '';
  let at = 0;
  while (at < text.length) {
    const slash = text.indexOf('/', at);
    if (slash < 0) break;
    const mapping = opensPath(text, slash)
      ? longestFirst.find(({ from }) => text.startsWith(from, slash) && endsName(text, slash + from.length))
      : undefined;
    result += text.slice(at, slash) + (mapping?.to ?? '/');
    at = slash + (mapping?.from.length ?? 1);
  }
  return result + text.slice(at);
}
