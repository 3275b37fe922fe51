import type { LocalStack } from './local-stack.ts';

export interface BannerProps {
  readonly readyInMs: number;
  /** Where the data is kept. @default in memory */
  readonly dataFolder?: string | undefined;
}

/** What `npm start` prints when the stack runs: where everything is, and calls to try. */
export function banner(
  stack: Omit<LocalStack, 'stop' | 'invoke' | 'runSchedule' | 'moveClock'>,
  { readyInMs, dataFolder }: BannerProps,
): string {
  const { url, dynamodbEndpoint, tableName, controlUrl, functionEntries, scheduleNames, logFile } = stack;
  const headers = `-H 'authorization: Bearer ${stack.serviceKey}' -H 'content-type: application/json'`;
  const body = `-d '{"userId":"alice","type":"aiRequest","amount":1}'`;
  return `
Quota service at ${url} (ready in ${(readyInMs / 1_000).toFixed(1)} s)

  table        ${tableName} in DynamoDB Local at ${dynamodbEndpoint}, ${dataFolder ? `kept in ${dataFolder}` : 'in memory'}
  redis        ${stack.redisPort ? `127.0.0.1:${stack.redisPort}, in memory` : 'none: no caches, checks read the table'}
  stripe       ${stripeLine(stack, dataFolder)}
  functions    ${functionEntries.length}, log in ${logFile}
  clock        ${clockLine(stack)}
  schedules    ${scheduleNames.join(', ')}; run one now: curl -X POST ${controlUrl}/schedules/<name>
  news         events and notices are printed here as they arrive; the last ones are at ${controlUrl}/events
  admin key    ${stack.adminKey}
  service key  ${stack.serviceKey}

Try:
  curl ${url}/v1/quota/check ${headers} ${body}
  curl ${url}/v1/quota/consume ${headers} ${body}
  curl ${url}/v1/users/alice/quota -H 'authorization: Bearer ${stack.serviceKey}'
${checkoutLines(stack, headers)}

Ctrl-C stops all of it.`;
}

function clockLine({ controlUrl, stripeUrl }: Pick<LocalStack, 'controlUrl' | 'stripeUrl'>): string {
  return stripeUrl
    ? `move it, with Stripe's and the schedules', by a day: curl ${controlUrl}/clock -d '{"byMs":86400000}'`
    : "the machine's, as your Stripe account uses it";
}

function stripeLine(
  { url, stripeUrl }: Pick<LocalStack, 'url' | 'stripeUrl'>,
  dataFolder: string | undefined,
): string {
  return stripeUrl
    ? `simulated at ${stripeUrl}, ${dataFolder ? `kept in ${dataFolder}` : 'in memory'}`
    : `your account; its events: stripe listen --forward-to ${url}/v1/stripe/webhook`;
}

/** The simulator sells the default plans; what an account of one's own sells, nobody here knows. */
function checkoutLines({ url, stripeUrl }: Pick<LocalStack, 'url' | 'stripeUrl'>, headers: string): string {
  if (!stripeUrl) {
    return `  and a checkout, once a plan names prices of your account: PUT ${url}/v1/plans/pro with "prices": {"monthly": "price_…"}`;
  }
  const page = `http://localhost:${new URL(url).port}/health`;
  const pages = `"successUrl":"${page}","cancelUrl":"${page}"`;
  const checkout = `-d '{"userId":"alice","planId":"pro",${pages}}'`;
  return `  curl ${url}/v1/billing/checkout-sessions ${headers} ${checkout}
  then open the "url" of the answer: a page with a button that pays`;
}
