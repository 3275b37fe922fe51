import { randomInt, randomUUID } from 'node:crypto';
import { z } from 'zod';
import { type Assembly, ofType } from '../assembly/read-assembly.ts';
import type { AwsCall } from './aws-endpoint.ts';

const Secret = z.object({
  Name: z.string().optional(),
  SecretString: z.string().optional(),
  GenerateSecretString: z
    .object({
      SecretStringTemplate: z.string().optional(),
      GenerateStringKey: z.string().optional(),
      PasswordLength: z.number().default(32),
    })
    .optional(),
});

/**
 * Secrets Manager for the secrets of the template; implements only GetSecretValue.
 *
 * @param known groups of fields that replace generated ones; a group goes into the JSON secret that generates
 *   one of its fields
 */
export function secretsService(
  assembly: Assembly,
  known: readonly Readonly<Record<string, string>>[],
): (call: AwsCall) => unknown {
  const secrets = ofType(assembly, 'AWS::SecretsManager::Secret').map(({ ref, logicalId, properties }) => {
    const declared = Secret.parse(properties);
    return { ARN: ref, Name: declared.Name ?? logicalId, SecretString: secretString(declared, known) };
  });
  const versionId = randomUUID();
  const createdAt = Date.now() / 1_000;
  return ({ operation, input }) => {
    if (operation !== 'GetSecretValue') return undefined;
    const { SecretId } = Object(input);
    const secret = secrets.find(({ ARN, Name }) => ARN === SecretId || Name === SecretId);
    if (!secret)
      return { __type: 'ResourceNotFoundException', Message: "Secrets Manager can't find the secret." };
    return {
      ...secret,
      VersionId: versionId,
      VersionStages: ['AWSCURRENT'],
      CreatedDate: createdAt,
    };
  };
}

function secretString(
  { SecretString, GenerateSecretString }: z.infer<typeof Secret>,
  known: readonly Readonly<Record<string, string>>[],
): string {
  if (!GenerateSecretString) return SecretString ?? '';
  const { SecretStringTemplate, GenerateStringKey, PasswordLength } = GenerateSecretString;
  const generated = randomText(PasswordLength);
  if (!GenerateStringKey) return generated;
  const fields = { ...JSON.parse(SecretStringTemplate ?? '{}'), [GenerateStringKey]: generated };
  const group = known.find((one) => GenerateStringKey in one);
  return JSON.stringify({ ...fields, ...group });
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** Returns random letters and digits from the system's secure source. */
export function randomText(length: number): string {
  return Array.from({ length }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
}
