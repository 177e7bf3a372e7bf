// The Markdown that people read: the root's README and everything under docs/.
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

export const root = resolve(import.meta.dirname, '../../..');

export interface Page {
  /** Relative to the repository. */
  readonly path: string;
  readonly text: string;
}

export function pages(): Page[] {
  const paths = ['README.md', ...globSync('docs/**/*.md', { cwd: root }).toSorted()];
  return paths.map((path) => ({ path, text: read(path) }));
}

export function read(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

/** The bodies of fenced blocks of one language. */
export function blocks(text: string, language: string): string[] {
  return [...text.matchAll(new RegExp(`^ *\`\`\`${language}\\n([\\s\\S]*?)^ *\`\`\``, 'gm'))].map(
    ([, body = '']) => body,
  );
}

function withoutBlocks(text: string): string {
  return text.replaceAll(/^ *```[\s\S]*?^ *```/gm, '');
}

export interface Link {
  /** Relative to the repository; the page itself for a link within it. */
  readonly target: string;
  readonly anchor: string | undefined;
}

/** Links that stay in the repository; one inside of code is an example. */
export function links({ path, text }: Page): Link[] {
  const found = [
    ...withoutBlocks(text)
      .replaceAll(/`[^`\n]*`/g, '')
      .matchAll(/\]\((?<to>[^)\s]+)\)/g),
  ].map(({ groups }) => groups?.['to'] ?? '');
  return found
    .filter((to) => !/^[a-z]+:/.test(to))
    .map((to) => {
      const [file = '', anchor] = to.split('#', 2);
      return { target: file === '' ? path : join(dirname(path), file), anchor };
    });
}

/** The anchors of a page's headings, as forges make them. */
export function anchors(text: string): string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

/** Rows of all tables: their cells, trimmed. */
export function tableRows(text: string): string[][] {
  const rows = text.split('\n').filter((line) => /^\|.*\|$/.test(line) && !/^\|[-|: ]+\|$/.test(line));
  return rows.map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  );
}

/** What stands in backticks, blocks aside. */
export function codeIn(text: string): string[] {
  return [...withoutBlocks(text).matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code);
}
