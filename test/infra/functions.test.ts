import { describe, expect, test } from 'vitest';
import { PERMISSIONS } from '../../infra/permissions.ts';
import { ALL_ENTRIES, ENV, type Entry, groupEntry, ROUTE_GROUPS } from '../../shared/contract.ts';
import { synthesize } from '../support/synth.ts';

const { resources, functionOf } = await synthesize();
const own = ALL_ENTRIES.map((entry) => functionOf(entry));
const roles = resources('AWS::IAM::Role');

interface Statement {
  Effect: string;
  Action: string | string[];
  Resource: unknown;
}

const listed = (value: string | string[]): string[] => (Array.isArray(value) ? value : [value]);

function statementsOf(entry: Entry): Statement[] {
  const role = roles.find(({ id }) => id === functionOf(entry).Properties.Role['Fn::GetAtt'][0]);
  return role?.Properties.Policies.flatMap(
    (policy: { PolicyDocument: { Statement: Statement[] } }) => policy.PolicyDocument.Statement,
  );
}

test('every entry of the contract is a function, and nothing else runs but the deployment trigger', () => {
  const ids = new Set(own.map(({ id }) => id));
  const others = resources('AWS::Lambda::Function').filter(({ id }) => !ids.has(id));
  expect(ids.size).toBe(ALL_ENTRIES.length);
  expect(others.map(({ id }) => id)).toEqual([expect.stringMatching(/^AWSCDKTrigger/)]);
});

test('every function has a role of its own', () => {
  const names = own.map(({ Properties }) => Properties.Role['Fn::GetAtt'][0]);
  expect(new Set(names).size).toBe(own.length);
});

test('no role has policies from outside the stack', () => {
  const ids = new Set(own.map(({ Properties }) => Properties.Role['Fn::GetAtt'][0]));
  const ours = roles.filter(({ id }) => ids.has(id));
  expect(ours.filter(({ Properties }) => Properties.ManagedPolicyArns !== undefined)).toEqual([]);
  expect(resources('AWS::IAM::Policy')).toEqual([]);
});

test('every function logs to its own group, with a retention', () => {
  const groups = own.map(({ Properties }) => Properties.LoggingConfig.LogGroup.Ref);
  expect(new Set(groups).size).toBe(own.length);
  for (const group of resources('AWS::Logs::LogGroup')) {
    expect(group.Properties.RetentionInDays, group.id).toBeGreaterThan(0);
  }
});

test('Lambda writes no lines of its own for an invocation that went well', () => {
  for (const { id, Properties } of own)
    expect(Properties.LoggingConfig, id).toMatchObject({ LogFormat: 'JSON', SystemLogLevel: 'WARN' });
});

test('every function runs on arm64 and Node 24', () => {
  for (const { id, Properties } of own) {
    expect(Properties, id).toMatchObject({ Architectures: ['arm64'], Runtime: 'nodejs24.x' });
  }
});

test('no function reserves concurrency: a new AWS account has none to spare', () => {
  for (const { id, Properties } of own) {
    expect(Properties.ReservedConcurrentExecutions, id).toBeUndefined();
  }
});

test('functions behind HTTP time out before API Gateway does', () => {
  for (const entry of ROUTE_GROUPS.map(groupEntry)) {
    const { Timeout } = functionOf(entry).Properties;
    expect(Timeout, entry).toBeGreaterThanOrEqual(6);
    expect(Timeout, entry).toBeLessThan(30);
  }
});

test('the environment holds keys of the contract only', () => {
  const known: string[] = Object.values(ENV);
  for (const { id, Properties } of own) {
    const keys = Object.keys(Properties.Environment.Variables);
    expect(
      keys.filter((key) => !known.includes(key)),
      id,
    ).toEqual([]);
  }
});

describe.each(ALL_ENTRIES)('%s', (entry) => {
  const statements = statementsOf(entry);

  test('has no action with a wildcard', () => {
    const actions = statements.flatMap(({ Action }) => listed(Action));
    expect(actions.filter((action) => action.includes('*'))).toEqual([]);
  });

  test('has no statement on all resources, except the metrics for reports, which IAM cannot restrict', () => {
    const open = statements.filter(({ Resource }) => Resource === '*');
    expect(open.map(({ Action }) => Action)).toEqual(
      PERMISSIONS[entry].capabilities.includes('metrics') ? ['cloudwatch:GetMetricData'] : [],
    );
  });
});
