import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');

/**
 * The calls that a service may answer in part, and the fields that complete code must read in the answer: the
 * next page, the items left over, or the rejected entries.
 */
const EVIDENCE: Readonly<Record<string, RegExp>> = {
  QueryCommand: /LastEvaluatedKey/g,
  ScanCommand: /LastEvaluatedKey/g,
  BatchGetCommand: /UnprocessedKeys/g,
  BatchWriteCommand: /UnprocessedItems/g,
  BatchExecuteStatementCommand: /\.Error\b/g,
  GetMetricDataCommand: /answer\.NextToken/g,
  PutEventsCommand: /EventId/g,
  PublishBatchCommand: /Successful/g,
  DescribeStreamCommand: /LastEvaluatedShardId/g,
  GetRecordsCommand: /NextShardIterator/g,
  ListTagsOfResourceCommand: /NextToken/g,
  // Stripe's lists. A call that needs its first page only states why: `bounded: …`.
  'stripe.list': /has_more|everyPage|autoPaging|bounded: \w/g,
};

/** AWS calls whose answer is complete: they have no further page. */
const WHOLE =
  /^(Get|GetItem|Put|Update|Delete|TransactWrite|Invoke|GetSecretValue|(Get|Put|Delete)Object|CreateTable|(Describe|Update)(Table|TimeToLive|ContinuousBackups|ContributorInsights)|TagResource|GetShardIterator|Publish)Command$/;

const sources = globSync(['{infra,functions,shared}/**/*.ts'], { cwd: ROOT, exclude: ['**/*.test.ts'] }).map(
  (file) => ({
    file,
    source: readFileSync(join(ROOT, file), 'utf8'),
  }),
);

function callsIn(source: string): string[] {
  const commands = [...source.matchAll(/new (\w+Command)\(/g)].map(([, command = '']) => command);
  // Iterated, or passed to `all`, which iterates, the SDK requests every page.
  const once = /(?<! of )(?<!\ball\()\bstripe(?:\.\w+)+\.(?:list\w*|search)\(/g;
  const lists = [...source.matchAll(once)].map(() => 'stripe.list');
  return [...commands.filter((command) => !WHOLE.test(command)), ...lists];
}

/** The unread parts in a source, one line each. */
function unreadIn({ file, source }: (typeof sources)[number]): string[] {
  const calls = Map.groupBy(callsIn(source), (call) => call);
  return [...calls].flatMap(([call, { length }]) => {
    const evidence = EVIDENCE[call];
    if (!evidence) return [`${file}: ${call} has no rule here`];
    const reads = source.match(evidence)?.length ?? 0;
    return reads < length ? [`${file}: ${length} × ${call}, ${reads} × ${evidence.source}`] : [];
  });
}

describe('nothing is dropped silently', () => {
  it('finds the calls to check', () => {
    const found = new Set(sources.flatMap(({ source }) => callsIn(source)));
    expect([...found]).toEqual(
      expect.arrayContaining(['QueryCommand', 'BatchGetCommand', 'BatchWriteCommand', 'stripe.list']),
    );
  });

  it('by a call that a service may answer in part: the rest is requested, returned or counted', () => {
    expect(sources.flatMap(unreadIn)).toEqual([]);
  });

  it.each([
    ['const { Items } = await client.send(new QueryCommand({ TableName }));', 'QueryCommand'],
    ['const { Responses } = await client.send(new BatchGetCommand({ RequestItems }));', 'BatchGetCommand'],
    ['const { Contents } = await client.send(new ListObjectsV2Command({ Bucket }));', 'ListObjectsV2Command'],
    ['const { data } = await stripe.checkout.sessions.list({ limit: 100 });', 'stripe.list'],
    ['const { data } = await stripe.customers.search({ query });', 'stripe.list'],
  ])('detects that %s drops the rest', (source, call) => {
    expect(unreadIn({ file: 'sample.ts', source })).toEqual([expect.stringContaining(call)]);
  });
});
