import type { LocalStack } from './local-stack.ts';

export interface BannerProps {
  readonly readyInMs: number;
  /** Folder of the persisted data. @default in memory */
  readonly dataFolder?: string | undefined;
}

/** Returns what `npm start` prints when the stack runs: URLs, keys and example calls. */
export function banner(
  stack: Omit<LocalStack, 'stop' | 'invoke' | 'runSchedule' | 'moveClock'>,
  { readyInMs, dataFolder }: BannerProps,
): string {
  const { url, dynamodbEndpoint, tableName, controlUrl, functionEntries, scheduleNames, logFile } = stack;
  const headers = `-H 'authorization: Bearer ${stack.serviceKey}' -H 'content-type: application/json'`;
  const body = `-d '{"userId":"alice","type":"aiRequest","amount":1}'`;
  return `
Quota service at ${url} (ready in ${(readyInMs / 1_000).toFixed(1)} s)

  table        ${tableName} in DynamoDB Local at ${dynamodbEndpoint}, ${dataFolder ? `stored in ${dataFolder}` : 'in memory'}
  redis        ${stack.redisPort ? `127.0.0.1:${stack.redisPort}, in memory` : 'none: no caches, checks read the table'}
  stripe       ${stripeLine(stack, dataFolder)}
  functions    ${functionEntries.length}, log in ${logFile}
  clock        ${clockLine(stack)}
  schedules    ${scheduleNames.join(', ')}; run one now: curl -X POST ${controlUrl}/schedules/<name>
  messages     events and notices are printed here; the latest are at ${controlUrl}/events
  admin key    ${stack.adminKey}
  service key  ${stack.serviceKey}

Try:
  curl ${url}/v1/quota/check ${headers} ${body}
  curl ${url}/v1/quota/consume ${headers} ${body}
  curl ${url}/v1/users/alice/quota -H 'authorization: Bearer ${stack.serviceKey}'
${checkoutLines(stack, headers)}

Ctrl-C stops the stack.`;
}

function clockLine({ controlUrl, stripeUrl }: Pick<LocalStack, 'controlUrl' | 'stripeUrl'>): string {
  return stripeUrl
    ? `move it, with Stripe's and the schedules', by a day: curl ${controlUrl}/clock -d '{"byMs":86400000}'`
    : "the machine's: your Stripe account runs in real time";
}

function stripeLine(
  { url, stripeUrl }: Pick<LocalStack, 'url' | 'stripeUrl'>,
  dataFolder: string | undefined,
): string {
  return stripeUrl
    ? `simulated at ${stripeUrl}, ${dataFolder ? `stored in ${dataFolder}` : 'in memory'}`
    : `your account; its events: stripe listen --forward-to ${url}/v1/stripe/webhook`;
}

/**
 * Example calls of a checkout. The simulator has prices for the default plans; a real account's are unknown
 * here.
 */
function checkoutLines({ url, stripeUrl }: Pick<LocalStack, 'url' | 'stripeUrl'>, headers: string): string {
  if (!stripeUrl) {
    return `  and a checkout, after you add prices of your account to a plan: PUT ${url}/v1/plans/pro with "prices": {"monthly": "price_…"}`;
  }
  const page = `http://localhost:${new URL(url).port}/health`;
  const pages = `"successUrl":"${page}","cancelUrl":"${page}"`;
  const checkout = `-d '{"userId":"alice","planId":"pro",${pages}}'`;
  return `  curl ${url}/v1/billing/checkout-sessions ${headers} ${checkout}
  then open the "url" of the response: a page with a button that pays`;
}
