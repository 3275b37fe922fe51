import { z } from 'zod';
import { type Assembly, ofType } from '../assembly/read-assembly.ts';

/** A function's subscription to a stream, from the template's event source mapping. */
export interface StreamDefinition {
  readonly id: string;
  /** ARN of the table whose stream it is. */
  readonly tableArn: string;
  readonly functionName: string;
  readonly batchSize: number;
  readonly batchingWindowMs: number;
  /** Batches of one shard in flight at once; records of one partition key stay in order. */
  readonly parallelizationFactor: number;
  readonly filterPatterns: readonly string[];
  readonly bisectOnError: boolean;
  readonly reportsItemFailures: boolean;
  /** Further attempts after the first; Infinity: until the record expires. */
  readonly maxRetries: number;
  readonly maxRecordAgeMs: number;
  readonly fromBeginning: boolean;
  /** ARN of the destination of abandoned batches. */
  readonly failureDestinationArn: string | undefined;
}

const Mapping = z.object({
  EventSourceArn: z.string(),
  FunctionName: z.string(),
  Enabled: z.literal(true).default(true),
  StartingPosition: z.enum(['TRIM_HORIZON', 'LATEST']),
  BatchSize: z.number().default(100),
  MaximumBatchingWindowInSeconds: z.number().default(0),
  ParallelizationFactor: z.number().default(1),
  FilterCriteria: z.object({ Filters: z.array(z.object({ Pattern: z.string() })) }).default({ Filters: [] }),
  BisectBatchOnFunctionError: z.boolean().default(false),
  FunctionResponseTypes: z.array(z.string()).default([]),
  MaximumRetryAttempts: z.number().default(-1),
  MaximumRecordAgeInSeconds: z.number().default(-1),
  DestinationConfig: z.object({ OnFailure: z.object({ Destination: z.string() }) }).optional(),
});

/** Reads the stack's subscriptions to streams of its tables. */
export function streamDefinitions(assembly: Assembly): StreamDefinition[] {
  return ofType(assembly, 'AWS::Lambda::EventSourceMapping').map(({ logicalId, properties }) => {
    const declared = Mapping.parse(properties);
    const [tableArn, stream] = declared.EventSourceArn.split('/stream/');
    if (!tableArn || !stream)
      throw new Error(`${logicalId}: only streams of tables are known to the local stack`);
    return {
      id: logicalId,
      tableArn,
      functionName: declared.FunctionName,
      batchSize: declared.BatchSize,
      batchingWindowMs: declared.MaximumBatchingWindowInSeconds * 1_000,
      parallelizationFactor: declared.ParallelizationFactor,
      filterPatterns: declared.FilterCriteria.Filters.map(({ Pattern }) => Pattern),
      bisectOnError: declared.BisectBatchOnFunctionError,
      reportsItemFailures: declared.FunctionResponseTypes.includes('ReportBatchItemFailures'),
      maxRetries: unlimited(declared.MaximumRetryAttempts),
      maxRecordAgeMs: unlimited(declared.MaximumRecordAgeInSeconds) * 1_000,
      fromBeginning: declared.StartingPosition === 'TRIM_HORIZON',
      failureDestinationArn: declared.DestinationConfig?.OnFailure.Destination,
    };
  });
}

/** CloudFormation writes −1 for "no limit". */
function unlimited(limit: number): number {
  return limit < 0 ? Number.POSITIVE_INFINITY : limit;
}
