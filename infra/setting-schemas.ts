/**
 * The kinds of values that settings have. The command line passes text; cdk.json and the files in `config`
 * may hold numbers and lists.
 */
import { z } from 'zod';

export const text = z.string().min(1);

/** An integer within bounds, as a number or its digits. */
export function integer(least: number, most = Number.MAX_SAFE_INTEGER) {
  const digits = z.string().regex(/^\d+$/).transform(Number);
  return z.union([z.number(), digits]).pipe(z.int().min(least).max(most));
}

/** A boolean, or the word for it. */
export const flag = z.union([z.boolean(), z.enum(['true', 'false']).transform((word) => word === 'true')]);

export const tableName = z.string().regex(/^[\w.-]{3,255}$/);

export const tableStreamArn = z
  .string()
  .regex(/^arn:[\w-]+:dynamodb:[\w-]+:\d{12}:table\/[\w.-]+\/stream\/.+$/);

/** A list in JSON, or comma separated text. */
export function listOf<T extends z.ZodType<unknown, string>>(item: T) {
  const separated = text.transform((list) => list.split(',').map((part) => part.trim()));
  return z.union([z.array(z.string()), separated]).pipe(z.array(item));
}

/** A JSON object, or comma separated text such as `team=growth,costCentre=42`. */
export const pairs = z.union([
  z.record(z.string(), z.unknown()),
  text.transform((list) =>
    Object.fromEntries(
      list.split(',').map((pair) => {
        const [, name = '', value] = /^([^=]*)=(.*)$/.exec(pair.trim()) ?? [];
        return [name, value];
      }),
    ),
  ),
]);

/**
 * Units per second, as `read=40000,write=20000`. A new table on demand takes 12,000 and 4,000, and DynamoDB
 * rejects less than a table already takes.
 */
export const warmThroughput = pairs.pipe(z.strictObject({ read: integer(12_000), write: integer(4_000) }));

/**
 * Tags as AWS accepts them; `service` and `stage` are the stack's own.
 *
 * Source: IAM's and Cost Explorer's rules for tags, which are the strictest.
 */
export const tags = pairs.pipe(
  z.record(
    z.string().regex(/^(?!aws:|service$|stage$)[\w .:/=+@-]{1,128}$/i),
    z.string().regex(/^[\w .:/=+@-]{0,256}$/),
  ),
);

/** By name: `Intl` also accepts offsets such as `+01:00`, EventBridge Scheduler does not. */
export const timeZone = z
  .string()
  .regex(/^[A-Z]/i)
  .transform((name, context) => {
    try {
      return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone;
    } catch {
      context.addIssue('no such time zone');
      return z.NEVER;
    }
  });

/**
 * Rejects the topic of the service's notices: its key keeps CloudWatch from publishing, and no error shows
 * it.
 */
export const alarmTopic = z
  .string()
  .regex(/^arn:[\w-]+:sns:[\w-]+:\d{12}:[\w-]+$/)
  .refine((arn) => !/-AlertsTopic[0-9A-F]{8}-\w+$/.test(arn));

/** A host name in lower case, as API Gateway requires. */
export const domainName = z
  .string()
  .max(253)
  .regex(/^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/);

export const certificate = z.string().regex(/^arn:[\w-]+:acm:[\w-]+:\d{12}:certificate\/[\w-]+$/);

export const email = z.string().regex(/^[^\s@]+@[^\s@]+\.[^\s@]+$/);

const ANY_LOCAL_PORT = /^https?:\/\/(localhost|127\.0\.0\.1):\*$/;

/**
 * Accepts unencrypted origins, and `*` for any port, only on the developer's own machine: customers return to
 * these pages after paying.
 */
export const pageOrigin = z.string().refine((value) => ANY_LOCAL_PORT.test(value) || isOrigin(value));

/** One origin, without a pattern. */
export const origin = z.string().refine(isOrigin);

function isOrigin(value: string): boolean {
  // A host name may contain `*`, which would match nothing: reject it rather than let it look like a pattern.
  const url = URL.canParse(value) && !value.includes('*') ? new URL(value) : undefined;
  if (!url || url.origin !== value) return false;
  const isLocal = url.hostname === 'localhost' || url.hostname === '127.0.0.1';
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLocal);
}
