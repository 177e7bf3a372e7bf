import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';

const tag = { integer: 0x02, bits: 0x03, octets: 0x04, oid: 0x06, text: 0x0c, time: 0x17, sequence: 0x30, set: 0x31 };
const ecdsaWithSha256 = '2a8648ce3d040302';
const commonName = '550403';
const subjectAltName = '551d11';

function der(type: number, ...parts: Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  if (length < 128) return Buffer.concat([Buffer.from([type, length]), content]);
  const size = length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([type, ...size]), content]);
}

const hex = (text: string) => Buffer.from(text, 'hex');

function utcTime(date: Date): Buffer {
  const digits = date.toISOString().replace(/\D/g, '').slice(2, 14);
  return der(tag.time, Buffer.from(`${digits}Z`));
}

function loopbackNames(): Buffer {
  const addresses = der(tag.sequence, der(0x82, Buffer.from('localhost')), der(0x87, Buffer.from([127, 0, 0, 1])));
  const extension = der(tag.sequence, der(tag.oid, hex(subjectAltName)), der(tag.octets, addresses));
  return der(0xa3, der(tag.sequence, extension));
}

/** A self-signed serving certificate for loopback, valid for a year, with its key: both as PEM. */
export function selfSignedCertificate(name: string, now: Date): { cert: string; key: string } {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const serial = randomBytes(16);
  serial[0] = (serial[0] ?? 0) & 0x7f || 1; // positive, and without a leading zero byte
  const algorithm = der(tag.sequence, der(tag.oid, hex(ecdsaWithSha256)));
  const attribute = der(tag.sequence, der(tag.oid, hex(commonName)), der(tag.text, Buffer.from(name)));
  const distinguishedName = der(tag.sequence, der(tag.set, attribute));
  const yearLater = new Date(now.getTime() + 365 * 86_400_000);
  const body = der(
    tag.sequence,
    der(0xa0, der(tag.integer, Buffer.from([2]))), // version 3
    der(tag.integer, serial),
    algorithm,
    distinguishedName,
    der(tag.sequence, utcTime(new Date(now.getTime() - 3_600_000)), utcTime(yearLater)),
    distinguishedName,
    publicKey.export({ type: 'spki', format: 'der' }),
    loopbackNames(),
  );
  const signature = der(tag.bits, Buffer.from([0]), sign('sha256', body, privateKey));
  const lines = der(tag.sequence, body, algorithm, signature).toString('base64').replace(/.{64}/g, '$&\n').trimEnd();
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}
