import { execFile } from 'node:child_process';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { PROBES } from '../../shared/contract.ts';
import { adminApi } from '../support/admin-api.ts';
import { useLocalStack } from '../support/local-stack.ts';

const COMMAND = resolve(import.meta.dirname, '../../infra/smoke/command.ts');
const stack = useLocalStack();
const api = adminApi(stack);

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command with the admin key in its environment. */
function runSmoke(options: readonly string[], key = stack().adminKey): Promise<Ended> {
  const env = { ...process.env, QUOTA_API_KEY: key };
  return new Promise((done) => {
    execFile(process.execPath, [COMMAND, ...options], { env }, (error, stdout, stderr) =>
      done({ code: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });
}

const lastLine = ({ stdout }: Ended) => stdout.trim().split('\n').at(-1);
const userIn = ({ stdout }: Ended) => /_probe:smoke-[0-9a-f-]+/.exec(stdout)?.[0] ?? '';

describe('against a deployment', () => {
  test('every check passes; a table is printed, and no key', async () => {
    const ended = await runSmoke(['--url', stack().url]);
    expect(lastLine(ended)).toMatch(/^PASS: \d+ checks of 36 routes, 0 failed: http/);
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(ended.stdout).toMatch(/^operation +status +ms {2}checked\n/);
    expect(ended.stdout).toMatch(/^consumeQuota +429 +\d+ {2}more than remains is denied with 429/m);
    expect(ended.stdout).not.toContain(stack().adminKey);
    expect(ended.stdout).not.toMatch(/qk_/);
  });

  test('it leaves nothing that counts: no units, no open reservation, no version of a plan', async () => {
    const plans = (await api.call('/v1/plans')).body;
    const ended = await runSmoke(['--url', stack().url]);
    expect(ended.code).toBe(0);
    const userId = userIn(ended);
    const body = { name: 'after', scopes: ['read', 'admin'], userId };
    const { key } = (await api.call('/v1/admin/api-keys', { body })).body;
    const response = await fetch(`${stack().url}/v1/users/${userId}/quota?consistent=true`, {
      headers: { authorization: `Bearer ${key}` },
    });
    const { features } = Object(await response.json());
    const rest = features.map(({ balance }: { balance: { used: number; held: number } }) => [
      balance.used,
      balance.held,
    ]);
    expect(rest.flat().filter((units: number) => units !== 0)).toEqual([]);
    const today = new Date().toISOString().slice(0, 10);
    const report = await api.call(`/v1/admin/reports/usage?from=${today}&to=${today}`);
    expect(report.body).toMatchObject({ activeUsers: { value: 0 }, features: [], alerts: [] });
    for (const type of [...Object.values(PROBES.features), 'aiRequest'])
      expect((await api.call(`/v1/admin/top-users?type=${type}`)).body.users).toEqual([]);
    expect((await api.call('/v1/plans')).body).toEqual(plans);
    expect(await (await fetch(`${stack().controlUrl}/events`)).text()).not.toContain(PROBES.userPrefix);
  });

  test('--json prints the same as one object', async () => {
    const ended = await runSmoke(['--url', stack().url, '--json']);
    const report = JSON.parse(ended.stdout);
    expect(report).toMatchObject({ url: stack().url, isPassed: true, skipped: 0 });
    expect(report.results).toContainEqual({
      operation: 'getHealth',
      checks: expect.any(String),
      isPassed: true,
      status: 200,
      ms: expect.any(Number),
    });
    expect(report.leftBehind.join()).toContain(PROBES.userPrefix);
  });

  test('a key without the scope admin stops it at once, and nothing is left', async () => {
    const ended = await runSmoke(['--url', stack().url], stack().serviceKey);
    expect(ended.code).toBe(1);
    expect(ended.stdout).toContain(
      'insufficient_scope: This route requires an API key with the scope "admin"',
    );
    expect(lastLine(ended)).toMatch(/^FAIL: 4 checks of 4 routes, 1 failed, \d+ not run/);
    expect(ended.stdout).not.toContain('Left in the deployment');
    expect(ended.stdout).not.toContain(stack().serviceKey);
  });

  test('an invalid option is reported before any call', async () => {
    const ended = await runSmoke(['--url', 'http://example.com']);
    expect(ended).toMatchObject({ code: 2, stdout: '' });
    expect(ended.stderr).toMatch(/^--url must be https/);
  });

  test('a deployment that cannot be reached is reported with the cause', async () => {
    const ended = await runSmoke(['--url', 'http://127.0.0.1:9']);
    expect(ended.code).toBe(1);
    expect(ended.stdout).toMatch(/FAILED: no answer: .*(ECONNREFUSED|bad port)/);
    expect(lastLine(ended)).toMatch(/^FAIL: 1 checks of 1 routes, 1 failed, \d+ not run/);
  });
});

/** A fault between the caller and the stack. */
interface Fault {
  /** Whether a request is answered wrongly. */
  readonly concerns: (request: IncomingMessage, answer: string) => boolean;
  readonly status?: number;
  readonly change: (answer: string) => string;
  /** The check that must fail. */
  readonly failing: string;
}

const FAULTS: Readonly<Record<string, Fault>> = {
  'a replay that looks like a new charge': {
    concerns: (_, answer) => answer.includes('"replayed":true'),
    change: (answer) => answer.replace('"replayed":true', '"replayed":false'),
    failing: 'the same Idempotency-Key is not charged again',
  },
  'a limit that does not deny': {
    concerns: ({ url }, answer) => url === '/v1/quota/consume' && answer.includes('"exceeded"'),
    status: 200,
    change: (answer) => answer,
    failing: 'more than remains is denied with 429, and changes nothing',
  },
  'a route that answers 503': {
    concerns: ({ url = '' }) => url.endsWith('/confirm'),
    status: 503,
    change: () => '{"code":"unavailable","detail":"The table does not answer."}',
    failing: 'one of them is charged, the other one returned',
  },
  'a revoked key that works': {
    concerns: (_, answer) => answer.includes('invalid_api_key'),
    status: 200,
    change: () => '{"allowed":true}',
    failing: 'a revoked key is refused',
  },
  'a ledger with a gap': {
    concerns: ({ url = '' }) => url.endsWith('/ledger-audit/runs'),
    change: (answer) => answer.replaceAll('"findings":0', '"findings":1'),
    failing: 'the audit ends without a finding',
  },
};

describe('against a deployment with a fault', () => {
  let proxy: Server;
  let fault: Fault;

  beforeEach(async () => {
    proxy = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      const answer = await fetch(`${stack().url}${request.url}`, {
        method: request.method ?? 'GET',
        headers: {
          ...(request.headers.authorization && { authorization: request.headers.authorization }),
          'content-type': 'application/json',
          ...Object.fromEntries(
            ['idempotency-key', 'if-match'].flatMap((name) => {
              const value = request.headers[name];
              return typeof value === 'string' ? [[name, value]] : [];
            }),
          ),
        },
        ...(chunks.length > 0 && { body: Buffer.concat(chunks) }),
      });
      const text = await answer.text();
      const isFaulty = fault.concerns(request, text);
      response.writeHead(isFaulty ? (fault.status ?? answer.status) : answer.status, {
        ...Object.fromEntries(
          ['content-type', 'retry-after', 'ratelimit', 'ratelimit-policy'].flatMap((name) => {
            const value = answer.headers.get(name);
            return value === null ? [] : [[name, value]];
          }),
        ),
      });
      response.end(isFaulty ? fault.change(text) : text);
    });
    await new Promise<void>((listening) => proxy.listen(0, '127.0.0.1', listening));
  });
  afterEach(() => proxy.close());

  test.each(Object.keys(FAULTS))('%s fails', async (name) => {
    fault = FAULTS[name] as Fault; // one of its keys
    const { port } = proxy.address() as AddressInfo; // it listens on a port
    const ended = await runSmoke(['--url', `http://127.0.0.1:${port}`, '--json']);
    expect(ended.code).toBe(1);
    const { results, leftBehind } = JSON.parse(ended.stdout);
    const failed = results.filter(({ isPassed }: { isPassed: boolean }) => !isPassed);
    expect(failed.map(({ checks }: { checks: string }) => checks)).toContain(fault.failing);
    // Its keys are revoked all the same.
    const cleanup = results.filter(({ checks }: { checks: string }) => checks.startsWith('cleanup'));
    expect(cleanup.map(({ status }: { status: number }) => status)).toEqual([204, 204]);
    expect(leftBehind).not.toEqual([]);
  });
});
