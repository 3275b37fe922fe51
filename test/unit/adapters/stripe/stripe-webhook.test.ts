import { describe, expect, it } from 'vitest';
import {
  countAcceptedForgeries,
  GENUINE_BODY,
  sign,
  verify,
} from '../../../proofs/forged-signatures/forged-webhooks.ts';

const SECONDS = Date.UTC(2033, 0, 31, 12) / 1_000;

describe('a webhook', () => {
  it('signed by Stripe is accepted, up to 300 s old', () => {
    expect(verify(GENUINE_BODY, sign(GENUINE_BODY))).toMatchObject({
      code: 'verified',
      event: { id: 'evt_1' },
    });
    expect(verify(GENUINE_BODY, sign(GENUINE_BODY, undefined, SECONDS - 300)).code).toBe('verified');
  });

  it('301 s old, or 301 s ahead, is rejected', () => {
    expect(verify(GENUINE_BODY, sign(GENUINE_BODY, undefined, SECONDS - 301)).code).toBe('rejected');
    expect(verify(GENUINE_BODY, sign(GENUINE_BODY, undefined, SECONDS + 301)).code).toBe('rejected');
  });

  it('signed with a rotated secret is accepted while both are in use, and not afterwards', () => {
    const signature = sign(GENUINE_BODY, 'whsec_former_0123456789abcdef');
    expect(verify(GENUINE_BODY, signature).code).toBe('verified');
    expect(verify(GENUINE_BODY, signature, ['whsec_current_0123456789abcdef']).code).toBe('rejected');
  });

  it('whose body was re-encoded is rejected', () => {
    const anew = JSON.stringify(JSON.parse(GENUINE_BODY));
    expect(verify(anew, sign(GENUINE_BODY)).code).toBe('rejected');
  });

  it('without a signature is rejected', () => {
    expect(verify(GENUINE_BODY, undefined).code).toBe('rejected');
    expect(verify(GENUINE_BODY, '').code).toBe('rejected');
  });

  it('fails closed when the secret is missing or empty', () => {
    for (const secrets of [[], [''], [' ']]) {
      expect(verify(GENUINE_BODY, sign(GENUINE_BODY, ''), secrets).code).toBe('not_configured');
    }
  });

  it.each([
    [
      'a thin event',
      '{"id":"evt_test_1","object":"v2.core.event","type":"v1.billing.meter.error_report_triggered"}',
    ],
    ['another object', '{"object":"list","data":[]}'],
    ['no JSON', 'ping'],
  ])('that Stripe signed but is %s is unsupported; forged, it is rejected', (_, body) => {
    expect(verify(body, sign(body)).code).toBe('unsupported');
    expect(verify(body, sign(body, 'whsec_another')).code).toBe('rejected');
  });

  it('forged in 2,000 ways is never accepted', () => {
    expect(countAcceptedForgeries(2_000)).toBe(0);
  });
});
