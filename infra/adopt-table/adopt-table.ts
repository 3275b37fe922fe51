import { isDeepStrictEqual } from 'node:util';
import {
  DescribeContinuousBackupsCommand,
  DescribeTimeToLiveCommand,
  GetItemCommand,
  type GlobalSecondaryIndexDescription,
  type TableDescription,
  UpdateContinuousBackupsCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { isReadable, LAYOUT, TABLE, unreadableLayout } from '../../shared/contract.ts';
import { copyTags } from './copy-tags.ts';
import { DECLARED_INDEXES, type DeclaredIndex, KEY_ATTRIBUTES, TABLE_KEYS } from './declared-indexes.ts';
import { type TableUnderAdoption, UnfitTable } from './table-under-adoption.ts';
import { watchThrottledKeys } from './watch-throttled-keys.ts';

/** The settings of a stack that uses the table. */
export interface Adoption {
  readonly tableName: string;
  readonly tableStreamArn: string;
}

/** `absent`: the endpoint does not know the setting, as DynamoDB Local does not know some. */
export type StepOutcome = 'set' | 'already set' | 'absent here';

export interface AdoptionOptions {
  /**
   * Table whose tags are copied.
   * @default - none: the table keeps its tags
   */
  readonly tagsFrom?: string | undefined;
  readonly onStep: (setting: string, outcome: StepOutcome) => void;
}

/**
 * Gives a restored table what a restore leaves behind: billing mode, indexes, stream, TTL, point-in-time
 * recovery, Contributor Insights, deletion protection and tags. CloudFormation cannot: the table is none of
 * the stack. Idempotent: a later call continues an interrupted one, and adds the indexes of a newer release.
 *
 * @throws UnfitTable if the table is no table of this service, or has an index, a stream or a TTL that
 *   contradicts it; settings before that one are made
 *
 * Source: "Restoring a DynamoDB table to a point in time", Amazon DynamoDB Developer Guide.
 */
export async function adoptTable(
  table: TableUnderAdoption,
  { tagsFrom, onStep }: AdoptionOptions,
): Promise<Adoption> {
  const { KeySchema } = await table.whenActive();
  if (!isDeepStrictEqual(KeySchema, TABLE_KEYS))
    throw new UnfitTable(`${table.name} has other keys than a table of this service`);
  await rejectOtherLayout(table);
  for (const [setting, step] of Object.entries(STEPS)) onStep(setting, await outcomeOf(() => step(table)));
  if (tagsFrom !== undefined) onStep('tags', await outcomeOf(() => copyTags(table, tagsFrom)));
  const { LatestStreamArn = '' } = await table.whenActive();
  return { tableName: table.name, tableStreamArn: LatestStreamArn };
}

async function rejectOtherLayout({ client, name: TableName }: TableUnderAdoption): Promise<void> {
  const { pk, sk } = LAYOUT.key;
  const { Item } = await client.send(
    new GetItemCommand({ TableName, Key: { pk: { S: pk }, sk: { S: sk } } }),
  );
  const layout = Number(Item?.[LAYOUT.attribute]?.N ?? LAYOUT.default);
  if (!isReadable(layout))
    throw new UnfitTable(`${unreadableLayout(TableName, layout)}: adopt it with the release that wrote it`);
}

/** Makes one setting. Returns whether it was necessary. */
type Step = (table: TableUnderAdoption) => Promise<boolean>;

const STEPS: Readonly<Record<string, Step>> = {
  'billing on demand': async (table) => {
    const { BillingModeSummary } = await table.whenActive();
    if (BillingModeSummary?.BillingMode === 'PAY_PER_REQUEST') return false;
    await table.update({ BillingMode: 'PAY_PER_REQUEST' });
    return true;
  },
  ...Object.fromEntries(
    DECLARED_INDEXES.map((index): [string, Step] => [
      `index ${index.IndexName}`,
      (table) => addIndex(table, index),
    ]),
  ),
  stream: async (table) => {
    const { StreamSpecification: stream } = await table.whenActive();
    if (stream?.StreamEnabled && stream.StreamViewType !== STREAM_VIEW)
      throw new UnfitTable(`${table.name} has a stream without both images; disable it, then run this again`);
    if (stream?.StreamEnabled) return false;
    await table.update({ StreamSpecification: { StreamEnabled: true, StreamViewType: STREAM_VIEW } });
    return true;
  },
  'time to live': enableTimeToLive,
  'point-in-time recovery': enableRecovery,
  'contributor insights': watchThrottledKeys,
  'deletion protection': async (table) => {
    const { DeletionProtectionEnabled } = await table.whenActive();
    if (DeletionProtectionEnabled) return false;
    await table.update({ DeletionProtectionEnabled: true });
    return true;
  },
};

/** The projector derives the ledger entry from both images. */
const STREAM_VIEW = 'NEW_AND_OLD_IMAGES';

async function addIndex(table: TableUnderAdoption, index: DeclaredIndex): Promise<boolean> {
  const description = await table.whenActive();
  const present = description.GlobalSecondaryIndexes?.find(({ IndexName }) => IndexName === index.IndexName);
  if (present && !isSameIndex(present, index))
    throw new UnfitTable(
      `${table.name}: the index ${index.IndexName} has other keys or attributes; delete it, then run this again`,
    );
  if (present) return false;
  await table.update({
    AttributeDefinitions: attributesWith(description, index),
    GlobalSecondaryIndexUpdates: [{ Create: index }],
  });
  return true;
}

function isSameIndex(
  present: GlobalSecondaryIndexDescription,
  { KeySchema, Projection }: DeclaredIndex,
): boolean {
  const attributes = (projection: typeof Projection) => [
    projection?.ProjectionType,
    ...(projection?.NonKeyAttributes ?? []).toSorted(),
  ];
  return (
    isDeepStrictEqual(present.KeySchema, KeySchema) &&
    isDeepStrictEqual(attributes(present.Projection), attributes(Projection))
  );
}

/** DynamoDB accepts definitions of key attributes only. */
function attributesWith({ GlobalSecondaryIndexes = [] }: TableDescription, index: DeclaredIndex) {
  const schemas = [TABLE_KEYS, index.KeySchema, ...GlobalSecondaryIndexes.map(({ KeySchema }) => KeySchema)];
  const names = new Set(
    schemas.flatMap((schema) => (schema ?? []).map(({ AttributeName }) => AttributeName)),
  );
  return KEY_ATTRIBUTES.filter(({ AttributeName }) => names.has(AttributeName));
}

async function enableTimeToLive({ client, name: TableName }: TableUnderAdoption): Promise<boolean> {
  const { TimeToLiveDescription: found } = await client.send(new DescribeTimeToLiveCommand({ TableName }));
  const isOn = found?.TimeToLiveStatus === 'ENABLED' || found?.TimeToLiveStatus === 'ENABLING';
  if (isOn && found.AttributeName !== TABLE.ttl)
    throw new UnfitTable(
      `${TableName} expires items by the attribute ${found.AttributeName}; disable that, then run this again`,
    );
  if (isOn) return false;
  const TimeToLiveSpecification = { Enabled: true, AttributeName: TABLE.ttl };
  await client.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification }));
  return true;
}

