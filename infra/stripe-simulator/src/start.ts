/** `npm start -w stripe-simulator`: serves a new account, in memory, until Ctrl-C. */
import { parseArgs } from 'node:util';
import { CONTROL_PATH } from './control/control-routes.ts';
import { startStripeSimulator } from './simulator.ts';

const USAGE = `npm start -w stripe-simulator -- [options]

  --port N            port of the API (default: any free one)
  --webhook-url URL   receives every event
  --help`;

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    'webhook-url': { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) console.log(USAGE);
else await run();

async function run(): Promise<void> {
  const webhookUrl = values['webhook-url'];
  const webhookSecret = 'whsec_simulator';
  const simulator = await startStripeSimulator({
    port: Number(values.port),
    ...(webhookUrl && { webhookUrl, webhookSecrets: [webhookSecret] }),
  });
  console.log(`Stripe simulator at ${simulator.url}

  secret key      ${simulator.secretKey}
  webhook secret  ${webhookUrl ? webhookSecret : 'none: add an endpoint with --webhook-url or the API'}
  control         ${simulator.url}${CONTROL_PATH}

Ctrl-C stops it.`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void simulator.stop());
}
