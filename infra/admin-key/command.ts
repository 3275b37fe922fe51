/** `npm run admin-key`: makes an admin key with AWS credentials; see `USAGE`. */
import { createDynamoDb } from '../../shared/adapters/dynamodb/dynamodb.ts';
import { type AdminKeyOptions, InvalidOption, readOptions, USAGE } from './admin-key-options.ts';
import { makeAdminKey } from './make-admin-key.ts';

/** DynamoDB Local accepts any credentials. */
const LOCAL = { region: 'local', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };
/** A person waits, and it may be the first request of the session. */
const TIMES = { requestTimeoutMs: 10_000 };

try {
  const options = readOptions(process.argv.slice(2));
  if (options === 'help') console.log(USAGE);
  else await run(options);
} catch (error) {
  const isInvalid = error instanceof InvalidOption;
  console.error(isInvalid ? `${error.message}\n\n${USAGE}` : `No key was made: ${causeOf(error)}`);
  process.exitCode = 2;
}

async function run({ table, region, endpoint, ...options }: AdminKeyOptions): Promise<void> {
  const address = endpoint === undefined ? {} : { ...LOCAL, endpoint };
  const client = createDynamoDb({ ...address, ...(region !== undefined && { region }) }, TIMES);
  const made = await makeAdminKey({ client, name: table }, options, Date.now);
  // Standard output has the key alone, so that a script can take it.
  console.log(made.key);
  console.error(`It expires at ${new Date(made.expiresAt).toISOString()}; its keyId is ${made.keyId}.`);
  console.error('Create the keys that you need with POST /v1/admin/api-keys, then revoke this one.');
  if (made.revoked !== undefined) console.error(`The first admin key ${made.revoked} is revoked.`);
  else if (options.revokesFirst) console.error('The table names no first admin key: none was revoked.');
}

/** The SDK's errors about credentials have no cause; those of the table have the store's answer in it. */
function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  return cause instanceof Error ? `${cause.name}: ${cause.message}` : `${error.name}: ${error.message}`;
}