async function enableRecovery({ client, sleep, name: TableName }: TableUnderAdoption): Promise<boolean> {
  const { ContinuousBackupsDescription: found } = await client.send(
    new DescribeContinuousBackupsCommand({ TableName }),
  );
  if (found?.PointInTimeRecoveryDescription?.PointInTimeRecoveryStatus === 'ENABLED') return false;
  const PointInTimeRecoverySpecification = { PointInTimeRecoveryEnabled: true };
  const enable = new UpdateContinuousBackupsCommand({ TableName, PointInTimeRecoverySpecification });
  for (let tries = 1; ; tries += 1) {
    try {
      await client.send(enable);
      return true;
    } catch (error) {
      if (Object(error).name !== BACKUPS_BEING_ENABLED || tries === RECOVERY_TRIES) throw error;
      await sleep(RECOVERY_PAUSE_MS);
    }
  }
}

/** For a while after a table was made. */
const BACKUPS_BEING_ENABLED = 'ContinuousBackupsUnavailableException';
const RECOVERY_TRIES = 30;
const RECOVERY_PAUSE_MS = 10_000;

async function outcomeOf(step: () => Promise<boolean>): Promise<StepOutcome> {
  try {
    return (await step()) ? 'set' : 'already set';
  } catch (error) {
    if (Object(error).name === 'UnknownOperationException') return 'absent here';
    throw error;
  }
}
