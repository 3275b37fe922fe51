import { describe, expect, test } from 'vitest';
import type { Capability } from '../../infra/capabilities.ts';
import type { ItemAction } from '../../infra/function-access.ts';
import { PERMISSIONS, routeAccess } from '../../infra/permissions.ts';
import {
  ALL_ENTRIES,
  ENTRIES,
  type Entry,
  groupEntry,
  operationsOf,
  PARTITIONS,
  type PartitionKind,
  ROUTE_GROUPS,
} from '../../shared/contract.ts';
import { type Resource, synthesize } from '../support/synth.ts';

const { resources, functionOf } = await synthesize();
const roles = resources('AWS::IAM::Role');

interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
}

/** Grants beyond `PERMISSIONS`. */
const BEYOND: Partial<Record<Entry, readonly string[]>> = {
  'seed/handler': [
    'secretsmanager:GetSecretValue on FirstKeysSecret',
    'secretsmanager:GetSecretValue on CanarySecret',
    // It protects the table against deletion.
    'dynamodb:DescribeTable on DataTable',
    'dynamodb:UpdateTable on DataTable',
  ],
  'canary/handler': ['secretsmanager:GetSecretValue on CanarySecret'],
  'projector/handler': [
    'dynamodb:DescribeStream on DataTable.StreamArn',
    'dynamodb:GetRecords on DataTable.StreamArn',
    'dynamodb:GetShardIterator on DataTable.StreamArn',
    'dynamodb:ListStreams on DataTable.StreamArn',
    's3:ListBucket on LedgerSetAside',
    // Lambda names the objects that it sets aside.
    's3:PutObject on LedgerSetAside/*',
  ],
};
/** Every job leaves its failed runs there. */
const OF_JOBS = ['sqs:SendMessage on SchedulesFailedRuns'];

/** All that the role of a function allows, by `permissions.ts` and the table above. */
function expectedOf(entry: Entry): string[] {
  const { items, scans, indexes, capabilities } = PERMISSIONS[entry];
  return [
    'logs:CreateLogStream on its own log',
    'logs:PutLogEvents on its own log',
    ...Object.entries(items).flatMap(([kind, actions]) =>
      // The keys of an access are kinds of items.
      actions.map((action) => `dynamodb:${action} on DataTable of ${patternOf(kind as PartitionKind)}`),
    ),
    ...(scans ? ['dynamodb:Scan on DataTable'] : []),
    ...indexes.map((index) => `dynamodb:Query on DataTable/index/${index}`),
    ...capabilities.flatMap((capability) => OF_CAPABILITY[capability]()),
    ...(entry.startsWith('jobs/') ? OF_JOBS : []),
    ...(BEYOND[entry] ?? []),
  ];
}

const OF_CAPABILITY: Readonly<Record<Capability, () => readonly string[]>> = {
  redis: () => ['secretsmanager:GetSecretValue on RedisSecret'],
  stripe: () => ['secretsmanager:GetSecretValue on StripeSecret'],
  events: () => ['events:PutEvents on EventsBus'],
  notices: () => ['sns:Publish on AlertsTopic'],
  metrics: () => ['cloudwatch:GetMetricData on *'],
  reports: () => ['s3:PutObject on ReportsBucket/reports/*'],
  archive: () =>
    ['PutObject', 'GetObject', 'DeleteObject'].map((action) => `s3:${action} on ArchiveBucket/archive/*`),
  jobs: () => jobs().map((job) => `lambda:InvokeFunction on ${job}`),
};

