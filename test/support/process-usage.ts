import { readFile } from 'node:fs/promises';

/** What a process has used, as Linux counts it: fields 14 and 15 of stat are in hundredths of a second, fields of statm in pages. */
export async function usageOf(pid: number): Promise<{ cpuSeconds: number; rssMebibytes: number }> {
  const stat = (await readFile(`/proc/${pid}/stat`, 'utf8')).replace(/^.*\) /, '').split(' ');
  const [, pages] = (await readFile(`/proc/${pid}/statm`, 'utf8')).split(' ');
  return {
    cpuSeconds: (Number(stat[11]) + Number(stat[12])) / 100,
    rssMebibytes: (Number(pages) * 4096) / 1024 ** 2,
  };
}
