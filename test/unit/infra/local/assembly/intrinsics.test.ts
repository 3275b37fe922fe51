import { describe, expect, it } from 'vitest';
import { resolveTemplate } from '../../../../../infra/local/assembly/intrinsics.ts';
import type { TemplateResource } from '../../../../../infra/local/assembly/template.ts';

function resolved(value: unknown, resources: Record<string, TemplateResource> = {}): unknown {
  const template = {
    Parameters: { Level: { Type: 'String', Default: 'INFO' }, Bare: { Type: 'String' } },
    Resources: { ...resources, Subject: { Type: 'Custom::Subject', Properties: { value } } },
  };
  return resolveTemplate(template).find(({ logicalId }) => logicalId === 'Subject')?.properties.value;
}

const TABLE = { Table: { Type: 'AWS::DynamoDB::Table', Properties: { TableName: 'accounts' } } };
const TABLE_ARN = 'arn:aws:dynamodb:eu-central-1:000000000000:table/accounts';

describe('a reference of the template', () => {
  it('to a resource is its name, with matching attributes', () => {
    expect(resolved({ Ref: 'Table' }, TABLE)).toBe('accounts');
    expect(resolved({ 'Fn::GetAtt': ['Table', 'Arn'] }, TABLE)).toBe(TABLE_ARN);
    expect(resolved({ 'Fn::GetAtt': 'Table.StreamArn' }, TABLE)).toBe(`${TABLE_ARN}/stream/local`);
  });

  it('to a pseudo parameter or a parameter is its value', () => {
    expect(resolved([{ Ref: 'AWS::Partition' }, { Ref: 'Level' }])).toEqual(['aws', 'INFO']);
    expect(resolved({ kept: 1, gone: { Ref: 'AWS::NoValue' } })).toEqual({ kept: 1 });
    expect(() => resolved({ Ref: 'Bare' })).toThrow('no default');
  });

  it('joins, splits, selects and substitutes, also one within another', () => {
    const arn = { 'Fn::GetAtt': ['Table', 'Arn'] };
    expect(resolved({ 'Fn::Join': ['', [arn, '/index/*']] }, TABLE)).toBe(`${TABLE_ARN}/index/*`);
    expect(resolved({ 'Fn::Select': [5, { 'Fn::Split': [':', arn] }] }, TABLE)).toBe('table/accounts');
    expect(resolved({ 'Fn::Sub': `\${Table}-\${Table.Arn}-\${AWS::Region}-\${!Literal}` }, TABLE)).toBe(
      `accounts-${TABLE_ARN}-eu-central-1-\${Literal}`,
    );
    expect(resolved({ 'Fn::Sub': [`\${own}/\${Level}`, { own: { Ref: 'Table' } }] }, TABLE)).toBe(
      'accounts/INFO',
    );
  });

  it('to a version of a function resolves to the function', () => {
    const resources = {
      Seed: { Type: 'AWS::Lambda::Function' },
      Version: { Type: 'AWS::Lambda::Version', Properties: { FunctionName: { Ref: 'Seed' } } },
    };
    expect(resolved({ Ref: 'Version' }, resources)).toBe(
      'arn:aws:lambda:eu-central-1:000000000000:function:Seed:1',
    );
  });

  it('to an unknown resource, or by an unsupported function, stops the start', () => {
    expect(() => resolved({ Ref: 'Nobody' })).toThrow('Nobody');
    expect(() => resolved({ 'Fn::ImportValue': 'x' })).toThrow('Fn::ImportValue');
  });
});
