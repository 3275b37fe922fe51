import { randomInt, randomUUID } from 'node:crypto';
import { z } from 'zod';
import { type Assembly, ofType } from './assembly/read-assembly.ts';
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
 * Secrets Manager for the secrets that the template declares; the only operation is reading one.
 *
 * @param known fields to use instead of generated ones, e.g. `adminKey`; they are put into a JSON secret that generates one of them
 */
export function secretsService(
  assembly: Assembly,
  known: Readonly<Record<string, string>>,
): (call: AwsCall) => unknown {
  const secrets = ofType(assembly, 'AWS::SecretsManager::Secret').map(({ ref, logicalId, properties }) => {
    const declared = Secret.parse(properties);
    return { ARN: ref, Name: declared.Name ?? logicalId, SecretString: secretString(declared, known) };
  });
  const versionId = randomUUID();
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
      CreatedDate: Date.now() / 1_000,
    };
  };
}

function secretString(
  { SecretString, GenerateSecretString }: z.infer<typeof Secret>,
  known: Readonly<Record<string, string>>,
): string {
  if (!GenerateSecretString) return SecretString ?? '';
  const { SecretStringTemplate, GenerateStringKey, PasswordLength } = GenerateSecretString;
  const generated = randomText(PasswordLength);
  if (!GenerateStringKey) return generated;
  const fields = { ...JSON.parse(SecretStringTemplate ?? '{}'), [GenerateStringKey]: generated };
  return JSON.stringify(GenerateStringKey in known ? { ...fields, ...known } : fields);
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** Random letters and digits, from the system's secure source. */
export function randomText(length: number): string {
  return Array.from({ length }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
}
