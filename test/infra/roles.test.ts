import { describe, expect, test } from 'vitest';
import { PERMISSIONS } from '../../infra/permissions.ts';
import { ALL_ENTRIES, type Entry } from '../../shared/contract.ts';
import { type Resource, synthesize } from '../support/synth.ts';

const { resources, functionOf } = await synthesize();
const roles = resources('AWS::IAM::Role');

interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

/** What roles may do beyond the table and the rest of `PERMISSIONS`. */
const BEYOND: Partial<Record<Entry, readonly string[]>> = {
  'seed/handler': ['secretsmanager:GetSecretValue on BootstrapKeysSecret'],
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

/** All that the role of a function may do, as `permissions.ts` and the table above say. */
function expectedOf(entry: Entry): string[] {
  const { table, indexes = [], redis, stripe, events, notices, metrics, reports } = PERMISSIONS[entry];
  return [
    'logs:CreateLogStream on its own log',
    'logs:PutLogEvents on its own log',
    ...table.map((action) => `dynamodb:${action} on DataTable`),
    ...indexes.map((index) => `dynamodb:Query on DataTable/index/${index}`),
    ...(redis ? ['secretsmanager:GetSecretValue on RedisSecret'] : []),
    ...(stripe ? ['secretsmanager:GetSecretValue on StripeSecret'] : []),
    ...(events ? ['events:PutEvents on EventsBus'] : []),
    ...(notices ? ['sns:Publish on AlertsTopic'] : []),
    ...(metrics ? ['cloudwatch:GetMetricData on *'] : []),
    ...(reports ? ['s3:PutObject on ReportsBucket/reports/*'] : []),
    ...(PERMISSIONS[entry].jobs ? jobs().map((job) => `lambda:InvokeFunction on ${job}`) : []),
    ...(entry.startsWith('jobs/') ? OF_JOBS : []),
    ...(BEYOND[entry] ?? []),
  ];
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

/** One line for each action and resource of a statement. */
function linesOf({ Action, Resource }: Statement, ownLog: string): string[] {
  return listed(Action).flatMap((action) =>
    listed(Resource).map((resource) => `${action} on ${nameOf(resource, ownLog)}`),
  );
}

/** A resource as one reads it: its id without the hash, and what is below it. */
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

  test('may do exactly what is written down, to exactly these resources', () => {
    const lines = statementsOf(role).flatMap((statement) => linesOf(statement, LoggingConfig.LogGroup.Ref));
    expect(lines.sort()).toEqual(expectedOf(entry).sort());
  });

  test('is allowed things, and by no other way than its own policy', () => {
    expect(statementsOf(role).map(({ Effect }) => Effect)).not.toContain('Deny');
    expect(role?.Properties.ManagedPolicyArns).toBeUndefined();
  });
});

/** CloudWatch knows no resource for it. It reads figures that name no user. */
const ON_EVERYTHING = ['cloudwatch:GetMetricData'];

test('no role of the stack, whoever takes it, may do anything to everything', () => {
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

test('a role is taken by the one service that needs it', () => {
  const services = roles.flatMap(({ Properties }) =>
    Properties.AssumeRolePolicyDocument.Statement.map(
      ({ Principal }: { Principal: { Service: string } }) => Principal.Service,
    ),
  );
  expect([...new Set(services)].sort()).toEqual(['lambda.amazonaws.com', 'scheduler.amazonaws.com']);
});
