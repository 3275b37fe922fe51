import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { ofType, readAssembly } from '../../infra/local/assembly/read-assembly.ts';
import { useLocalStack } from '../support/local-stack.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const PAGE = readFileSync(join(ROOT, 'docs/first-hour.md'), 'utf8');
const stack = useLocalStack();

/**
 * The blocks of the page that are for bash, without the indent of a list. Blocks without a language need an
 * AWS account.
 */
const blocks = [...PAGE.matchAll(/^( *)```bash\n([\s\S]*?)^ *```$/gm)].map(([, indent = '', text = '']) =>
  text.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
);

/**
 * Replaces the AWS CLI: prints outputs of the stack by the beginning of their names, and the text of a secret
 * from this machine's Secrets Manager.
 */
const CLI = `#!${process.execPath}
const { OUTPUTS, SECRETS_URL } = process.env;
const [service, operation, ...rest] = process.argv.slice(2);
const option = (name) => rest[rest.indexOf(name) + 1];
if (service + operation === 'cloudformationdescribe-stacks') {
  const prefix = /starts_with\\(OutputKey, '(\\w+)'\\)/.exec(option('--query'))[1];
  const found = Object.entries(JSON.parse(OUTPUTS)).filter(([key]) => key.startsWith(prefix));
  console.log(found.map(([, value]) => value).join('\\t'));
} else if (service + operation === 'secretsmanagerget-secret-value') {
  const headers = { 'x-amz-target': 'secretsmanager.GetSecretValue' };
  const body = JSON.stringify({ SecretId: option('--secret-id') });
  const answer = await fetch(SECRETS_URL, { method: 'POST', headers, body });
  console.log((await answer.json()).SecretString);
} else process.exit(64);
`;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'first-hour-'));
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  await writeFile(join(folder, 'aws'), CLI);
  await chmod(join(folder, 'aws'), 0o755);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Runs a script as the page's reader does, against the local stack. */
async function runBash(script: string): Promise<{ code: number; stdout: string; stderr: string }> {
  const assembly = await readAssembly(inject('assemblyFolder'));
  const secret = ofType(assembly, 'AWS::SecretsManager::Secret').find(({ logicalId }) =>
    logicalId.startsWith('FirstKeys'),
  );
  const { QUOTA_URL: _url, QUOTA_API_KEY: _key, ...inherited } = process.env;
  const env = {
    ...inherited,
    PATH: [folder, join(ROOT, 'node_modules/.bin'), process.env.PATH].join(':'),
    OUTPUTS: JSON.stringify({ ApiUrl: `${stack().url}/`, FirstKeysSecretArn: secret?.ref }),
    SECRETS_URL: stack().controlUrl.replace('/_local', '/'),
  };
  return new Promise((done) => {
    execFile('bash', ['-euo', 'pipefail', '-c', script], { env, cwd: ROOT }, (error, stdout, stderr) =>
      done({ code: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });
}

test('the commands of the page work in their order, from the key in the secret to a checkout', async () => {
  expect(blocks).toHaveLength(4);
  // The product's pages have an origin that this deployment allows.
  const script = blocks.join('\n').replaceAll('https://app.example.com', 'http://localhost:5173');
  const { code, stdout, stderr } = await runBash(script);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^\{"status":"ok"\}\{"allowed":true,/);
  expect(stdout).toContain('"userId":"user_1"');
  expect(stdout).toMatch(/^PASS: \d+ checks of \d+ routes, 0 failed/m);
  expect(stdout).toMatch(/"url":"http:\/\/127\.0\.0\.1:\d+\/[^"]+"/);
  for (const key of [stack().adminKey, 'qk_']) expect(stdout).not.toContain(key);
});

test('sending the first call again charges nothing', async () => {
  const { stdout } = await runBash(blocks.slice(0, 2).join('\n'));
  expect(stdout).toContain('"replayed":true');
});

test('the command that gives a plan its price keeps the plan as it is', async () => {
  const [pipe = ''] = /^ *curl -s "\$QUOTA_URL\/v1\/plans\/pro"[\s\S]*?-d @-$/m.exec(PAGE) ?? [];
  const script = `${blocks.slice(0, 2).join('\n')}\necho; ${pipe.trim().replace('price_…', 'price_1Q')}`;
  const { code, stdout } = await runBash(script);
  expect(code).toBe(0);
  const plan = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
  expect(plan).toMatchObject({ id: 'pro', name: 'Pro', prices: { monthly: 'price_1Q' } });
  expect(plan.allowances).toHaveLength(3);
});
