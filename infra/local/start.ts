/** `npm start`: runs the stack until Ctrl-C. */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { FIRST_KEY } from '../../shared/contract.ts';
import { banner } from './banner.ts';
import { keysFromEnvironment } from './keys-from-environment.ts';
import { type LocalStack, startLocalStack } from './local-stack.ts';
import { publishRunningStack, withdrawRunningStack } from './running-stack.ts';

const USAGE = `Runs the quota service on this machine.

  npm start -- [options]

  --port N            port of the HTTP API (default 3000; 0: any free one)
  --dynamodb-port N   port of DynamoDB Local (default: any free one)
  --data DIR          persists tables, keys and the simulated Stripe account in DIR (default: in memory)
  --environments N    concurrent environments of one function (default 4)
  --logs              prints the functions' output, which the log file has too
  --allow-host NAME   accepts requests to this host name too, e.g. a tunnel's or host.docker.internal; may be repeated
  --allow-live-stripe accepts a live key in STRIPE_SECRET_KEY, which moves real money
  --help

QUOTA_ADMIN_KEY and QUOTA_SERVICE_KEY set the first keys, ${FIRST_KEY.minLength} to ${FIRST_KEY.maxLength} characters (default: new ones, or those in DIR).
STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SECRET select a Stripe account (default: a simulator, persisted in DIR).`;

const values = options();
if (values.help) console.log(USAGE);
else await run();

function options() {
  try {
    return parseArgs({
      options: {
        port: { type: 'string', default: '3000' },
        'dynamodb-port': { type: 'string', default: '0' },
        data: { type: 'string' },
        environments: { type: 'string', default: '4' },
        logs: { type: 'boolean', default: false },
        'allow-host': { type: 'string', multiple: true, default: [] },
        'allow-live-stripe': { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    fail(error);
  }
}

/** Prints the message without a stack trace. */
function fail(error: unknown): never {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}

function wholeNumber(option: 'port' | 'dynamodb-port' | 'environments'): number {
  const value = values[option];
  const least = option === 'environments' ? 1 : 0;
  return /^\d{1,5}$/.test(value) && Number(value) >= least && Number(value) < 65_536
    ? Number(value)
    : fail(`--${option} must be an integer from ${least} to 65535, not "${value}".`);
}

function chosenKeys() {
  try {
    return keysFromEnvironment(process.env, { allowLiveStripe: values['allow-live-stripe'] });
  } catch (error) {
    fail(error);
  }
}

async function run(): Promise<void> {
  const startedMs = performance.now();
  const dataFolder = resolve(values.data ?? '.data');
  const starting = startLocalStack({
    port: wholeNumber('port'),
    dynamodbPort: wholeNumber('dynamodb-port'),
    maxEnvironments: wholeNumber('environments'),
    allowedHosts: values['allow-host'],
    logFile: resolve(dataFolder, 'local-stack.log'),
    ...(values.data && { dataFolder }),
    ...chosenKeys(),
    ...(values.logs ? { echoLog: console.log } : { announce: console.log }),
    report: console.log,
    onFailure: (message) => {
      console.error(`The stack stops. ${message}`);
      void stopAndExit(starting, 1);
    },
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => void stopAndExit(starting, 0));
  }
  console.log('Starting the stack. Its URL and keys are printed when it is ready.');
  try {
    const stack = await starting;
    await publishRunningStack(stack);
    console.log(banner(stack, { readyInMs: performance.now() - startedMs, dataFolder: values.data }));
  } catch (error) {
    fail(error);
  }
}

async function stopAndExit(starting: Promise<LocalStack>, status: number): Promise<void> {
  // A failed start has printed its error.
  const stack = await starting.catch(() => process.exit(1));
  try {
    await withdrawRunningStack(stack);
    await stack.stop();
  } catch (error) {
    fail(error);
  }
  process.exit(status);
}
