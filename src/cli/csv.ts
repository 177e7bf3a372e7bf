/** Rows of an RFC 4180 file by column name. Only what our own data files need: no streaming, no other dialects. */
export type CsvRow = Readonly<Record<string, string>>;

export function parseCsv(text: string): readonly CsvRow[] {
  const [header, ...records] = splitRecords(text);
  if (!header) return [];
  return records.map((record) => Object.fromEntries(header.map((name, i) => [name, record[i] ?? ''])));
}

function splitRecords(text: string): string[][] {
  const records: string[][] = [];
  let record: string[] = [];
  for (const [, quoted, plain = '', end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/g)) {
    record.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (end === ',') continue;
    if (record.some((cell) => cell !== '')) records.push(record);
    record = [];
    if (end === '') break;
  }
  return records;
}
