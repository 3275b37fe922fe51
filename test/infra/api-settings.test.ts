import { expect, test } from 'vitest';
import { readAssembly } from '../../infra/local/assembly/read-assembly.ts';
import { httpApiDefinition } from '../../infra/local/gateway/http-api-definition.ts';
import { ALL_ENTRIES, ROUTES } from '../../shared/contract.ts';
import { setEnvironment } from '../support/api.ts';
import { synthesize } from '../support/synth.ts';

const CERTIFICATE = 'arn:aws:acm:eu-central-1:111122223333:certificate/5bd32a33-6e18-4f0a-a2ce-7d9b7b9a7c1e';
// It is read at load.
setEnvironment('t', 'http://127.0.0.1:9');
const { openApiDocument } = await import('../../functions/openapi/document.ts');

const plain = await synthesize();
const { resources, template, stack, functionOf, assembly } = await synthesize({
  stage: 'staging',
  domainName: 'quota.example.com',
  certificateArn: CERTIFICATE,
  defaultEndpoint: false,
  corsOrigins: ['https://app.example.com', 'http://localhost:5173'],
  authorizerCacheSeconds: 0,
  tags: { team: 'growth' },
});
const [api] = resources('AWS::ApiGatewayV2::Api');
const [plainApi] = plain.resources('AWS::ApiGatewayV2::Api');

test('a custom domain serves the whole API, and the outputs have the target of its DNS record', () => {
  const [domain] = resources('AWS::ApiGatewayV2::DomainName');
  expect(domain?.Properties).toMatchObject({
    DomainName: 'quota.example.com',
    DomainNameConfigurations: [{ CertificateArn: CERTIFICATE, EndpointType: 'REGIONAL' }],
  });
  const [mapping] = resources('AWS::ApiGatewayV2::ApiMapping');
  const [stage] = resources('AWS::ApiGatewayV2::Stage');
  expect(mapping?.Properties).toEqual({
    ApiId: { Ref: api?.id },
    DomainName: { Ref: domain?.id },
    Stage: '$default',
  });
  expect(mapping?.DependsOn).toContain(stage?.id);
  const values = Object.values(template.toJSON().Outputs).map((output) => Object(output).Value);
  expect(values).toEqual(
    expect.arrayContaining([
      { 'Fn::GetAtt': [domain?.id, 'RegionalDomainName'] },
      { 'Fn::GetAtt': [domain?.id, 'RegionalHostedZoneId'] },
    ]),
  );
});

test('the default endpoint stays unless it is disabled; then the API has the address of its domain', () => {
  expect(plainApi?.Properties.DisableExecuteApiEndpoint).toBe(false);
  expect(api?.Properties.DisableExecuteApiEndpoint).toBe(true);
  template.hasOutput('ApiUrl', { Value: 'https://quota.example.com/' });
});

/** Headers in the OpenAPI document, in lower case. */
function documented() {
  const operations = Object.values(openApiDocument().paths ?? {}).flatMap((path) => Object.values(path));
  const parameters = operations.flatMap(({ parameters = [] }) => parameters);
  const responses = operations.flatMap((operation) => Object.values(operation.responses));
  const requested = parameters.filter((one: { in: string }) => one.in === 'header');
  return {
    requested: new Set(requested.map((one: { name: string }) => one.name.toLowerCase())),
    returned: new Set(
      responses
        .flatMap((response) => Object.keys(Object(response).headers ?? {}))
        .map((name) => name.toLowerCase()),
    ),
  };
}

test('pages of the named origins may call every route, with its headers and without cookies', () => {
  const { requested, returned } = documented();
  const { CorsConfiguration: cors } = api?.Properties ?? {};
  expect(cors).toMatchObject({
    AllowOrigins: ['https://app.example.com', 'http://localhost:5173'],
    AllowCredentials: false,
    MaxAge: 3600,
  });
  expect(cors.AllowMethods.toSorted()).toEqual(
    [...new Set(Object.values(ROUTES).map(({ method }) => method))].toSorted(),
  );
  // Stripe's servers send it, and no page.
  requested.delete('stripe-signature');
  expect(new Set(cors.AllowHeaders)).toEqual(new Set([...requested, 'authorization', 'content-type']));
  expect(new Set(cors.ExposeHeaders)).toEqual(returned);
});

test('the local gateway reads them from the template, and the alias that the quota routes call', async () => {
  const definition = httpApiDefinition(await readAssembly(assembly));
  expect(definition.cors).toMatchObject({
    allowOrigins: ['https://app.example.com', 'http://localhost:5173'],
    maxAgeSeconds: 3600,
  });
  const consume = definition.routes.find(({ routeKey }) => routeKey === 'POST /v1/quota/consume');
  expect(consume?.functionArn).toMatch(/:live$/);
});

test('without origins there is no CORS: browsers keep answers from pages', () => {
  expect(plainApi?.Properties.CorsConfiguration).toBeUndefined();
});

test('the answer of the authorizer is kept as long as configured, or not at all', () => {
  const [authorizer] = resources('AWS::ApiGatewayV2::Authorizer');
  expect(authorizer?.Properties.AuthorizerResultTtlInSeconds).toBe(0);
});

test('every resource is tagged with service and stage, for the allocation of costs', () => {
  expect(plain.stack.tags.tagValues()).toEqual({ service: 'quota', stage: 'production' });
  expect(stack.tags.tagValues()).toEqual({ service: 'quota', stage: 'staging', team: 'growth' });
});

test('people recognize the API and its functions', () => {
  expect(plainApi?.Properties.Name).toBe('Quota service');
  expect(api?.Properties.Name).toBe('Quota service (staging)');
  const descriptions = ALL_ENTRIES.map((entry) => String(functionOf(entry).Properties.Description));
  expect(new Set(descriptions).size).toBe(ALL_ENTRIES.length);
  for (const description of descriptions) {
    expect(description).toMatch(/^[A-Z].{12,}\. Quota service \(staging\), functions\/[a-z/-]+\.ts$/);
    expect(description.length, description).toBeLessThanOrEqual(256);
  }
});
