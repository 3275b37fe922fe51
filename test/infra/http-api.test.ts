import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from 'vitest';
import { groupEntry, ROUTE_GROUPS, ROUTES, type Route, type RouteGroup } from '../../shared/contract.ts';
import { metricsOf } from '../proofs/alarms/watched-alarm.ts';
import { synthesize } from '../support/synth.ts';

const { resources, functionOf, template } = await synthesize();
const routes = resources('AWS::ApiGatewayV2::Route');
const [authorizer] = resources('AWS::ApiGatewayV2::Authorizer');
const [stage] = resources('AWS::ApiGatewayV2::Stage');
const [live] = resources('AWS::Lambda::Alias');
/** What API Gateway calls for a group. */
const handlerOf = (group: RouteGroup) =>
  group === 'quota' ? { Ref: live?.id } : { 'Fn::GetAtt': [functionOf(groupEntry(group)).id, 'Arn'] };
const contract = Object.values<Route>(ROUTES);

test('the API has the routes of the contract and no others', () => {
  expect(routes.map(({ Properties }) => Properties.RouteKey).sort()).toEqual(
    contract.map(({ method, path }) => `${method} ${path}`).sort(),
  );
});

test('the stage publishes no metrics per route: nothing reads them, and each is paid for', () => {
  expect(stage?.Properties.DefaultRouteSettings.DetailedMetricsEnabled ?? false).toBe(false);
});

describe.each(Object.entries(ROUTES))('%s', (_name, { method, path, scope, group }) => {
  const route = routes.find(({ Properties }) => Properties.RouteKey === `${method} ${path}`);

  test(`${scope === null ? 'is public' : 'is behind the authorizer'}`, () => {
    expect(route?.Properties.AuthorizationType).toBe(scope === null ? 'NONE' : 'CUSTOM');
    expect(route?.Properties.AuthorizerId).toEqual(scope === null ? undefined : { Ref: authorizer?.id });
  });

  test('reaches the function of its group with payload 2.0', () => {
    const integrationId = route?.Properties.Target['Fn::Join'][1][1].Ref;
    const integration = resources('AWS::ApiGatewayV2::Integration').find(({ id }) => id === integrationId);
    expect(integration?.Properties).toMatchObject({
      IntegrationType: 'AWS_PROXY',
      PayloadFormatVersion: '2.0',
      IntegrationUri: handlerOf(group),
    });
  });
});

test('each group has one integration and one permission, whatever its number of routes', () => {
  expect(resources('AWS::ApiGatewayV2::Integration')).toHaveLength(ROUTE_GROUPS.length);
  const invoked = resources('AWS::Lambda::Permission').map(({ Properties }) => Properties.FunctionName);
  const authorize = { 'Fn::GetAtt': [functionOf('authorizer/handler').id, 'Arn'] };
  expect(invoked).toHaveLength(ROUTE_GROUPS.length + 1);
  expect(invoked).toEqual(expect.arrayContaining([authorize, ...ROUTE_GROUPS.map(handlerOf)]));
});

test('the permission to call a handler exists before the integration that calls it', () => {
  for (const integration of resources('AWS::ApiGatewayV2::Integration')) {
    const permissions = resources('AWS::Lambda::Permission').filter(({ Properties }) =>
      isDeepStrictEqual(Properties.FunctionName, integration.Properties.IntegrationUri),
    );
    expect(permissions, integration.id).toHaveLength(1);
    expect(integration.DependsOn, integration.id).toContain(permissions[0]?.id);
  }
});

test('the group without keys shares no function with a group behind the authorizer', () => {
  for (const group of ROUTE_GROUPS) {
    const scopes = contract.filter((route) => route.group === group).map(({ scope }) => scope === null);
    expect(new Set(scopes).size, group).toBe(1);
  }
});

test('only the API may invoke its functions', () => {
  for (const permission of resources('AWS::Lambda::Permission')) {
    expect(permission.Properties.Principal, permission.id).toBe('apigateway.amazonaws.com');
    expect(JSON.stringify(permission.Properties.SourceArn), permission.id).toContain('execute-api');
  }
});

test('the authorizer receives the key only and is cached for a minute', () => {
  expect(authorizer?.Properties).toMatchObject({
    AuthorizerType: 'REQUEST',
    AuthorizerPayloadFormatVersion: '2.0',
    EnableSimpleResponses: true,
    IdentitySource: ['$request.header.Authorization'],
    AuthorizerResultTtlInSeconds: 60,
  });
});

test('the default stage is throttled and deploys by itself', () => {
  expect(stage?.Properties).toMatchObject({
    StageName: '$default',
    AutoDeploy: true,
    DefaultRouteSettings: { ThrottlingRateLimit: 2000, ThrottlingBurstLimit: 1000 },
  });
});

test('routes without a key have throttles of their own, which the stage sets after it has the routes', () => {
  const at = (most: number) => ({ ThrottlingRateLimit: most, ThrottlingBurstLimit: most });
  expect(stage?.Properties.RouteSettings).toEqual({
    'GET /openapi.json': at(5),
    'GET /health': at(20),
    'POST /v1/stripe/webhook': at(100),
  });
  const open = routes.filter(({ Properties }) => Properties.AuthorizationType === 'NONE');
  expect(stage?.DependsOn).toEqual(expect.arrayContaining(open.map(({ id }) => id)));
  expect(open).toHaveLength(3);
});

test('access is logged, without a header, a body or a query', () => {
  const line = JSON.parse(stage?.Properties.AccessLogSettings.Format);
  expect(line).toMatchObject({ requestId: '$context.requestId', status: '$context.status' });
  expect(JSON.stringify(line)).not.toMatch(/header|body|query|authorization/i);
});

test('server errors raise an alarm', () => {
  const watched = resources('AWS::CloudWatch::Alarm')
    .flatMap(metricsOf)
    .filter(({ Namespace }) => Namespace === 'AWS/ApiGateway');
  expect(watched.map(({ MetricName }) => MetricName)).toEqual(['5xx', 'Count']);
});

test('the deployment outputs the URL of the API', () => {
  template.hasOutput('ApiUrl', {});
});
