import { createHash } from 'node:crypto';
import type { TemplateResource } from './template.ts';

/** Account and region of local resources: valid in form, and unused. */
export const LOCAL_ACCOUNT = '000000000000';
export const LOCAL_REGION = 'eu-central-1';

/** Names and ARNs of a resource: valid in form, the same at every start. */
export interface PhysicalNames {
  readonly ref: string;
  readonly arn: string;
  /** Attributes beyond `Arn`. */
  readonly attributes: Readonly<Record<string, string>>;
}

/**
 * Returns the names that the resource's service would assign.
 *
 * @param property reads one of the resource's own properties, resolved
 */
export function physicalNames(
  logicalId: string,
  resource: TemplateResource,
  property: (name: string) => unknown,
): PhysicalNames {
  const named = (propertyName: string, fallback = logicalId) => {
    const value = property(propertyName);
    return typeof value === 'string' ? value : fallback;
  };
  const arn = (service: string, path: string) =>
    `arn:aws:${service}:${LOCAL_REGION}:${LOCAL_ACCOUNT}:${path}`;
  switch (resource.Type) {
    case 'AWS::DynamoDB::Table':
    case 'AWS::DynamoDB::GlobalTable': {
      const name = named('TableName');
      const tableArn = arn('dynamodb', `table/${name}`);
      return { ref: name, arn: tableArn, attributes: { StreamArn: `${tableArn}/stream/local` } };
    }
    case 'AWS::Lambda::Function': {
      const name = named('FunctionName');
      return { ref: name, arn: arn('lambda', `function:${name}`), attributes: {} };
    }
    // Both are the function's ARN with a qualifier, which a local invocation ignores.
    case 'AWS::Lambda::Version':
      return byArn(`${arn('lambda', `function:${functionName(property)}`)}:1`, { Version: '1' });
    case 'AWS::Lambda::Alias':
      return byArn(`${arn('lambda', `function:${functionName(property)}`)}:${named('Name')}`);
    case 'AWS::SecretsManager::Secret':
      return byArn(arn('secretsmanager', `secret:${named('Name')}-${digest(logicalId).slice(0, 6)}`));
    case 'AWS::SNS::Topic':
      return byArn(arn('sns', named('TopicName')), { TopicName: named('TopicName') });
    case 'AWS::SQS::Queue': {
      const name = named('QueueName');
      const ref = `https://sqs.${LOCAL_REGION}.amazonaws.com/${LOCAL_ACCOUNT}/${name}`;
      return { ref, arn: arn('sqs', name), attributes: { QueueName: name, QueueUrl: ref } };
    }
    case 'AWS::S3::Bucket': {
      const name = named('BucketName', logicalId.toLowerCase());
      return { ref: name, arn: `arn:aws:s3:::${name}`, attributes: {} };
    }
    case 'AWS::Events::EventBus':
      return {
        ref: named('Name'),
        arn: arn('events', `event-bus/${named('Name')}`),
        attributes: { Name: named('Name') },
      };
    case 'AWS::ApiGatewayV2::Api': {
      const id = digest(logicalId).slice(0, 10);
      return {
        ref: id,
        arn: arn('apigateway', `/apis/${id}`),
        attributes: { ApiEndpoint: apiEndpoint(id), ApiId: id },
      };
    }
    default: {
      const service = resource.Type.split('::')[1]?.toLowerCase() ?? 'custom';
      return { ref: named('Name'), arn: arn(service, named('Name')), attributes: {} };
    }
  }
}

/** The URL that API Gateway gives to an API, without a slash at its end. */
export function apiEndpoint(apiId: string): string {
  return `https://${apiId}.execute-api.${LOCAL_REGION}.amazonaws.com`;
}

function byArn(arn: string, attributes: Record<string, string> = {}): PhysicalNames {
  return { ref: arn, arn, attributes };
}

/** A version or alias names its function by name or by ARN. */
function functionName(property: (name: string) => unknown): string {
  return String(property('FunctionName')).split(':function:').at(-1) ?? '';
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
