import Stripe from 'stripe';
import { SeededRandom } from 'stripe-simulator/seeded-random';
import { verifyWebhook } from '../../../shared/adapters/stripe/stripe-webhook.ts';

const SECRETS = ['whsec_current_0123456789abcdef', 'whsec_former_0123456789abcdef'];
const NOW = Date.UTC(2033, 0, 31, 12);

export const GENUINE_BODY = JSON.stringify(
  {
    id: 'evt_1',
    object: 'event',
    type: 'customer.subscription.updated',
    created: NOW / 1_000,
    data: { object: { id: 'sub_1', customer: 'cus_1', status: 'active', note: 'Zoë — “paid”' } },
  },
  null,
  2,
);

export function sign(payload: string, secret = SECRETS[0] ?? '', timestamp = NOW / 1_000): string {
  return Stripe.webhooks.generateTestHeaderString({ payload, secret, timestamp });
}

export function verify(body: string | Uint8Array, signature: string | undefined, secrets = SECRETS) {
  return verifyWebhook(Buffer.from(body), signature, secrets, NOW);
}

/** How many of `count` mutated deliveries are accepted: signature, body, timestamp, secret, scheme. */
export function countAcceptedForgeries(count: number, seed = 1): number {
  const random = new SeededRandom(seed);
  let accepted = 0;
  for (let index = 0; index < count; index += 1) {
    const { body, signature } = forge(random);
    if (verify(body, signature).code === 'verified') accepted += 1;
  }
  return accepted;
}

function forge(random: SeededRandom): { body: Uint8Array; signature: string } {
  const body = Buffer.from(GENUINE_BODY);
  const genuine = sign(GENUINE_BODY);
  const digest = genuine.split('v1=')[1] ?? '';
  const seconds = NOW / 1_000;
  const shift = 1 + random.below(299);
  const at = random.below(64);
  const flipped =
    digest.slice(0, at) +
    ((Number.parseInt(digest[at] ?? '0', 16) + 1 + random.below(15)) % 16).toString(16) +
    digest.slice(at + 1);
  const kinds: (() => { body: Uint8Array; signature: string })[] = [
    () => ({ body, signature: `t=${seconds},v1=${flipped}` }),
    () => ({ body: changeByte(body, random), signature: genuine }),
    () => ({ body, signature: `t=${seconds - shift},v1=${digest}` }),
    () => ({ body, signature: `t=${seconds + shift},v1=${digest}` }),
    () => ({ body, signature: `t=${seconds},v0=${digest}` }),
    () => ({ body, signature: `t=${seconds},v1=${digest.slice(0, at)}` }),
    () => ({ body, signature: sign(GENUINE_BODY, `whsec_${random.next()}`) }),
    () => ({ body, signature: sign(GENUINE_BODY, '') }),
    () => ({ body, signature: sign(GENUINE_BODY, undefined, seconds - 301 - random.below(1_000)) }),
    () => ({ body, signature: sign(GENUINE_BODY, undefined, seconds + 301 + random.below(1_000)) }),
    () => ({ body: Buffer.from(JSON.stringify(JSON.parse(GENUINE_BODY))), signature: genuine }),
    () => ({ body: body.subarray(0, random.below(body.length)), signature: genuine }),
  ];
  const kind = kinds[random.below(kinds.length)];
  if (!kind) throw new Error('unknown kind of forgery');
  return kind();
}

function changeByte(body: Buffer, random: SeededRandom): Buffer {
  const changed = Buffer.from(body);
  const at = random.below(changed.length);
  changed.writeUInt8((changed.readUInt8(at) + 1 + random.below(255)) % 256, at);
  return changed;
}
