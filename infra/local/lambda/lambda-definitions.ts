import { z } from 'zod';
import { LOCAL_REGION } from '../assembly/physical-names.ts';
import { type Assembly, ofType } from '../assembly/read-assembly.ts';
import type { LocalResource } from '../assembly/template.ts';
import type { LambdaFunctionSettings } from './lambda-function.ts';

const FunctionProperties = z.object({
  Handler: z.string(),
  Description: z.string().optional(),
  MemorySize: z.number().default(128),
  /** Seconds. */
  Timeout: z.number().default(3),
  ReservedConcurrentExecutions: z.number().optional(),
  Environment: z.object({ Variables: z.record(z.string(), z.string()) }).default({ Variables: {} }),
});

/** A function of the template with the settings to run it here. */
export interface LambdaDefinition extends LambdaFunctionSettings {
  /** Path below `functions/`, from the description; else the function's name. */
  readonly entry: string;
}

/**
 * Reads the stack's functions.
 *
 * @param endpoints variables that point the AWS SDK to the services of this machine
 * @param maxEnvironments cap for a function that reserves no concurrency
 * @param clock shared memory of the stack's clock. @default the machine's time
 */
export function lambdaDefinitions(
  assembly: Assembly,
  endpoints: Readonly<Record<string, string>>,
  maxEnvironments: number,
  clock?: SharedArrayBuffer,
): LambdaDefinition[] {
  return ofType(assembly, 'AWS::Lambda::Function').map((resource) => {
    const properties = FunctionProperties.parse(resource.properties);
    const bundleFolder = assembly.bundleFolder(resource);
    return {
      entry: /functions\/(\S+)\.ts$/.exec(properties.Description ?? '')?.[1] ?? resource.ref,
      functionName: resource.ref,
      functionArn: resource.arn,
      handler: properties.Handler,
      bundleFolder,
      memoryMb: properties.MemorySize,
      ...(clock && { clock }),
      timeoutMs: properties.Timeout * 1_000,
      maxEnvironments: Math.min(
        properties.ReservedConcurrentExecutions ?? Number.POSITIVE_INFINITY,
        maxEnvironments,
      ),
      variables: {
        ...runtimeVariables(resource, properties, bundleFolder),
        ...endpoints,
        ...properties.Environment.Variables,
      },
    };
  });
}

/**
 * Variables that Lambda sets:
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
 */
function runtimeVariables(
  { ref: functionName, logicalId }: LocalResource,
  { Handler, MemorySize }: z.infer<typeof FunctionProperties>,
  bundleFolder: string,
): Record<string, string> {
  return {
    AWS_REGION: LOCAL_REGION,
    AWS_DEFAULT_REGION: LOCAL_REGION,
    // Identifies the function that sends a request, as a role's keys do.
    AWS_ACCESS_KEY_ID: logicalId,
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_SESSION_TOKEN: 'local',
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    AWS_LAMBDA_FUNCTION_NAME: functionName,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(MemorySize),
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${functionName}`,
    AWS_LAMBDA_LOG_STREAM_NAME: 'local',
    LAMBDA_TASK_ROOT: bundleFolder,
    _HANDLER: Handler,
    LANG: 'en_US.UTF-8',
    TZ: ':UTC',
  };
}
