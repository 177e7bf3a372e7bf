import assert from 'node:assert/strict';
import { OptionError, type Options, parseCheck, parseOptions } from '../../src/options.ts';

describe('the options of the operator', () => {
  const cases: Record<string, { argv?: string[]; env?: Record<string, string>; want: Partial<Options> }> = {
    'have defaults for everything': {
      want: {
        namespace: 'stratos-system',
        watchNamespaces: [],
        leaderElect: true,
        httpBindAddress: { host: '0.0.0.0', port: 8080 },
        progressUrl: '',
        podUserId: 1000,
        concurrency: 4,
        logLevel: 'info',
      },
    },
    'come from flags': {
      argv: ['--trainer-image', 'trainer:1', '--concurrency=8', '--log-level', 'debug'],
      want: { trainerImage: 'trainer:1', concurrency: 8, logLevel: 'debug' },
    },
    'come from variables': {
      env: {
        STRATOS_TRAINER_IMAGE: 'trainer:2',
        STRATOS_LOG_LEVEL: 'warn',
        POD_NAME: 'operator-0',
        POD_NAMESPACE: 'ml',
      },
      want: { trainerImage: 'trainer:2', logLevel: 'warn', identity: 'operator-0', namespace: 'ml' },
    },
    'come from the flag where both are given': {
      argv: ['--trainer-image=trainer:1', '--namespace=a'],
      env: { STRATOS_TRAINER_IMAGE: 'trainer:2', POD_NAMESPACE: 'b' },
      want: { trainerImage: 'trainer:1', namespace: 'a' },
    },
    'name several namespaces by repeating the flag': {
      argv: ['--watch-namespace=a', '--watch-namespace=b'],
      want: { watchNamespaces: ['a', 'b'] },
    },
    'name several namespaces in one variable': {
      env: { STRATOS_WATCH_NAMESPACE: 'a,b,' },
      want: { watchNamespaces: ['a', 'b'] },
    },
    'switch the election off by a flag': { argv: ['--no-leader-elect'], want: { leaderElect: false } },
    'switch the election off by a variable': { env: { STRATOS_LEADER_ELECT: 'false' }, want: { leaderElect: false } },
    'switch the election on by a flag although a variable says no': {
      argv: ['--leader-elect'],
      env: { STRATOS_LEADER_ELECT: 'false' },
      want: { leaderElect: true },
    },
    'leave the user of pods to the platform when it is empty': {
      argv: ['--pod-user-id='],
      want: { podUserId: undefined },
    },
    'take an IPv6 address in brackets': {
      argv: ['--http-bind-address=[::1]:0'],
      want: { httpBindAddress: { host: '::1', port: 0 } },
    },
  };
  for (const [name, { argv = [], env = {}, want }] of Object.entries(cases)) {
    it(name, () => {
      const options = parseOptions(argv, env);
      assert.deepEqual(Object.fromEntries(Object.keys(want).map((key) => [key, options[key as keyof Options]])), want);
    });
  }

  const refused: Record<string, { argv?: string[]; env?: Record<string, string>; want: RegExp }> = {
    'a flag that does not exist': { argv: ['--nope'], want: /--nope/ },
    'a flag without its value': { argv: ['--trainer-image'], want: /trainer-image/ },
    'an argument that is no flag': { argv: ['run'], want: /run/ },
    'an address without a port': {
      argv: ['--http-bind-address=localhost'],
      want: /--http-bind-address must be host:port/,
    },
    'a port that no host has': { argv: ['--progress-bind-address=0.0.0.0:65536'], want: /--progress-bind-address/ },
    'root for pods': { argv: ['--pod-user-id=0'], want: /--pod-user-id must be a user id above 0, or empty/ },
    'looks too far apart': {
      argv: ['--scrape-period-seconds=60'],
      want: /--scrape-period-seconds must be a whole number from 1 to 15; got '60'/,
    },
    'a Prometheus without a scheme': {
      argv: ['--prometheus-url=prometheus:9090'],
      want: /--prometheus-url must be a URL such as http:/,
    },
    'no workers': { argv: ['--concurrency=0'], want: /--concurrency must be a whole number from 1 to 9999; got '0'/ },
    'an unknown log level in a variable': {
      env: { STRATOS_LOG_LEVEL: 'loud' },
      want: /--log-level must be one of trace, debug/,
    },
  };
  for (const [name, { argv = [], env = {}, want }] of Object.entries(refused)) {
    it(`are refused: ${name}`, () => {
      assert.throws(
        () => parseOptions(argv, env),
        (error) => error instanceof OptionError && want.test(error.message),
      );
    });
  }
});

describe('the arguments of check', () => {
  it('are the URL of the operator, and whether somebody must lead', () => {
    assert.deepEqual(parseCheck(['http://a.b.svc:8080/']), { url: 'http://a.b.svc:8080', expectLeader: false });
    assert.deepEqual(parseCheck(['http://a.b.svc:8080', '--expect-leader']), {
      url: 'http://a.b.svc:8080',
      expectLeader: true,
    });
  });

  const refused: Record<string, readonly string[]> = {
    'no URL': [],
    'what is no URL': ['a.b.svc:8080'],
    'two of them': ['http://a:1', 'http://b:1'],
    'a flag that does not exist': ['http://a:1', '--leader'],
  };
  for (const [name, argv] of Object.entries(refused)) {
    it(`are refused: ${name}`, () => assert.throws(() => parseCheck(argv), /^OptionError: usage: check URL/));
  }
});
