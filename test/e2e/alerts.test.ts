import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { useLocalStack } from '../support/local-stack.ts';

interface NewsItem {
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

/** What the control address lists of a user, once it lists so much. */
async function newsOf(userId: string, count: number): Promise<NewsItem[]> {
  for (let tries = 0; ; tries += 1) {
    const { events } = (await (await fetch(`${stack().controlUrl}/events`)).json()) as { events: NewsItem[] };
    const own = events.filter((item) => JSON.stringify(item).includes(userId));
    if (own.length >= count || tries === 600) return own;
    await sleep(50);
  }
}

test('a level that is crossed over HTTP arrives as one event and one notice, and is listed', async () => {
  await consume('warm-up', 85);
  await newsOf('warm-up', 2);
  expect((await consume('ada', 79)).status).toBe(200);
  const crossedAt = performance.now();
  const answers = await Promise.all(Array.from({ length: 10 }, () => consume('ada', 1)));
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
  const news = await newsOf('ada', 2);
  console.log(
    `      from the first of ten consumes to event and notice: ${Math.round(performance.now() - crossedAt)} ms`,
  );
  expect(news.map(({ kind }) => kind).sort()).toEqual(['event', 'notice']);
  expect(news.find(({ kind }) => kind === 'event')).toMatchObject({
    title: 'quota.threshold_crossed',
    body: { userId: 'ada', level: 'warning' },
  });
  const notice = news.find(({ kind }) => kind === 'notice');
  expect(notice).toMatchObject({ title: 'Quota warning: aiRequest of ada', body: { level: 'warning' } });

  const listed = await fetch(`${stack().url}/v1/users/ada/alerts`, { headers: headers() });
  expect(await listed.json()).toMatchObject({
    userId: 'ada',
    alerts: [{ level: 'warning', used: 80, recoveredAt: null }],
    nextCursor: null,
  });
});

test('the hourly monitor runs, and tells nothing twice', async () => {
  const outcome = await stack().runSchedule('jobs/quota-monitor');
  expect(outcome).toMatchObject({ kind: 'returned', result: { state: 'succeeded' } });
  // The level that was told is not told again.
  const news = await newsOf('ada', 2);
  expect(news.filter(({ title }) => title === 'quota.threshold_crossed')).toHaveLength(1);
});
