// What the tests do to etcd behind the apiserver's back, through its JSON gateway.
const timeoutMs = 10_000;

interface Range {
  /** 64-bit numbers are strings in the gateway's JSON. */
  readonly header: { readonly revision: string };
}

/**
 * Forgets every revision before the current one, so that a client that asks for an older
 * resourceVersion gets a real 410 once the apiserver has to go to etcd for it.
 */
export async function compact(etcdUrl: string): Promise<void> {
  const range: Range = JSON.parse(await post(`${etcdUrl}/v3/kv/range`, { key: 'AA==' }));
  await post(`${etcdUrl}/v3/kv/compaction`, { revision: range.header.revision, physical: true });
}

async function post(url: string, body: unknown): Promise<string> {
  const signal = AbortSignal.timeout(timeoutMs);
  const response = await fetch(url, { method: 'POST', body: JSON.stringify(body), signal });
  const text = await response.text();
  if (!response.ok) throw new Error(`posting to etcd at ${url}: ${response.status} ${text}`);
  return text;
}
