import { describe, expect, test } from 'vitest';
import { authorize, checkBinding } from '../../../functions/http/authorization.ts';
import { SCOPES } from '../../../shared/contract.ts';

const keyId = 'a'.repeat(64);

describe('authorize', () => {
  test.each([{}, { scopes: SCOPES.join(' ') }, { keyId: '', scopes: 'admin' }, { reason: 'revoked' }])(
    'rejects %j: unauthenticated',
    (context) => {
      for (const scope of SCOPES) {
        expect(authorize(context, scope)).toMatchObject({ problem: { code: 'invalid_api_key' } });
      }
    },
  );

  test('requires exactly the route’s scope: admin includes no other', () => {
    for (const scope of SCOPES) {
      for (const other of SCOPES) {
        const answer = authorize({ keyId, scopes: other }, scope);
        if (scope === other) expect(answer).toEqual({ caller: { boundTo: undefined, keyId } });
        else expect(answer).toMatchObject({ problem: { code: 'insufficient_scope' } });
      }
    }
    expect(authorize({ keyId, scopes: '' }, 'quota')).toMatchObject({
      problem: { code: 'insufficient_scope' },
    });
    expect(authorize({ keyId, scopes: 'quotaX' }, 'quota')).toHaveProperty('problem');
  });
});

describe('the rate limit of a caller', () => {
  const callerWith = (limit: object) => authorize({ keyId, scopes: 'quota', ...limit }, 'quota');

  test('is that of its key, as the authorizer passes it on', () => {
    expect(callerWith({ requestsPerSecond: '50', burst: '100' })).toMatchObject({
      caller: { rateLimit: { requestsPerSecond: 50, burst: 100 } },
    });
  });

  test.each([{}, { requestsPerSecond: '', burst: '' }, { requestsPerSecond: '50' }, { burst: '50' }])(
    'is none with %j',
    (limit) => {
      expect(callerWith(limit)).toEqual({ caller: { boundTo: undefined, keyId, rateLimit: undefined } });
    },
  );
});

describe('checkBinding', () => {
  const bound = { boundTo: 'u1' };

  test('a bound key is valid for its user', () => {
    expect(checkBinding(bound, 'u1', 'quota')).toBeUndefined();
    expect(checkBinding(bound, 'u2', 'quota')).toMatchObject({ code: 'wrong_user' });
    expect(checkBinding(bound, 'U1', 'read')).toMatchObject({ code: 'wrong_user' });
  });

  test('a bound key may only read routes without a user', () => {
    expect(checkBinding(bound, undefined, 'read')).toBeUndefined();
    expect(checkBinding(bound, undefined, 'quota')).toMatchObject({ code: 'wrong_user' });
    expect(checkBinding(bound, undefined, 'billing')).toMatchObject({ code: 'wrong_user' });
    expect(checkBinding(bound, undefined, 'admin')).toMatchObject({ code: 'wrong_user' });
  });
});
