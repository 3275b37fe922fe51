import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import { HttpApi, HttpMethod, HttpStage, LogGroupLogDestination } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaAuthorizer, HttpLambdaResponseType } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { AUTHORIZER_CONTEXT, ENTRIES, type Entry, ROUTES, type Route } from '../shared/contract.ts';
import { type FunctionSetting, QuotaFunction } from './quota-function.ts';
import { RunbookAlarm } from './runbook-alarm.ts';

export interface QuotaHttpApiProps {
  readonly setting: FunctionSetting;
  /** Requests per second that the whole API admits in the long run. */
  readonly throttleRate: number;
  /** Requests that may arrive at once above the rate. */
  readonly throttleBurst: number;
}

/** The HTTP API: every route of the contract with its function, keys verified by one authorizer. */
export class QuotaHttpApi extends Construct {
  readonly url: string;

  constructor(scope: Construct, id: string, props: QuotaHttpApiProps) {
    super(scope, id);
    const api = new HttpApi(this, 'Api', { createDefaultStage: false });
    const authorizer = new HttpLambdaAuthorizer(
      'KeyAuthorizer',
      new QuotaFunction(this, 'Authorize', { setting: props.setting, entry: ENTRIES.authorize }),
      {
        responseTypes: [HttpLambdaResponseType.SIMPLE],
        identitySource: ['$request.header.Authorization'],
        // One answer per key serves all routes, so functions check the scope themselves.
        // A revoked key works for at most this long.
        resultsCacheTtl: Duration.seconds(60),
      },
    );
    for (const route of Object.values<Route & { entry: Entry }>(ROUTES)) {
      const handler = new QuotaFunction(this, constructId(route.entry), {
        setting: props.setting,
        entry: route.entry,
      });
      const routes = api.addRoutes({
        path: route.path,
        methods: [HttpMethod[route.method]],
        integration: new HttpLambdaIntegration(`${constructId(route.entry)}Integration`, handler),
        ...(route.scope !== null && { authorizer }),
      });
      if (route.scope === null) {
        for (const open of routes) {
          Validations.of(open).acknowledge({
            id: 'AwsSolutions-APIG4',
            reason:
              OPEN_BECAUSE[route.entry] ??
              `${route.path} is meant for anybody: it tells nothing about users and changes nothing.`,
          });
        }
      }
    }
    const stage = this.stage(api, props);
    new RunbookAlarm(this, 'ServerErrorAlarm', {
      says: 'The API answers with server errors.',
      runbook:
        'Find the requests in the access log by status, then their requestId in the log of the function. 503 outcome_unknown: DynamoDB or the way to it is slow. 500 without a function log: the authorizer failed for another reason than the table.',
      metric: stage.metricServerError({ statistic: 'sum', period: Duration.minutes(5) }),
      threshold: 5,
    });
    this.url = stage.url;
  }

  private stage(api: HttpApi, props: QuotaHttpApiProps): HttpStage {
    const accessLog = new LogGroup(this, 'AccessLog', {
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    return new HttpStage(this, 'Stage', {
      httpApi: api,
      stageName: '$default',
      autoDeploy: true,
      detailedMetricsEnabled: true,
      throttle: { rateLimit: props.throttleRate, burstLimit: props.throttleBurst },
      accessLogSettings: {
        destination: new LogGroupLogDestination(accessLog),
        format: AccessLogFormat.custom(JSON.stringify(ACCESS_LOG_LINE)),
      },
    });
  }
}

/** Routes without an authorizer that do something. */
const OPEN_BECAUSE: Partial<Record<Entry, string>> = {
  'stripe-webhook/handler':
    'Stripe has no API key of this service: the function verifies its signature over the raw body and does nothing without.',
};

/** Who called what, how it ended and where the time went; never a header, a body or a query. */
const ACCESS_LOG_LINE = {
  requestId: '$context.requestId',
  time: '$context.requestTimeEpoch',
  sourceIp: '$context.identity.sourceIp',
  route: '$context.routeKey',
  status: '$context.status',
  keyId: `$context.authorizer.${AUTHORIZER_CONTEXT.keyId}`,
  latencyMs: '$context.responseLatency',
  integrationLatencyMs: '$context.integrationLatency',
  integrationStatus: '$context.integrationStatus',
  integrationError: '$context.integrationErrorMessage',
  authorizerError: '$context.authorizer.error',
  error: '$context.error.message',
};

/** `quota/check-and-consume` → `QuotaCheckAndConsume` */
function constructId(entry: Entry): string {
  return entry
    .split(/[/-]/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
}
