/**
 * Addresses that no teacher has and that a pod should never be talked into calling: itself, its node's neighbours on the link
 * (where clouds keep the machine's credentials), and the API server. Cluster Services and private networks are not among
 * them: a teacher may well run there, and which hosts are allowed is an administrator's policy (`policies.allowedTeacherHosts`).
 */

/** Why the URL must not be called; undefined when nothing speaks against it. */
export function refuseInternalHost(url: string): string | undefined {
  if (!URL.canParse(url)) return 'is not a URL';
  // Parsing brings every spelling of an address (octal, hexadecimal, one number) into one form.
  const host = new URL(url).hostname
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '')
    .toLowerCase();
  const address = mappedIpv4(host) ?? host;
  const rule = rules.find(({ matches }) => matches(address));
  return rule === undefined ? undefined : `is ${rule.what}`;
}

interface Rule {
  readonly what: string;
  readonly matches: (host: string) => boolean;
}

const rules: readonly Rule[] = [
  {
    what: 'the pod itself',
    matches: (host) => host === 'localhost' || host.endsWith('.localhost') || host.startsWith('127.') || host === '::1',
  },
  { what: 'no address', matches: (host) => host === '' || host.startsWith('0.') || host === '::' },
  { what: 'a link-local address', matches: (host) => host.startsWith('169.254.') || /^fe[89ab][0-9a-f]:/.test(host) },
  {
    what: "a cloud's metadata service",
    matches: (host) =>
      ['metadata', 'metadata.google.internal', 'metadata.azure.internal', 'instance-data', 'fd00:ec2::254'].includes(
        host,
      ),
  },
  {
    what: 'the API server',
    matches: (host) => /^kubernetes(\.default(\.svc(\.cluster\.local)?)?)?$/.test(host),
  },
];

/** `::ffff:7f00:1` is 127.0.0.1 by another name. */
function mappedIpv4(host: string): string | undefined {
  const match = /^::(?:ffff:)?([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(host);
  if (match === null) return undefined;
  const [high, low] = [parseInt(match[1] ?? '0', 16), parseInt(match[2] ?? '0', 16)];
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}
