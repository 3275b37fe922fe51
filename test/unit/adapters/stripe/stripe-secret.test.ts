import { expect, test } from 'vitest';
import { StripeSecret } from '../../../../shared/adapters/stripe/stripe-secret.ts';

const MINUTE_MS = 60_000;
const CONFIGURED = '{"secretKey":"sk_test_1","webhookSecrets":"whsec_1"}';
const EMPTY = '{"secretKey":"","webhookSecrets":"random"}';

/** Reads of a secret within an hour in which its keys are requested every 10 seconds. */
async function readsOfAnHour(content: string): Promise<number> {
  let [at, reads] = [0, 0];
  const send = async () => {
    reads += 1;
    return { SecretString: content };
  };
  const secret = new StripeSecret({ send } as never, 'arn', () => at); // all that it calls
  for (; at < 60 * MINUTE_MS; at += 10_000) await secret.keys();
  return reads;
}

test('keys are read once a minute, so that rolled ones take effect', async () => {
  expect(await readsOfAnHour(CONFIGURED)).toBe(60);
});

test('a secret without keys is read every 15 minutes: it is paid for, in every environment', async () => {
  expect(await readsOfAnHour(EMPTY)).toBe(4);
});
