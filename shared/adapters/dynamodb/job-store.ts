import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { JOB_LEASE_MS, type JobRun } from '../../domain/job-run.ts';
import { attempt, type Table, unlessRefused } from './dynamodb.ts';
import { type ItemKey, jobClaimKey, jobRunKey, RUN_PREFIX } from './keys.ts';
import { type RecordPage, readPage } from './record-page.ts';

/** The right to run a job, for all users or for one. */
export interface JobClaim {
  readonly job: string;
  readonly userId: string | undefined;
  readonly runId: string;
  /** One attempt at a run: Lambda may deliver the same run to two environments. */
  readonly holder: string;
}

const RUN_LIFETIME_SECONDS = 90 * 24 * 3_600;
/** After this an abandoned claim is deleted. */
const CLAIM_LIFETIME_SECONDS = 24 * 3_600;

/**
 * The current run of each job, and the record of every run. Every write is one conditional request; errors
 * are those of `attempt`.
 */
export class JobStore {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  /** Claims a job until `now` (epoch ms) plus the lease; `false` while another run holds it. */
  claim(claim: JobClaim, now: number): Promise<boolean> {
    return this.#putClaim(claim, now, now + JOB_LEASE_MS, {
      ConditionExpression: 'attribute_not_exists(pk) OR expiresAt <= :now OR holder = :holder',
      ExpressionAttributeValues: { ':now': now, ':holder': claim.holder },
    });
  }

  /** Renews a claim for another lease; `false` when it was lost. */
  renew(claim: JobClaim, now: number): Promise<boolean> {
    return this.#putClaim(claim, now, now + JOB_LEASE_MS, heldBy(claim));
  }

  /** Releases a claim, so that the next run can have it at once. */
  async release(claim: JobClaim, now: number): Promise<void> {
    await this.#putClaim(claim, now, 0, heldBy(claim));
  }

  /** The run that holds the claim at `now`. */
  async running(job: string, userId: string | undefined, now: number): Promise<string | undefined> {
    const Key: ItemKey = jobClaimKey(job, userId);
    const command = new GetCommand({ TableName: this.#table.name, Key, ConsistentRead: true });
    const { Item } = await attempt(() => this.#table.client.send(command));
    return Item && Item.expiresAt > now ? String(Item.runId) : undefined;
  }

  /** Records a requested run, unless it has begun already. */
  enqueue(run: JobRun): Promise<boolean> {
    return this.#putRun(run, 'attribute_not_exists(pk)');
  }

  /** Records that a run has begun, or will not; `false` when that was recorded before. */
  begin(run: JobRun): Promise<boolean> {
    return this.#putRun(run, 'attribute_not_exists(pk) OR #run.#state = :queued', { ':queued': 'queued' });
  }

  /** Records a run's progress; `false` when another run has marked it as ended. */
  save(run: JobRun): Promise<boolean> {
    return this.#putRun(run, '#run.#state = :running', { ':running': 'running' });
  }

  async read(job: string, runId: string): Promise<JobRun | undefined> {
    const Key: ItemKey = jobRunKey(job, runId);
    const command = new GetCommand({ TableName: this.#table.name, Key, ConsistentRead: true });
    const { Item } = await attempt(() => this.#table.client.send(command));
    return Item?.run as JobRun | undefined; // written by `#putRun` alone
  }

  /** A page of a job's runs, the newest first. Consistent. */
  async page(job: string, limit: number, after?: string): Promise<RecordPage<JobRun>> {
    const { pk } = jobRunKey(job, '');
    return readPage(this.#table, { pk, prefix: RUN_PREFIX, limit, after }, ({ run }) => run as JobRun); // as in `read`
  }

  #putClaim(claim: JobClaim, now: number, expiresAt: number, condition: object): Promise<boolean> {
    const { job, userId, runId, holder } = claim;
    const item = { runId, holder, expiresAt, ttl: ttl(now, CLAIM_LIFETIME_SECONDS) };
    return this.#put({ ...jobClaimKey(job, userId), ...item }, condition);
  }

  #putRun(run: JobRun, condition: string, values?: Record<string, string>): Promise<boolean> {
    return this.#put(
      { ...jobRunKey(run.job, run.id), run, ttl: ttl(run.startedAt, RUN_LIFETIME_SECONDS) },
      {
        ConditionExpression: condition,
        ...(values && {
          ExpressionAttributeNames: { '#run': 'run', '#state': 'state' },
          ExpressionAttributeValues: values,
        }),
      },
    );
  }

  async #put(Item: Record<string, unknown>, condition: object): Promise<boolean> {
    const command = new PutCommand({ TableName: this.#table.name, Item, ...condition });
    return unlessRefused(() => this.#table.client.send(command));
  }
}

function heldBy({ holder }: JobClaim) {
  return { ConditionExpression: 'holder = :holder', ExpressionAttributeValues: { ':holder': holder } };
}

function ttl(now: number, seconds: number): number {
  return Math.floor(now / 1_000) + seconds;
}
