import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  CfnIntegration,
  type CfnStage,
  HttpApi,
  HttpMethod,
  type HttpRoute,
  HttpStage,
  LogGroupLogDestination,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaAuthorizer, HttpLambdaResponseType } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
import { type Alias, CfnPermission, type IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import {
  AUTHORIZER_CONTEXT,
  ENTRIES,
  groupEntry,
  type OperationName,
  type OperationOf,
  operationsOf,
  ROUTE_GROUPS,
  ROUTES,
  type Route,
  type RouteGroup,
  routeKeyOf,
} from '../shared/contract.ts';
import { corsFor } from './cors.ts';
import { CustomDomain } from './custom-domain.ts';
import type { FunctionContext } from './function-context.ts';
import { GradualDeployment } from './gradual-deployment.ts';
import { QuotaFunction } from './quota-function.ts';
import { RunbookAlarm } from './runbook-alarm.ts';
import type { DeploymentSteps } from './settings.ts';
import { serviceTitle } from './stage.ts';

/** Server errors in five minutes below which their share raises no alarm. */
const FEWEST_ERRORS = 10;

export interface QuotaHttpApiProps {
  readonly context: FunctionContext;
  readonly stage: string;
  /** Requests per second that the whole API admits in the long run. */
  readonly throttleRate: number;
  /** Requests that may arrive at once above the rate. */
  readonly throttleBurst: number;
  /** How long the authorizer's answer to a key is kept, and so how long a revoked key works. */
  readonly authorizerCacheSeconds: number;
  /** Origins whose pages may call the API from a browser. */
  readonly corsOrigins: readonly string[];
  /**
   * Host name of the API, with the ARN of its certificate.
   * @default - only that of API Gateway
   */
  readonly domainName?: string;
  readonly certificateArn?: string;
  /** Whether the API answers at the host name of API Gateway. */
  readonly defaultEndpoint: boolean;
  /** How a new version of the quota function takes over: every call of a product waits for it. */
  readonly gradualDeployment: DeploymentSteps;
}

/** The HTTP API: every group of routes with its function, behind one authorizer that verifies keys. */
export class QuotaHttpApi extends Construct {
  readonly url: string;
  /** Those that mean wrong or late answers to callers. */
  readonly callersAlarms: readonly RunbookAlarm[];
  private readonly api: HttpApi;
  private readonly openRoutes = new Map<OperationName, HttpRoute>();
  private readonly authorizer: HttpLambdaAuthorizer;

  constructor(scope: Construct, id: string, props: QuotaHttpApiProps) {
    super(scope, id);
    const api = new HttpApi(this, 'Api', {
      apiName: serviceTitle(props.stage),
      description: 'Plans grant quotas; backends check and consume them',
      createDefaultStage: false,
      disableExecuteApiEndpoint: !props.defaultEndpoint,
      ...(props.corsOrigins.length > 0 && { corsPreflight: corsFor(props.corsOrigins) }),
    });
    this.api = api;
    this.authorizer = new HttpLambdaAuthorizer(
      'KeyAuthorizer',
      new QuotaFunction(this, 'Authorize', { context: props.context, entry: ENTRIES.authorize }),
      {
        responseTypes: [HttpLambdaResponseType.SIMPLE],
        identitySource: ['$request.header.Authorization'],
        // One answer per key serves all routes, so functions check the scope themselves.
        resultsCacheTtl: Duration.seconds(props.authorizerCacheSeconds),
      },
    );
    const quota = this.handlerOf('quota', props.context);
    // The CDK declares the alias' role as undefined rather than optional.
    const live = quota.addAlias('live', { description: 'The version that the API calls' }) as Alias &
      IFunction;
    for (const group of ROUTE_GROUPS)
      this.serve(group, group === 'quota' ? live : this.handlerOf(group, props.context));
    const stage = this.stage(api, props);
    this.throttleOpenRoutes(stage, props.throttleRate);
    const serverErrors = this.alarmOnServerErrors(stage);
    if (props.gradualDeployment !== 'none')
      new GradualDeployment(this, 'Deployment', {
        alias: live,
        steps: props.gradualDeployment,
        alarms: [...(quota.errorsAlarm ? [quota.errorsAlarm] : []), serverErrors],
      });
    const { domainName, certificateArn } = props;
    const domain =
      domainName !== undefined && certificateArn !== undefined
        ? new CustomDomain(this, 'Domain', { domainName, certificateArn, stage })
        : undefined;
    this.url = domain && !props.defaultEndpoint ? domain.url : stage.url;
    // Stripe is no caller: it retries, and the sync finds what it could not deliver.
    this.callersAlarms = this.node
      .findAll()
      .filter((construct) => construct instanceof RunbookAlarm)
      .filter(({ node }) => node.scope?.node.id !== constructId('stripe-webhook'));
  }

  private alarmOnServerErrors(stage: HttpStage): RunbookAlarm {
    return new RunbookAlarm(this, 'ServerErrorAlarm', {
      summary: 'More than 1 % of the requests of five minutes received a server error.',
      runbook:
        'Find the requests in the access log by status, then their requestId in the log of the function. 503 outcome_unknown: DynamoDB or the network to it is slow. 500 without a line in the log of a function: the authorizer failed for another reason than the table.',
      metric: new MathExpression({
        label: 'server errors, percent of requests',
        expression: `IF(errors >= ${FEWEST_ERRORS}, 100 * errors / requests, 0)`,
        usingMetrics: {
          errors: stage.metricServerError({ statistic: 'sum', period: Duration.minutes(5) }),
          requests: stage.metricCount({ statistic: 'sum', period: Duration.minutes(5) }),
        },
        period: Duration.minutes(5),
      }),
      threshold: 1,
      // The newest period is evaluated before all of its errors are counted.
      evaluationPeriods: 3,
      datapointsToAlarm: 1,
    });
  }

  private handlerOf(group: RouteGroup, context: FunctionContext): QuotaFunction {
    return new QuotaFunction(this, constructId(group), { context, entry: groupEntry(group) });
  }

  /** One integration and invoke permission for all routes of a group: a further route is one resource. */
  private serve(group: RouteGroup, handler: IFunction): void {
    const integration = new HttpLambdaIntegration(`${constructId(group)}Integration`, handler, {
      scopePermissionToRoute: false,
    });
    const routes = operationsOf(group).flatMap((operation) => this.addRoute(operation, integration));
    const parts = routes.flatMap((route) => route.node.findAll());
    // API Gateway may call a new handler before the integration points to it: no call fails in between.
    for (const declared of parts.filter((part) => part instanceof CfnIntegration))
      declared.node.addDependency(...parts.filter((part) => part instanceof CfnPermission));
  }

  private addRoute(operation: OperationName, integration: HttpLambdaIntegration): HttpRoute[] {
    const { path, method, scope, group }: Route = ROUTES[operation];
    const routes = this.api.addRoutes({
      path,
      methods: [HttpMethod[method]],
      integration,
      ...(scope !== null && { authorizer: this.authorizer }),
    });
    for (const open of scope === null ? routes : []) {
      this.openRoutes.set(operation, open);
      Validations.of(open).acknowledge({
        id: 'AwsSolutions-APIG4',
        reason:
          OPEN_BECAUSE[group] ?? `${path} is public: it returns nothing about users and changes nothing.`,
      });
    }
    return routes;
  }

  /** The stage is created after the routes: API Gateway rejects settings of a route that it does not have. */
  private throttleOpenRoutes(stage: HttpStage, throttleRate: number): void {
    const resource = stage.node.defaultChild as CfnStage; // what an HttpStage creates under this name
    const settings = [...this.openRoutes].map(([operation, route]) => {
      resource.node.addDependency(route);
      const most = Math.min(OPEN_ROUTE_THROTTLES[operation] ?? 0, throttleRate);
      return [routeKeyOf(operation), { ThrottlingRateLimit: most, ThrottlingBurstLimit: most }];
    });
    resource.routeSettings = Object.fromEntries(settings);
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
      throttle: { rateLimit: props.throttleRate, burstLimit: props.throttleBurst },
      accessLogSettings: {
        destination: new LogGroupLogDestination(accessLog),
        format: AccessLogFormat.custom(JSON.stringify(ACCESS_LOG_LINE)),
      },
    });
  }
}

/**
 * Requests a second, and at once, that the routes without a key admit: every internet client can call them,
 * and the stage's limit would let them use up the throttle of callers with keys, at the operator's cost.
 */
const OPEN_ROUTE_THROTTLES: Readonly<Partial<Record<OperationName, number>>> = {
  getOpenApi: 5,
  getHealth: 20,
  // Stripe sends bursts when subscriptions renew, and retries what is throttled.
  receiveStripeEvent: 100,
} satisfies Record<OperationOf<'public' | 'stripe-webhook'>, number>;

/** Groups without an authorizer whose routes change something. */
const OPEN_BECAUSE: Partial<Record<RouteGroup, string>> = {
  'stripe-webhook':
    'Stripe has no API key of this service: the function verifies its signature over the raw body before anything else.',
};

/** The caller, the route, the outcome and the latencies; never a header, a body or a query. */
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

/** `account-reads` → `AccountReads` */
function constructId(group: RouteGroup): string {
  return group
    .split('-')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
}
