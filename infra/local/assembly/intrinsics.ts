import { LOCAL_ACCOUNT, LOCAL_REGION, type PhysicalNames, physicalNames } from './physical-names.ts';
import type { LocalResource, Template } from './template.ts';

const PSEUDO_PARAMETERS: Readonly<Record<string, unknown>> = {
  'AWS::AccountId': LOCAL_ACCOUNT,
  'AWS::Region': LOCAL_REGION,
  'AWS::Partition': 'aws',
  'AWS::URLSuffix': 'amazonaws.com',
  'AWS::StackName': 'local',
  'AWS::StackId': `arn:aws:cloudformation:${LOCAL_REGION}:${LOCAL_ACCOUNT}:stack/local/local`,
  'AWS::NoValue': undefined,
};

/**
 * Replaces every reference of a template with its value on this machine.
 *
 * @throws Error for a CloudFormation function that is not implemented
 */
export function resolveTemplate(template: Template): LocalResource[] {
  const resolver = new Resolver(template);
  return Object.entries(template.Resources).map(([logicalId, resource]) => {
    const { ref, arn } = resolver.names(logicalId);
    // An object of properties resolves to an object of properties.
    const properties = resolver.resolve(resource.Properties ?? {}) as Record<string, unknown>;
    return { logicalId, type: resource.Type, properties, ref, arn };
  });
}

class Resolver {
  readonly #template: Template;
  readonly #names = new Map<string, PhysicalNames>();

  constructor(template: Template) {
    this.#template = template;
  }

  names(logicalId: string): PhysicalNames {
    const known = this.#names.get(logicalId);
    if (known) return known;
    const resource = this.#template.Resources[logicalId];
    if (!resource) throw new Error(`The template refers to ${logicalId}, which it does not declare`);
    const names = physicalNames(logicalId, resource, (name) => this.resolve(resource.Properties?.[name]));
    this.#names.set(logicalId, names);
    return names;
  }

  resolve(value: unknown): unknown {
    if (Array.isArray(value))
      return value.map((item) => this.resolve(item)).filter((item) => item !== undefined);
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value);
    const [first] = entries;
    if (entries.length === 1 && first && (first[0] === 'Ref' || first[0].startsWith('Fn::'))) {
      return this.#call(first[0], first[1]);
    }
    return Object.fromEntries(
      entries.map(([key, item]) => [key, this.resolve(item)]).filter(([, item]) => item !== undefined),
    );
  }

  #call(name: string, argument: unknown): unknown {
    switch (name) {
      case 'Ref':
        return this.#ref(String(argument));
      case 'Fn::GetAtt': {
        const [logicalId, attribute] = Array.isArray(argument) ? argument : splitOnce(String(argument), '.');
        return this.#attribute(String(logicalId), String(attribute));
      }
      case 'Fn::Join': {
        const [separator, parts] = this.#arguments(argument);
        return (parts as unknown[]).join(String(separator)); // CloudFormation defines the second argument as a list
      }
      case 'Fn::Split': {
        const [separator, text] = this.#arguments(argument);
        return String(text).split(String(separator));
      }
      case 'Fn::Select': {
        const [index, list] = this.#arguments(argument);
        return (list as unknown[])[Number(index)]; // CloudFormation defines the second argument as a list
      }
      case 'Fn::Sub': {
        const [text, variables] = Array.isArray(argument) ? argument : [argument, {}];
        return this.#substitute(String(text), Object(this.resolve(variables)));
      }
      default:
        throw new Error(`${name} in the template is not supported by the local stack`);
    }
  }

  #arguments(argument: unknown): unknown[] {
    const resolved = this.resolve(argument);
    if (!Array.isArray(resolved)) throw new Error('A function in the template lacks its list of arguments');
    return resolved;
  }

  #ref(name: string): unknown {
    if (name in PSEUDO_PARAMETERS) return PSEUDO_PARAMETERS[name];
    const parameter = this.#template.Parameters?.[name];
    if (!parameter) return this.names(name).ref;
    if (parameter.Default === undefined)
      throw new Error(`Parameter ${name} has no default to run with locally`);
    return parameter.Default;
  }

  #attribute(logicalId: string, attribute: string): string {
    const { arn, attributes } = this.names(logicalId);
    if (attribute === 'Arn') return arn;
    // Attributes that only AWS knows (an alarm's, a distribution's) are unused here, but must not stop the
    // start.
    return attributes[attribute] ?? `${logicalId}.${attribute}`;
  }

  #substitute(text: string, variables: Record<string, unknown>): string {
    return text.replace(/\$\{(!?)([^}]+)\}/g, (whole, literal: string, name: string) => {
      if (literal) return whole.replace('!', '');
      if (name in variables) return String(variables[name]);
      return String(name.includes('.') ? this.#attribute(...splitOnce(name, '.')) : this.#ref(name));
    });
  }
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return [text.slice(0, at), text.slice(at + separator.length)];
}
