import { z } from 'zod';
import { type Assembly, ofType } from '../assembly/read-assembly.ts';
import type { Cors } from './cors.ts';

/** An HTTP API of the template, reduced to what serves a request. */
export interface HttpApiDefinition {
  readonly apiId: string;
  readonly stage: string;
  /** Absent: pages may not call it. */
  readonly cors?: Cors;
  readonly routes: readonly {
    readonly routeKey: string;
    readonly functionArn: string;
    readonly authorizerId?: string | undefined;
  }[];
  readonly authorizers: readonly {
    readonly id: string;
    readonly functionArn: string;
    readonly identitySources: readonly string[];
    readonly cacheTtlMs: number;
  }[];
}

// Literals are what the local gateway supports: anything else must fail at the start, not behave differently
// from AWS.
const Api = z.object({
  ProtocolType: z.literal('HTTP'),
  CorsConfiguration: z
    .object({
      AllowOrigins: z.array(z.string().regex(/^[^*]+$/)),
      AllowMethods: z.array(z.string()),
      AllowHeaders: z.array(z.string()),
      ExposeHeaders: z.array(z.string()),
      AllowCredentials: z.literal(false),
      /** Seconds. */
      MaxAge: z.number(),
    })
    .optional(),
});
const Route = z.object({
  ApiId: z.string(),
  RouteKey: z.string(),
  Target: z.string().startsWith('integrations/'),
  AuthorizationType: z.enum(['NONE', 'CUSTOM']).default('NONE'),
  AuthorizerId: z.string().optional(),
});
const Integration = z.object({
  IntegrationType: z.literal('AWS_PROXY'),
  IntegrationUri: z.string(),
  PayloadFormatVersion: z.literal('2.0'),
});
const AuthorizerProperties = z.object({
  ApiId: z.string(),
  AuthorizerType: z.literal('REQUEST'),
  AuthorizerPayloadFormatVersion: z.literal('2.0'),
  EnableSimpleResponses: z.literal(true),
  AuthorizerUri: z.string(),
  IdentitySource: z.array(z.string()).default([]),
  /** Seconds. */
  AuthorizerResultTtlInSeconds: z.number().default(300),
});
const Stage = z.object({ ApiId: z.string(), StageName: z.string() });

/** Reads the stack's HTTP API with its routes, integrations, authorizers and stage. */
export function httpApiDefinition(assembly: Assembly): HttpApiDefinition {
  const [api, ...others] = ofType(assembly, 'AWS::ApiGatewayV2::Api');
  if (!api || others.length > 0) throw new Error('Expected one HTTP API in the template');
  const { CorsConfiguration: cors } = Api.parse(api.properties);
  const stages = ofType(assembly, 'AWS::ApiGatewayV2::Stage').map(({ properties }) =>
    Stage.parse(properties),
  );
  const integrations = new Map(
    ofType(assembly, 'AWS::ApiGatewayV2::Integration').map(({ ref, properties }) => [
      `integrations/${ref}`,
      Integration.parse(properties).IntegrationUri,
    ]),
  );
  return {
    ...(cors && {
      cors: {
        allowOrigins: cors.AllowOrigins,
        allowMethods: cors.AllowMethods,
        allowHeaders: cors.AllowHeaders,
        exposeHeaders: cors.ExposeHeaders,
        maxAgeSeconds: cors.MaxAge,
      },
    }),
    apiId: api.ref,
    stage: stages[0]?.StageName ?? '$default',
    routes: ofType(assembly, 'AWS::ApiGatewayV2::Route').map(({ properties }) => {
      const { RouteKey, Target, AuthorizerId } = Route.parse(properties);
      const functionArn = integrations.get(Target);
      if (!functionArn) throw new Error(`${RouteKey} has no integration in the template`);
      return { routeKey: RouteKey, functionArn, authorizerId: AuthorizerId };
    }),
    authorizers: ofType(assembly, 'AWS::ApiGatewayV2::Authorizer').map(({ ref, properties }) => {
      const declared = AuthorizerProperties.parse(properties);
      return {
        id: ref,
        functionArn:
          /functions\/(.+)\/invocations$/.exec(declared.AuthorizerUri)?.[1] ?? declared.AuthorizerUri,
        identitySources: declared.IdentitySource,
        cacheTtlMs: declared.AuthorizerResultTtlInSeconds * 1_000,
      };
    }),
  };
}
