import { fullDiff, type ResourceDifference, ResourceImpact } from '@aws-cdk/cloudformation-diff';
import type { Template, TemplateResource } from '../../../infra/local/assembly/template.ts';

/**
 * Types of resources whose replacement or removal loses data, an address, or what others attached to them.
 */
export const STATEFUL_TYPES = [
  'AWS::DynamoDB::Table',
  'AWS::S3::Bucket',
  'AWS::SecretsManager::Secret',
  'AWS::ApiGatewayV2::Api',
  'AWS::ApiGatewayV2::Stage',
  'AWS::Events::EventBus',
  'AWS::SNS::Topic',
  'AWS::SQS::Queue',
] as const;

/**
 * Properties whose change keeps the resource and loses its content: a changed template of a generated secret
 * generates it anew, over the keys that an operator stored.
 */
const CONTENT_PROPERTIES: Readonly<Record<string, readonly string[]>> = {
  'AWS::SecretsManager::Secret': ['GenerateSecretString'],
};

/** The stateful resources of a release by logical id, with the properties that must not change. */
export type StatefulResources = Template['Resources'];

/** @param template as `cdk synth` writes it */
export function statefulResources({ Resources }: Template): StatefulResources {
  return Object.fromEntries(
    Object.entries(Resources)
      .filter(([, { Type }]) => STATEFUL_TYPES.some((type) => type === Type))
      .map(([id, resource]) => [id, essence(resource)] as const)
      .sort(([one], [other]) => one.localeCompare(other)),
  );
}

/**
 * Compares a template with the stateful resources of a release, as `cdk diff` does.
 *
 * @returns a line `<logical id> <impact>: <properties>` for each that an update would replace, remove, or
 *   deprive of its content
 */
export function lossesOfUpdate(released: StatefulResources, template: Template): string[] {
  const losses: string[] = [];
  fullDiff({ Resources: released }, template).resources.forEachDifference((id, change) => {
    const before = released[id];
    if (!before) return;
    const properties = Object.keys(change.propertyUpdates).filter((name) => isLoss(before, name, change));
    if (LOSSES.includes(change.changeImpact) || properties.length > 0)
      losses.push(`${id} ${change.changeImpact}: ${properties.join(', ')}`);
  });
  return losses;
}

const LOSSES: readonly ResourceImpact[] = [
  ResourceImpact.WILL_REPLACE,
  ResourceImpact.MAY_REPLACE,
  ResourceImpact.WILL_DESTROY,
  ResourceImpact.WILL_ORPHAN,
];

function isLoss({ Type }: TemplateResource, name: string, change: ResourceDifference): boolean {
  const impact = change.propertyUpdates[name]?.changeImpact;
  return isContent(Type, name) || (impact !== undefined && LOSSES.includes(impact));
}

const isContent = (type: string, name: string) => CONTENT_PROPERTIES[type]?.includes(name) ?? false;

/** A resource with only those of its properties whose change loses something. */
function essence({ Type, Properties = {} }: TemplateResource): TemplateResource {
  const kept = Object.entries(Properties).filter(
    ([name]) => isContent(Type, name) || LOSSES.includes(impactOfChange(Type, name)),
  );
  return { Type, Properties: Object.fromEntries(kept) };
}

/** What CloudFormation does to a resource when a property of it changes. */
function impactOfChange(Type: string, name: string): ResourceImpact {
  const withValue = (value: string) => ({ Resources: { It: { Type, Properties: { [name]: value } } } });
  return fullDiff(withValue('before'), withValue('after')).resources.get('It').changeImpact;
}
