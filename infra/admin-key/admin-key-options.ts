import { parseArgs } from 'node:util';

export const USAGE = `Makes an API key with the scope "admin" in the table of a deployment, with your AWS credentials. For deployments whose
keys are lost. The key is printed on standard output, once; only its digest is stored.

  npm run --silent admin-key -- --table NAME [options]

  --table NAME     the stack's output TableName, or the table that npm start prints
  --days N         the key expires after this many days, 1 to 365 (default: 30)
  --name TEXT      where the key is used (default: "made with AWS credentials")
  --revoke-first   also revokes the first admin key, which the deployment created
  --region NAME    region of the table (default: that of your credentials)
  --endpoint URL   DynamoDB Local, such as that of npm start
  --help

The credentials need dynamodb:PutItem on the table; with --revoke-first also GetItem and UpdateItem.`;

export interface AdminKeyOptions {
  readonly table: string;
  readonly days: number;
  readonly name: string;
  readonly revokesFirst: boolean;
  readonly region: string | undefined;
  readonly endpoint: string | undefined;
}

/** An option is missing or invalid; the message describes a valid one. */
export class InvalidOption extends Error {}

const DAYS = { least: 1, most: 365, byDefault: '30' } as const;

/**
 * Reads the command's options.
 *
 * @returns `help` if that was asked for
 * @throws InvalidOption
 */
export function readOptions(args: readonly string[]): AdminKeyOptions | 'help' {
  const { table, days, name, region, endpoint, help, 'revoke-first': revokesFirst } = parse(args);
  if (help) return 'help';
  if (!table) throw new InvalidOption('--table is missing: give the output TableName of the stack.');
  if (!/^\P{C}{1,80}$/u.test(name))
    throw new InvalidOption('--name must have 1 to 80 characters and no control characters.');
  return { table, days: readDays(days), name, revokesFirst, region, endpoint: readEndpoint(endpoint) };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        table: { type: 'string' },
        days: { type: 'string', default: DAYS.byDefault },
        name: { type: 'string', default: 'made with AWS credentials' },
        'revoke-first': { type: 'boolean', default: false },
        region: { type: 'string' },
        endpoint: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    throw new InvalidOption(error instanceof Error ? error.message : String(error));
  }
}

function readDays(text: string): number {
  const days = /^\d+$/.test(text) ? Number(text) : 0;
  if (days >= DAYS.least && days <= DAYS.most) return days;
  throw new InvalidOption(`--days must be a whole number from ${DAYS.least} to ${DAYS.most}.`);
}

function readEndpoint(url: string | undefined): string | undefined {
  if (url === undefined || (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol))) return url;
  throw new InvalidOption('--endpoint must be a URL such as http://127.0.0.1:8000.');
}
