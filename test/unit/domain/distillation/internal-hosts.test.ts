import assert from 'node:assert/strict';
import { refuseInternalHost } from '../../../../src/domain/distillation/internal-hosts.ts';
import { aJob } from '../../../support/builders/job.ts';
import { tell } from './story.ts';

const refused: Record<string, RegExp> = {
  'http://127.0.0.1:8000/v1': /the pod itself/,
  'http://localhost/v1': /the pod itself/,
  'http://LOCALHOST./v1': /the pod itself/,
  'http://[::1]/v1': /the pod itself/,
  'http://2130706433/v1': /the pod itself/,
  'http://0x7f.1/v1': /the pod itself/,
  'http://[::ffff:127.0.0.1]/v1': /the pod itself/,
  'http://0.0.0.0/v1': /no address/,
  'http://169.254.169.254/latest/meta-data': /link-local/,
  'http://[::ffff:a9fe:a9fe]/': /link-local/,
  'http://[fe80::1]/v1': /link-local/,
  'http://metadata.google.internal/v1': /metadata service/,
  'https://kubernetes.default.svc/api': /the API server/,
  'https://kubernetes/api': /the API server/,
  'https://': /not a URL/,
};

const allowed = [
  'https://api.example.com/v1',
  'http://teacher.ml.svc/v1',
  'http://10.1.2.3:8000/v1',
  'http://[2001:db8::1]/v1',
  'https://kubernetes.example.com/v1',
  'https://fe80.example.com/v1',
];

describe("the address of a teacher's API", () => {
  for (const [url, want] of Object.entries(refused))
    it(`is refused: ${url}`, () => assert.match(refuseInternalHost(url) ?? 'allowed', want));
  for (const url of allowed) it(`is allowed: ${url}`, () => assert.equal(refuseInternalHost(url), undefined));

  tell({
    'that leads to the node fails the job before anything runs, and names the field': {
      job: aJob()
        .spec({ teachers: [{ name: 'tiny', endpoint: { url: 'http://169.254.169.254/v1', model: 'm' } }] })
        .build(),
      story: (w) => w.settle(),
      want: { Accepted: 'False TeacherAddressInternal', Failed: 'True TeacherAddressInternal' },
      wantMessage: /spec\.teachers\[tiny\]\.endpoint\.url http:\/\/169\.254\.169\.254\/v1 is a link-local address/,
      wantJobs: [],
    },
  });
});
