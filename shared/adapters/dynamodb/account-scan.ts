import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { TABLE } from '../../contract.ts';
import { ACCOUNT } from './account-item.ts';
import { attempt, type Table } from './dynamodb.ts';
import { accountKey, type ItemKey, userIdOf } from './keys.ts';

/** Accounts on a plan's versions older than `below`. */
export interface AccountFilter {
  readonly planId: string;
  readonly below: number;
}

export interface ScanSegment {
  /** 0 … `segments` − 1. */
  readonly segment: number;
  readonly segments: number;
  /** Where the page begins: after this key. @default the segment's beginning */
  readonly after?: ItemKey | undefined;
  /** @default all accounts */
  readonly filter?: AccountFilter | undefined;
}

/** `next` is where the following page begins; absent when the segment is done. */
export interface ScanPage {
  readonly userIds: readonly string[];
  readonly next: ItemKey | undefined;
}

/** Items of any kind that one request reads. */
const PAGE_ITEMS = 1_000;

/**
 * Every account of the table, for jobs. It reads the whole table, ledger entries included, and costs
 * accordingly; no index has all accounts, since idle ones cost nothing.
 */
export class AccountScan {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  /**
   * The users of one page of a segment, in the table's order. Eventually consistent; a page may be empty
   * and have a next one. An account that exists during the whole walk is returned.
   */
  async page({ segment, segments, after, filter }: ScanSegment): Promise<ScanPage> {
    const ofPlan = filter ? ` AND ${ACCOUNT.planId} = :plan AND ${ACCOUNT.planVersion} < :below` : '';
    const command = new ScanCommand({
      TableName: this.#table.name,
      FilterExpression: `sk = :account${ofPlan}`,
      ExpressionAttributeValues: {
        ':account': TABLE.accountSortKey,
        ...(filter && { ':plan': filter.planId, ':below': filter.below }),
      },
      ProjectionExpression: 'pk',
      Limit: PAGE_ITEMS,
      Segment: segment,
      TotalSegments: segments,
      ...(after && { ExclusiveStartKey: { ...after } }),
    });
    const { Items = [], LastEvaluatedKey } = await attempt(() => this.#table.client.send(command));
    const next = LastEvaluatedKey && { pk: String(LastEvaluatedKey.pk), sk: String(LastEvaluatedKey.sk) };
    return { userIds: Items.map(({ pk }) => userIdOf(String(pk))), next };
  }

  /** Where a walk continues after this user. */
  positionOf(userId: string): ItemKey {
    return accountKey(userId);
  }
}
