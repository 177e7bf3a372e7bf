import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import {
  audienceOf,
  parseReport,
  parseReportPath,
  reportPath,
  reportSchema,
} from '../../../../src/adapters/progress/protocol.ts';

const lastUpdatedTime = '2026-11-24T05:00:00Z';

function report(status: object): string {
  return JSON.stringify({ trainerStatus: { lastUpdatedTime, ...status } });
}

describe('the path of a report', () => {
  const job = { namespace: 'team-a', name: 'mahjong' };

  it('names the job, and is read back as that job', () => {
    assert.equal(
      reportPath(job),
      '/apis/distill.stratos.dev/v1alpha1/namespaces/team-a/distillationjobs/mahjong/status',
    );
    assert.deepEqual(parseReportPath(reportPath(job)), job);
  });

  it('is the audience of the token, below /apis/', () => {
    assert.equal(`/apis/${audienceOf(job)}`, reportPath(job));
  });

  const strangers: Record<string, string> = {
    'another kind': '/apis/distill.stratos.dev/v1alpha1/namespaces/a/studentdeployments/b/status',
    'another version': '/apis/distill.stratos.dev/v1/namespaces/a/distillationjobs/b/status',
    'a name that climbs': '/apis/distill.stratos.dev/v1alpha1/namespaces/a/distillationjobs/../status',
    'an escaped slash': '/apis/distill.stratos.dev/v1alpha1/namespaces/a/distillationjobs/b%2Fc/status',
    'a name that is too long': reportPath({ namespace: 'a', name: 'b'.repeat(64) }),
    capitals: reportPath({ namespace: 'A', name: 'b' }),
    'a query': `${reportPath(job)}?force=true`,
    'more after the end': `${reportPath(job)}/more`,
    nothing: '',
  };
  for (const [name, url] of Object.entries(strangers)) {
    it(`is not taken for one with ${name}`, () => assert.equal(parseReportPath(url), undefined));
  }
});

describe('the body of a report', () => {
  const good: Record<string, object> = {
    'the time alone': {},
    everything: {
      progressPercentage: 42,
      estimatedRemainingSeconds: 60,
      metrics: [{ name: 'loss', value: '1.234' }],
    },
    'the bounds': { progressPercentage: 100, estimatedRemainingSeconds: 2_147_483_647 },
    'as many metrics as are allowed': { metrics: Array.from({ length: 64 }, () => ({ name: 'n', value: 'v' })) },
    'a time with an offset and a fraction': { lastUpdatedTime: '2026-11-24T05:00:00.123456+01:00' },
  };
  for (const [name, status] of Object.entries(good)) {
    it(`may hold ${name}`, () => {
      assert.deepEqual(parseReport(report(status)), { ok: true, status: { lastUpdatedTime, ...status } });
    });
  }

  it('loses fields that are not in the protocol, at every level', () => {
    const body = JSON.stringify({
      more: 1,
      trainerStatus: { lastUpdatedTime, phase: 'x', metrics: [{ name: 'loss', value: '1', unit: 'nat' }] },
    });
    assert.deepEqual(parseReport(body), {
      ok: true,
      status: { lastUpdatedTime, metrics: [{ name: 'loss', value: '1' }] },
    });
  });

  const bad: Record<string, { body: string; want: RegExp }> = {
    'no JSON': { body: '{', want: /must be JSON/ },
    'an empty body': { body: '', want: /must be JSON/ },
    'an array': { body: '[]', want: /body must be object/ },
    'no status': { body: '{}', want: /required property 'trainerStatus'/ },
    'no time': { body: '{"trainerStatus":{}}', want: /required property 'lastUpdatedTime'/ },
    'a time that is none': { body: report({ lastUpdatedTime: 'now' }), want: /lastUpdatedTime must match format/ },
    'the 40th of a month': {
      body: report({ lastUpdatedTime: '2026-11-40T05:00:00Z' }),
      want: /lastUpdatedTime must match format/,
    },
    'more than a hundred percent': { body: report({ progressPercentage: 101 }), want: /must be <= 100/ },
    'half a percent': { body: report({ progressPercentage: 0.5 }), want: /must be integer/ },
    'a percentage in words': { body: report({ progressPercentage: '42' }), want: /must be integer/ },
    'time that is left over': { body: report({ estimatedRemainingSeconds: -1 }), want: /must be >= 0/ },
    'too many metrics': {
      body: report({ metrics: Array.from({ length: 65 }, () => ({ name: 'n', value: 'v' })) }),
      want: /NOT have more than 64 items/,
    },
    'a metric that is a number': { body: report({ metrics: [{ name: 'loss', value: 1 }] }), want: /must be string/ },
    'a long name': { body: report({ metrics: [{ name: 'n'.repeat(65), value: '1' }] }), want: /64 characters/ },
    'a long value': { body: report({ metrics: [{ name: 'n', value: '1'.repeat(65) }] }), want: /64 characters/ },
  };
  for (const [name, { body, want }] of Object.entries(bad)) {
    it(`is refused with ${name}, and says so`, () => {
      const parsed = parseReport(body);
      assert.ok(!parsed.ok);
      assert.match(parsed.message, want);
    });
  }

  it('has the bounds of the CRD, so that the API server never refuses what we took', async () => {
    const crd = parse(await readFile('crds/distillationjobs.yaml', 'utf8'));
    const { status } = crd.spec.versions[0].schema.openAPIV3Schema.properties;
    assert.deepEqual(boundsOf(reportSchema.properties.trainerStatus), boundsOf(status.properties.trainerStatus));
  });
});

const bounds = ['type', 'required', 'minimum', 'maximum', 'maxItems', 'minLength', 'maxLength'];

/** What a JSON schema says about sizes, without descriptions, formats and Kubernetes' extensions. */
function boundsOf(schema: Record<string, unknown>): object {
  const own = Object.fromEntries(bounds.filter((key) => key in schema).map((key) => [key, schema[key]]));
  const children = Object.entries((schema['properties'] ?? {}) as Record<string, Record<string, unknown>>);
  const items = schema['items'] as Record<string, unknown> | undefined;
  return {
    ...own,
    ...(items && { items: boundsOf(items) }),
    ...Object.fromEntries(children.map(([name, child]) => [name, boundsOf(child)])),
  };
}
