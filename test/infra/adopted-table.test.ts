import { expect, test } from 'vitest';
import { resolveTemplate } from '../../infra/local/assembly/intrinsics.ts';
import { LOCAL_ACCOUNT, LOCAL_REGION } from '../../infra/local/assembly/physical-names.ts';
import type { Template } from '../../infra/local/assembly/template.ts';
import { ALL_ENTRIES, ENV } from '../../shared/contract.ts';
import { synthesize } from '../support/synth.ts';

const tableName = 'quota-restored';
const tableArn = `arn:aws:dynamodb:${LOCAL_REGION}:${LOCAL_ACCOUNT}:table/${tableName}`;
const tableStreamArn = `${tableArn}/stream/local`;
const own = await synthesize();
const adopted = await synthesize({ tableName, tableStreamArn });

/** The resources of a stack with every reference resolved. A version's id changes with its function. */
const resolved = ({ template }: typeof own) =>
  resolveTemplate(template.toJSON() as Template) // the CDK wrote it
    .map(({ type, properties, ref }) =>
      type === 'AWS::Lambda::Version' ? { type } : { type, properties, ref },
    );

test('the stack has no table of its own, and nothing refers to one', () => {
  expect(adopted.resources('AWS::DynamoDB::Table')).toEqual([]);
  const [table] = own.resources('AWS::DynamoDB::Table');
  expect(JSON.stringify(adopted.template.toJSON())).not.toContain(table?.id);
});

test('functions, roles, stream, alarms and dashboard refer to the adopted table, and nothing else differs', () => {
  const [table] = own.resources('AWS::DynamoDB::Table');
  const others = resolved(own).filter(({ type }) => type !== 'AWS::DynamoDB::Table');
  const expected = JSON.parse(JSON.stringify(others).replaceAll(String(table?.id), tableName));
  expect(resolved(adopted)).toEqual(expected);
});

test('the parts that must not be missed name it', () => {
  for (const entry of ALL_ENTRIES)
    expect(adopted.functionOf(entry).Properties.Environment.Variables[ENV.tableName], entry).toBe(tableName);
  const [mapping] = adopted.resources('AWS::Lambda::EventSourceMapping');
  expect(mapping?.Properties.EventSourceArn).toBe(tableStreamArn);
  for (const type of ['AWS::IAM::Role', 'AWS::CloudWatch::Alarm', 'AWS::CloudWatch::Dashboard']) {
    const naming = resolved(adopted).filter(
      (one) => one.type === type && JSON.stringify(one).includes(tableName),
    );
    expect(naming, type).not.toEqual([]);
  }
  adopted.template.hasOutput('TableName', { Value: tableName });
});
