/** `npm start`: runs the stack until Ctrl-C. */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { LOCAL_ORIGIN } from './assembly/synthesize.ts';
import { type LocalStack, startLocalStack } from './local-stack.ts';
import { publishRunningStack, withdrawRunningStack } from './running-stack.ts';

const USAGE = `Runs the quota service on this machine.

  npm start -- [options]

  --port N            port of the HTTP API (default 3000; 0: any free one)
  --dynamodb-port N   port of DynamoDB Local (default: any free one)
  --data DIR          keeps tables and keys in DIR (default: in memory, gone at the end)
  --environments N    how many environments one function may have at once (default 4)
  --logs              shows what functions print (it is always in the log file)
  --help

QUOTA_ADMIN_KEY and QUOTA_SERVICE_KEY set the first keys (default: new ones, or those in DIR).
STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SECRET name a Stripe account (default: a simulator, new at every start).`;

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
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    fail(error);
  }
}

/** One line: what went wrong is in the message, not in our stack. */
function fail(error: unknown): never {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}

function wholeNumber(option: 'port' | 'dynamodb-port' | 'environments'): number {
  const value = values[option];
  return /^\d{1,5}$/.test(value) && Number(value) < 65_536
    ? Number(value)
    : fail(`--${option} ${value} is not a number that fits`);
}

async function run(): Promise<void> {
  const { QUOTA_ADMIN_KEY, QUOTA_SERVICE_KEY, STRIPE_SECRET_KEY, STRIPE_WEBHOOK_SECRET } = process.env;
  const startedMs = performance.now();
  const dataFolder = resolve(values.data ?? '.data');
  const starting = startLocalStack({
    port: wholeNumber('port'),
    dynamodbPort: wholeNumber('dynamodb-port'),
    maxEnvironments: wholeNumber('environments'),
    logFile: resolve(dataFolder, 'local-stack.log'),
    ...(values.data && { dataFolder }),
    ...(QUOTA_ADMIN_KEY && { adminKey: QUOTA_ADMIN_KEY }),
    ...(QUOTA_SERVICE_KEY && { serviceKey: QUOTA_SERVICE_KEY }),
    ...(STRIPE_SECRET_KEY && {
      stripe: {
        secretKey: STRIPE_SECRET_KEY,
        ...(STRIPE_WEBHOOK_SECRET && { webhookSecret: STRIPE_WEBHOOK_SECRET }),
      },
    }),
    ...(values.logs ? { echoLog: console.log } : { announce: console.log }),
    report: console.log,
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => void stopAndExit(starting));
  }
  try {
    const stack = await starting;
    await publishRunningStack(stack);
    console.log(banner(stack, Math.round(performance.now() - startedMs)));
  } catch (error) {
    fail(error);
  }
}

async function stopAndExit(starting: Promise<LocalStack>): Promise<void> {
  try {
    const stack = await starting;
    await withdrawRunningStack(stack);
    await stack.stop();
    process.exit(0);
  } catch {
    // The start failed and said so.
    process.exit(1);
  }
}

function banner(stack: LocalStack, readyInMs: number): string {
  const { url, dynamodbEndpoint, tableName, controlUrl, functionEntries, scheduleNames, logFile } = stack;
  const headers = `-H 'authorization: Bearer ${stack.serviceKey}' -H 'content-type: application/json'`;
  const body = `-d '{"userId":"alice","type":"aiRequest","amount":1}'`;
  const pages = `"successUrl":"${LOCAL_ORIGIN}/health","cancelUrl":"${LOCAL_ORIGIN}/health"`;
  const checkout = `-d '{"userId":"alice","planId":"pro",${pages}}'`;
  return `
Quota service at ${url} (ready in ${(readyInMs / 1_000).toFixed(1)} s)

  table        ${tableName} in DynamoDB Local at ${dynamodbEndpoint}, ${values.data ? `kept in ${values.data}` : 'in memory'}
  redis        ${stack.redisPort ? `127.0.0.1:${stack.redisPort}, in memory` : 'none: no caches, checks read the table'}
  stripe       ${stack.stripeUrl ? `simulated at ${stack.stripeUrl}, in memory; move its clock: curl ${stack.stripeUrl}/_simulator/advance -d '{"byMs":86400000}'` : `your account; its events: stripe listen --forward-to ${url}/v1/stripe/webhook`}
  functions    ${functionEntries.length}, log in ${logFile}
  schedules    ${scheduleNames.join(', ')}; run one now: curl -X POST ${controlUrl}/schedules/<name>
  news         events and notices are shown here as they come; the last ones are at ${controlUrl}/events
  admin key    ${stack.adminKey}
  service key  ${stack.serviceKey}

Try:
  curl ${url}/v1/quota/check ${headers} ${body}
  curl ${url}/v1/quota/consume ${headers} ${body}
  curl ${url}/v1/users/alice/quota -H 'authorization: Bearer ${stack.serviceKey}'
  curl ${url}/v1/billing/checkout-sessions ${headers} ${checkout}
  and open the url it answers: a page with a button that pays

Ctrl-C stops all of it.`;
}
