/**
 * The lines of a byte stream, without their ends. Chunks may be cut anywhere, within a character too. Empty lines are
 * skipped. A last line without an end is given up: the connection broke in the middle of it.
 */
export async function* lines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder();
  let parts: string[] = [];
  for await (const chunk of chunks) {
    const pieces = decoder.decode(chunk, { stream: true }).split('\n');
    const last = pieces.pop() ?? '';
    for (const piece of pieces) {
      const line = parts.join('') + piece;
      parts = [];
      if (line.trim() !== '') yield line;
    }
    if (last !== '') parts.push(last);
  }
}
