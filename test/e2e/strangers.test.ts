import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type OperationName, ROUTES, type Route, SCOPES } from '../../shared/contract.ts';
import { fuzz } from '../proofs/fuzz/fuzz.ts';
import type { HttpTarget } from '../proofs/fuzz/http-target.ts';
import { type OpenHttpTarget, openHttpTarget } from '../proofs/fuzz/open-http-target.ts';
import { serverErrors } from '../proofs/fuzz/print-report.ts';
import { RequestMaker } from '../proofs/fuzz/request-maker.ts';
import { useLocalStack } from '../support/local-stack.ts';
import { rightRequest } from '../support/right-request.ts';

const CASES = 300;
const SEED = 1;
const USER = 'user-42';
const stack = useLocalStack();

let opened: OpenHttpTarget;
let target: HttpTarget;
beforeAll(async () => {
  opened = await openHttpTarget(stack());
  target = opened.target;
});
afterAll(() => target.stop());

const routes = (Object.entries(ROUTES) as [OperationName, Route][]).filter(([, { scope }]) => scope !== null); // keys of ROUTES

/** A request that is valid except for its key, over the wire. */
async function ask(name: OperationName, authorization: string | undefined) {
  const { method, path } = ROUTES[name];
  const request = rightRequest(name, USER);
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, parameter) => request.path?.[parameter] ?? '');
  const answer = await target.exchange(
    method,
    `${filled}?${new URLSearchParams(request.query)}`,
    {
      ...(authorization !== undefined && { authorization }),
      ...(request.body !== undefined && { 'content-type': 'application/json' }),
    },
    request.body === undefined ? undefined : Buffer.from(JSON.stringify(request.body)),
  );
  if (!answer) throw new Error('the request cannot be sent');
  return { status: answer.status, code: JSON.parse(answer.body || '{}').code, text: answer.body };
}

describe('over HTTP', () => {
  test('no caller gets in without a key, with an unknown one, or with a revoked one', async () => {
    const revoked = await opened.makeKey(SCOPES);
    await target.exchange('DELETE', `/v1/admin/api-keys/${revoked.keyId}`, {
      authorization: `Bearer ${stack().adminKey}`,
    });
    for (const [name] of routes) {
      expect(await ask(name, undefined), name).toMatchObject({
        status: 401,
        text: '{"message":"Unauthorized"}',
      });
      for (const key of [`qk_${'A'.repeat(43)}`, revoked.key, 'not a key']) {
        expect(await ask(name, `Bearer ${key}`), name).toMatchObject({
          status: 401,
          code: 'invalid_api_key',
        });
      }
    }
  });

  test('a key is accepted within its scope, for its own user', async () => {
    const { keys } = opened;
    for (const [name, { scope }] of routes) {
      for (const other of SCOPES.filter((one) => one !== scope)) {
        const answer = await ask(name, `Bearer ${keys.only[other]}`);
        expect(answer, name).toMatchObject({ status: 403, code: 'insufficient_scope' });
        expect(answer.text, name).not.toContain('balance');
      }
      const concernsUser = JSON.stringify(rightRequest(name, USER)).includes(USER);
      const bound = await ask(name, `Bearer ${keys.bound}`);
      if (concernsUser || scope !== 'read')
        expect(bound, name).toMatchObject({ status: 403, code: 'wrong_user' });
    }
  });

  /** The long version: `npm run test:fuzz`. */
  test(`${CASES} documented requests, mutated: no 5xx, and refused ones change nothing`, async () => {
    const report = await fuzz(target, new RequestMaker(opened.routes, SEED, CASES), {
      cases: CASES,
      atOnce: 8,
    });
    expect(report.faults.map(({ number, fault, request }) => ({ number, fault, request }))).toEqual([]);
    expect({ serverErrors: serverErrors(report), stateChanges: report.stateChanges }).toEqual({
      serverErrors: 0,
      stateChanges: 0,
    });
    expect(report.sent + report.unsent).toBe(CASES);
  });
});
