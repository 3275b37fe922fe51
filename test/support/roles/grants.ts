import { type Assembly, ofType } from '../../../infra/local/assembly/read-assembly.ts';
import type { LocalResource } from '../../../infra/local/assembly/template.ts';

interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

export interface Question {
  /** Such as `dynamodb:GetItem`. */
  readonly action: string;
  readonly resourceArn: string;
  readonly leadingKeys: readonly string[];
}

/** Whether the role of a function, by the function's logical id, allows an action. */
export type Grants = (functionId: string, question: Question) => boolean;

/**
 * The grants of the roles of a stack's functions. The stack gives a role its policies inline, and denies
 * nothing.
 */
export function grantsOf(assembly: Assembly): Grants {
  const roles = new Map(ofType(assembly, 'AWS::IAM::Role').map((role) => [role.arn, statementsOf(role)]));
  const statements = new Map(
    ofType(assembly, 'AWS::Lambda::Function').map(({ logicalId, properties }) => [
      logicalId,
      roles.get(String(properties.Role)) ?? [],
    ]),
  );
  return (functionId, { action, resourceArn, leadingKeys }) =>
    (statements.get(functionId) ?? []).some(
      ({ Action, Resource, Condition = {} }) =>
        listed(Action).includes(action) &&
        listed(Resource).some((pattern) => isLike(resourceArn, pattern)) &&
        isMet(Condition, leadingKeys),
    );
}

/**
 * @throws Error for a condition that the stack does not write: a guard that ignored it would let too much
 * through
 */
function isMet(condition: NonNullable<Statement['Condition']>, leadingKeys: readonly string[]): boolean {
  return Object.entries(condition).every(([operator, keys]) =>
    Object.entries(keys).every(([key, patterns]) => {
      if (operator !== 'ForAllValues:StringLike' || key !== 'dynamodb:LeadingKeys')
        throw new Error(`the role guard does not know the condition ${operator} on ${key}`);
      return leadingKeys.every((value) => listed(patterns).some((pattern) => isLike(value, pattern)));
    }),
  );
}

function statementsOf({ properties }: LocalResource): Statement[] {
  // As the stack writes them; `roles.test.ts` compares them with `permissions.ts`.
  const policies = (properties.Policies ?? []) as { PolicyDocument: { Statement: Statement[] } }[];
  return policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
}

const listed = (value: string | readonly string[]): readonly string[] =>
  typeof value === 'string' ? [value] : value;

/** The stack's patterns have one wildcard at most, at their end. */
function isLike(value: string, pattern: string): boolean {
  return pattern.endsWith('*') ? value.startsWith(pattern.slice(0, -1)) : value === pattern;
}
