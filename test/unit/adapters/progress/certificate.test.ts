import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { newCertificate } from '../../../../src/adapters/progress/certificate.ts';

const now = Date.parse('2026-11-24T05:00:00Z');
const service = 'stratos-progress.stratos-system.svc';

describe('a new certificate', () => {
  it('covers every host, names and addresses alike, and no other', async () => {
    const { certificatePem } = await newCertificate({ hosts: [service, '127.0.0.1', '::1'], now: () => now });
    const certificate = new X509Certificate(certificatePem);
    assert.equal(certificate.checkHost(service), service);
    assert.equal(certificate.checkIP('127.0.0.1'), '127.0.0.1');
    assert.equal(certificate.checkIP('::1'), '::1');
    assert.equal(certificate.checkHost('stratos.example'), undefined);
  });

  it('is valid from a minute ago, for a year', async () => {
    const { certificatePem } = await newCertificate({ hosts: [service], now: () => now });
    const { validFrom, validTo } = new X509Certificate(certificatePem);
    assert.equal(Date.parse(validFrom), now - 60_000);
    assert.equal(Date.parse(validTo), now + 365 * 86_400_000);
  });

  it('can sign no other certificate', async () => {
    const { certificatePem } = await newCertificate({ hosts: [service], now: () => now });
    assert.equal(new X509Certificate(certificatePem).ca, false);
  });

  it('has a host name longer than a common name may be among its alternative names', async () => {
    const long = `${'a'.repeat(60)}-progress.${'b'.repeat(60)}.svc`;
    const { certificatePem } = await newCertificate({ hosts: [long], now: () => now });
    assert.equal(new X509Certificate(certificatePem).checkHost(long), long);
  });
});
