import { Agent, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { passOn } from './fault-proxy/pass-on.ts';
import { serveLocally } from './local-server.ts';

/** Settings of one table that DynamoDB Local lacks. */
export interface TableSettings {
  hasRecovery: boolean;
  readonly tags: Map<string, string>;
  /** The mode of Contributor Insights of each index that has it, and of the table under an empty name. */
  readonly insights: Map<string, string>;
}

export interface TableSettingsProxy {
  readonly url: string;
  settingsOf(tableName: string): TableSettings;
  stop(): Promise<void>;
}

interface Input {
  readonly TableName?: string;
  readonly ResourceArn?: string;
  readonly PointInTimeRecoverySpecification?: { readonly PointInTimeRecoveryEnabled: boolean };
  readonly IndexName?: string;
  readonly ContributorInsightsMode?: string;
  readonly Tags?: readonly { readonly Key: string; readonly Value: string }[];
}

/**
 * A proxy for DynamoDB Local that adds point-in-time recovery, Contributor Insights and tags, none of which a
 * restored table has. As after a restore, the first request to enable the recovery comes too early.
 *
 * Source: Amazon DynamoDB API Reference.
 */
export async function startTableSettingsProxy(upstream: string): Promise<TableSettingsProxy> {
  const agent = new Agent({ keepAlive: true });
  const tables = new Map<string, TableSettings & { isReady: boolean }>();
  const settingsOf = (tableName: string) => {
    const settings = tables.get(tableName) ?? {
      hasRecovery: false,
      tags: new Map(),
      insights: new Map(),
      isReady: false,
    };
    tables.set(tableName, settings);
    return settings;
  };
  const serve = async (incoming: IncomingMessage, response: ServerResponse) => {
    const body = await buffer(incoming);
    const operation = String(incoming.headers['x-amz-target']).split('.').at(-1) ?? '';
    const input: Input = JSON.parse(body.toString());
    const settings = settingsOf(input.TableName ?? input.ResourceArn?.split('/')[1] ?? '');
    const own = ownAnswer(operation, input, settings);
    if (own) {
      const status = '__type' in own ? 400 : 200;
      return void response
        .writeHead(status, { 'content-type': 'application/x-amz-json-1.0' })
        .end(JSON.stringify(own));
    }
    const { status, headers, body: answer } = await passOn(upstream, incoming, body, agent);
    response.writeHead(status, headers).end(answer);
  };
  const { url, stop } = await serveLocally((incoming, response) => {
    serve(incoming, response).catch(() => response.destroy());
  });
  return {
    url,
    settingsOf,
    stop: async () => {
      await stop();
      agent.destroy();
    },
  };
}

/** The answer to a request that DynamoDB Local does not know. */
function ownAnswer(
  operation: string,
  input: Input,
  settings: TableSettings & { isReady: boolean },
): object | undefined {
  switch (operation) {
    case 'UpdateContinuousBackups':
      if (!settings.isReady) {
        settings.isReady = true;
        return {
          __type: 'com.amazonaws.dynamodb.v20120810#ContinuousBackupsUnavailableException',
          message: 'Backups are being enabled for the table',
        };
      }
      settings.hasRecovery = input.PointInTimeRecoverySpecification?.PointInTimeRecoveryEnabled ?? false;
      return backups(settings);
    case 'DescribeContinuousBackups':
      return backups(settings);
    case 'TagResource':
      for (const { Key, Value } of input.Tags ?? []) settings.tags.set(Key, Value);
      return {};
    case 'ListTagsOfResource':
      return { Tags: [...settings.tags].map(([Key, Value]) => ({ Key, Value })) };
    case 'UpdateContributorInsights':
      settings.insights.set(input.IndexName ?? '', input.ContributorInsightsMode ?? '');
      return { ContributorInsightsStatus: 'ENABLING' };
    case 'DescribeContributorInsights': {
      const ContributorInsightsMode = settings.insights.get(input.IndexName ?? '');
      const ContributorInsightsStatus = ContributorInsightsMode ? 'ENABLED' : 'DISABLED';
      return { ContributorInsightsStatus, ContributorInsightsMode };
    }
    default:
      return undefined;
  }
}

function backups({ hasRecovery }: TableSettings) {
  const PointInTimeRecoveryStatus = hasRecovery ? 'ENABLED' : 'DISABLED';
  return {
    ContinuousBackupsDescription: {
      ContinuousBackupsStatus: 'ENABLED',
      PointInTimeRecoveryDescription: { PointInTimeRecoveryStatus },
    },
  };
}
