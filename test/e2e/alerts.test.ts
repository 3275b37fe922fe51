import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { useLocalStack } from '../support/local-stack.ts';

interface Message {
  readonly kind: 'event' | 'notice';
  readonly title: string;
  readonly body: { readonly userId?: string; readonly level?: string; readonly text?: string };
}

const stack = useLocalStack();
const headers = () => ({
  authorization: `Bearer ${stack().serviceKey}`,
  'content-type': 'application/json',
});
const consume = (userId: string, amount: number) =>
  fetch(`${stack().url}/v1/quota/consume`, {
    method: 'POST',
    headers: headers(),
    body: JSON.stringify({ userId, type: 'aiRequest', amount }),
  });

/** The user's messages at the control address, once there are `count`. */
async function messagesOf(userId: string, count: number): Promise<Message[]> {
  for (let tries = 0; ; tries += 1) {
    const { events } = (await (await fetch(`${stack().controlUrl}/events`)).json()) as { events: Message[] };
    const own = events.filter((item) => JSON.stringify(item).includes(userId));
    if (own.length >= count || tries === 600) return own;
    await sleep(50);
  }
}

test('a level that is crossed over HTTP arrives as one event and one message, and is listed', async () => {
  await consume('warm-up', 85);
  await messagesOf('warm-up', 2);
  expect((await consume('ada', 79)).status).toBe(200);
  const crossedAt = performance.now();
  const answers = await Promise.all(Array.from({ length: 10 }, () => consume('ada', 1)));
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
  const messages = await messagesOf('ada', 2);
  console.log(
    `      from the first of ten consumes to event and message: ${Math.round(performance.now() - crossedAt)} ms`,
  );
  expect(messages.map(({ kind }) => kind).sort()).toEqual(['event', 'notice']);
  expect(messages.find(({ kind }) => kind === 'event')).toMatchObject({
    title: 'quota.threshold_crossed',
    body: { userId: 'ada', level: 'warning' },
  });
  const email = messages.find(({ kind }) => kind === 'notice');
  expect(email).toMatchObject({ title: 'Quota warning: aiRequest of ada', body: { level: 'warning' } });

  const listed = await fetch(`${stack().url}/v1/users/ada/alerts`, { headers: headers() });
  expect(await listed.json()).toMatchObject({
    userId: 'ada',
    alerts: [{ level: 'warning', used: 80, recoveredAt: null }],
    nextCursor: null,
  });
});

test('the hourly monitor runs, and publishes nothing twice', async () => {
  const outcome = await stack().runSchedule('jobs/quota-monitor');
  expect(outcome).toMatchObject({ kind: 'returned', result: { state: 'succeeded' } });
  // A published level is not published again.
  const messages = await messagesOf('ada', 2);
  expect(messages.filter(({ title }) => title === 'quota.threshold_crossed')).toHaveLength(1);
});