function patternOf(kind: PartitionKind): string {
  return PARTITIONS[kind].replace(/#$/, '#*');
}

function jobs(): string[] {
  return ALL_ENTRIES.filter((entry) => entry.startsWith('jobs/')).map((job) =>
    withoutHash(functionOf(job).id),
  );
}

function statementsOf(role: Resource | undefined): Statement[] {
  return (role?.Properties.Policies ?? []).flatMap(
    (policy: { PolicyDocument: { Statement: Statement[] } }) => policy.PolicyDocument.Statement,
  );
}

const listed = <T>(value: T | readonly T[]): readonly T[] => (Array.isArray(value) ? value : [value as T]); // no list is one

/** One line for each action, resource and kind of items of a statement. */
function linesOf({ Action, Resource, Condition }: Statement, ownLog: string): string[] {
  return listed(Action).flatMap((action) =>
    listed(Resource).flatMap((resource) =>
      bounds(Condition).map((bound) => `${action} on ${nameOf(resource, ownLog)}${bound}`),
    ),
  );
}

/** The kinds of items that a condition bounds a statement to; any other condition shows as it is. */
function bounds(condition: Statement['Condition']): string[] {
  if (!condition) return [''];
  const patterns = condition['ForAllValues:StringLike']?.['dynamodb:LeadingKeys'];
  if (!patterns || Object.keys(condition).length > 1) return [` if ${JSON.stringify(condition)}`];
  return patterns.map((pattern) => ` of ${pattern}`);
}

/** A readable name of a resource: its id without the hash, and the path below it. */
function nameOf(resource: unknown, ownLog: string): string {
  if (typeof resource === 'string') return resource;
  const { Ref, 'Fn::GetAtt': attribute, 'Fn::Join': join } = Object(resource);
  if (join) return join[1].map((part: unknown) => nameOf(part, ownLog)).join(join[0]);
  const [id, of] = Ref === undefined ? attribute : [Ref, 'Arn'];
  if (id === ownLog) return 'its own log';
  return of === 'Arn' ? withoutHash(id) : `${withoutHash(id)}.${of}`;
}

function withoutHash(id: string): string {
  return id.replace(/[0-9A-F]{8}$/, '');
}

describe.each(ALL_ENTRIES)('%s', (entry) => {
  const { Role, LoggingConfig } = functionOf(entry).Properties;
  const role = roles.find(({ id }) => id === Role['Fn::GetAtt'][0]);

  test('may do exactly what permissions.ts lists, to exactly these resources', () => {
    const lines = statementsOf(role).flatMap((statement) => linesOf(statement, LoggingConfig.LogGroup.Ref));
    expect(lines.sort()).toEqual(expectedOf(entry).sort());
  });

  test('has its grants from its own policy only', () => {
    expect(statementsOf(role).map(({ Effect }) => Effect)).not.toContain('Deny');
    expect(role?.Properties.ManagedPolicyArns).toBeUndefined();
  });
});

const WRITES: readonly ItemAction[] = [
  'PutItem',
  'UpdateItem',
  'DeleteItem',
  'BatchWriteItem',
  'PartiQLUpdate',
];

/** Kinds of items that a function may change. */
function writesOf(entry: Entry): string[] {
  return Object.entries(PERMISSIONS[entry].items)
    .filter(([, actions]) => actions.some((action) => WRITES.includes(action)))
    .map(([kind]) => kind)
    .sort();
}

test('a group writes only the kinds of items that its routes own', () => {
  const written = Object.fromEntries(
    [...ROUTE_GROUPS.map(groupEntry), ENTRIES.authorize].map((entry) => [entry, writesOf(entry)]),
  );
  expect(written).toEqual({
    'quota/handler': ['rateBucket', 'user'],
    'account-reads/handler': ['rateBucket'],
    'admin/handler': ['apiKey', 'job', 'plan', 'planList', 'price', 'rateBucket', 'user'],
    'billing/handler': ['rateBucket', 'stripeId', 'user'],
    'reports/handler': ['rateBucket'],
    'public/handler': [],
    'stripe-webhook/handler': ['stripeEvent', 'stripeId', 'user'],
    'authorizer/handler': [],
  });
});

test('only a scan, a query of an index and what concerns the whole table are not bounded to kinds of items', () => {
  for (const role of roles) {
    for (const { Action, Resource, Condition } of statementsOf(role)) {
      const actions = listed(Action).filter((action) =>
        /^dynamodb:(?!.*Stream|GetRecords|GetShard|DescribeTable|UpdateTable)/.test(action),
      );
      if (actions.length === 0 || JSON.stringify(Resource).includes('/index/')) continue;
      // A scan has no partition key, and `ForAllValues` accepts a request without one.
      expect(actions.includes('dynamodb:Scan'), role.id).toBe(Condition === undefined);
      if (!Condition) expect(actions, role.id).toEqual(['dynamodb:Scan']);
    }
  }
});

test('a group may do what its routes may do, and read the layout at init, and nothing else', () => {
  for (const group of ROUTE_GROUPS) {
    const { items, capabilities } = PERMISSIONS[groupEntry(group)];
    const routes = operationsOf(group).map(routeAccess);
    const flat = (access: typeof items) =>
      Object.entries(access).flatMap(([kind, actions]) => actions.map((action) => `${action} ${kind}`));
    expect(new Set(flat(items)), group).toEqual(
      new Set(['GetItem layout', ...routes.flatMap((route) => flat(route.items))]),
    );
    expect(new Set(capabilities), group).toEqual(new Set(routes.flatMap((route) => route.capabilities)));
  }
});

/** CloudWatch has no resource for it. Its metrics name no user. */
const ON_EVERYTHING = ['cloudwatch:GetMetricData'];

test('no role of the stack has a wildcard action or, except for metrics, a wildcard resource', () => {
  expect(roles.length).toBeGreaterThan(ALL_ENTRIES.length);
  for (const role of roles) {
    for (const { Action, Resource } of statementsOf(role)) {
      expect(
        listed(Action).filter((action) => action.endsWith(':*') || action === '*'),
        role.id,
      ).toEqual([]);
      if (listed(Resource).includes('*')) expect(ON_EVERYTHING, role.id).toEqual(listed(Action));
    }
  }
});

test('a role can be assumed only by the service that needs it', () => {
  const services = roles.flatMap(({ Properties }) =>
    Properties.AssumeRolePolicyDocument.Statement.map(
      ({ Principal }: { Principal: { Service: string } }) => Principal.Service,
    ),
  );
  expect([...new Set(services)].sort()).toEqual([
    'codedeploy.amazonaws.com',
    'lambda.amazonaws.com',
    'scheduler.amazonaws.com',
  ]);
});
