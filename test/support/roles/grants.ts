import { type Assembly, ofType } from '../../../infra/local/assembly/read-assembly.ts';
import type { LocalResource } from '../../../infra/local/assembly/template.ts';

interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
}

/** Whether the role of a function, by the function's logical id, allows an action on a resource. */
export type Grants = (functionId: string, action: string, resourceArn: string) => boolean;

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
  return (functionId, action, resourceArn) =>
    (statements.get(functionId) ?? []).some(
      ({ Action, Resource }) =>
        listed(Action).includes(action) && listed(Resource).some((pattern) => isLike(resourceArn, pattern)),
    );
}

function statementsOf({ properties }: LocalResource): Statement[] {
  // As the stack writes them; `roles.test.ts` compares them with the expected ones.
  const policies = (properties.Policies ?? []) as { PolicyDocument: { Statement: Statement[] } }[];
  return policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
}

const listed = (value: string | readonly string[]): readonly string[] =>
  typeof value === 'string' ? [value] : value;

/** The stack's patterns have one wildcard at most, at their end. */
function isLike(arn: string, pattern: string): boolean {
  return pattern.endsWith('*') ? arn.startsWith(pattern.slice(0, -1)) : arn === pattern;
}
