import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { LOCAL_ACCOUNT, LOCAL_REGION } from '../assembly/physical-names.ts';
import { type Assembly, ofType } from '../assembly/read-assembly.ts';

/** A schedule of the template and the function it invokes. */
export interface ScheduleDefinition {
  readonly name: string;
  readonly expression: string;
  readonly timeZone: string;
  readonly enabled: boolean;
  readonly functionArn: string;
  /** Returns the event of a run that was due at a time. */
  event(due: Date): unknown;
}

const State = z.enum(['ENABLED', 'DISABLED']).default('ENABLED');
const Schedule = z.object({
  Name: z.string().optional(),
  ScheduleExpression: z.string(),
  ScheduleExpressionTimezone: z.string().default('UTC'),
  State,
  Target: z.object({ Arn: z.string(), Input: z.string().optional() }),
});
const Rule = z.object({
  Name: z.string().optional(),
  ScheduleExpression: z.string().optional(),
  State,
  Targets: z.array(z.object({ Arn: z.string(), Input: z.string().optional() })).default([]),
});

/** Reads the stack's schedules: of EventBridge Scheduler, and EventBridge rules with a schedule. */
export function scheduleDefinitions(assembly: Assembly): ScheduleDefinition[] {
  return [...schedules(assembly), ...rules(assembly)];
}

function schedules(assembly: Assembly): ScheduleDefinition[] {
  return ofType(assembly, 'AWS::Scheduler::Schedule').map(({ logicalId, arn, properties }) => {
    const { Name, ScheduleExpression, ScheduleExpressionTimezone, State, Target } =
      Schedule.parse(properties);
    return {
      name: Name ?? logicalId,
      expression: ScheduleExpression,
      timeZone: ScheduleExpressionTimezone,
      enabled: State === 'ENABLED',
      functionArn: Target.Arn,
      event: (due) =>
        // EventBridge Scheduler sends the detail as text, EventBridge as an object.
        Target.Input === undefined
          ? scheduledEvent('aws.scheduler', arn, due, '{}')
          : JSON.parse(withScheduleContext(Target.Input, arn, due)),
    };
  });
}

function rules(assembly: Assembly): ScheduleDefinition[] {
  return ofType(assembly, 'AWS::Events::Rule').flatMap(({ logicalId, arn, properties }) => {
    const { Name, ScheduleExpression, State, Targets } = Rule.parse(properties);
    if (ScheduleExpression === undefined) return [];
    return Targets.map(({ Arn, Input }) => ({
      name: Name ?? logicalId,
      expression: ScheduleExpression,
      timeZone: 'UTC',
      enabled: State === 'ENABLED',
      functionArn: Arn,
      event: (due: Date) =>
        Input === undefined ? scheduledEvent('aws.events', arn, due, {}) : JSON.parse(Input),
    }));
  });
}

function scheduledEvent(source: string, arn: string, due: Date, detail: unknown) {
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': 'Scheduled Event',
    source,
    account: LOCAL_ACCOUNT,
    time: `${due.toISOString().slice(0, 19)}Z`,
    region: LOCAL_REGION,
    resources: [arn],
    detail,
  };
}

/** https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html */
function withScheduleContext(input: string, arn: string, due: Date): string {
  return input
    .replaceAll('<aws.scheduler.schedule-arn>', arn)
    .replaceAll('<aws.scheduler.scheduled-time>', `${due.toISOString().slice(0, 19)}Z`)
    .replaceAll('<aws.scheduler.execution-id>', randomUUID())
    .replaceAll('<aws.scheduler.attempt-number>', '1');
}
