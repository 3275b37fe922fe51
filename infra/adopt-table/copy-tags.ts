import {
  DescribeTableCommand,
  ListTagsOfResourceCommand,
  type Tag,
  TagResourceCommand,
} from '@aws-sdk/client-dynamodb';
import type { TableUnderAdoption } from './table-under-adoption.ts';

/** Copies the tags of another table, but those that AWS sets itself. Returns whether one was missing. */
export async function copyTags(table: TableUnderAdoption, from: string): Promise<boolean> {
  const { TableArn: ResourceArn = '' } = await table.whenActive();
  const { Table: source } = await table.client.send(new DescribeTableCommand({ TableName: from }));
  const present = await tagsOf(table, ResourceArn);
  const missing = (await tagsOf(table, source?.TableArn ?? '')).filter(
    ({ Key, Value }) =>
      !Key?.startsWith('aws:') && !present.some((tag) => tag.Key === Key && tag.Value === Value),
  );
  if (missing.length === 0) return false;
  await table.client.send(new TagResourceCommand({ ResourceArn, Tags: missing }));
  return true;
}

async function tagsOf({ client }: TableUnderAdoption, ResourceArn: string): Promise<Tag[]> {
  const tags: Tag[] = [];
  let NextToken: string | undefined;
  do {
    const page = await client.send(
      new ListTagsOfResourceCommand({ ResourceArn, ...(NextToken && { NextToken }) }),
    );
    tags.push(...(page.Tags ?? []));
    ({ NextToken } = page);
  } while (NextToken);
  return tags;
}
