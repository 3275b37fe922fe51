import { parseArgs } from 'node:util';

export const USAGE = `Calls every route of a deployment and checks the answers.

  npm run smoke -- --url URL [options]

  --url URL    the deployment: the stack's output ApiUrl, or the URL that npm start prints (default: QUOTA_URL)
  --key KEY    an API key with the scope "admin" (default: QUOTA_API_KEY, which stays out of the shell's history)
  --json       prints the result as JSON
  --help

It works on a user of its own, whom no report counts, with keys that it creates and revokes. It exits with 0 if
every check passed, with 1 if one failed, and with 2 on invalid options.`;

export interface SmokeOptions {
  /** Without a slash at its end. */
  readonly url: string;
  readonly key: string;
  readonly isJson: boolean;
}

/** An option is missing or invalid; the message describes a valid one, and never contains the key. */
export class InvalidOption extends Error {}

/**
 * Reads the command's options.
 *
 * @returns `help` if that was asked for
 * @throws InvalidOption
 */
export function readOptions(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): SmokeOptions | 'help' {
  const { url = environment.QUOTA_URL, key = environment.QUOTA_API_KEY, json, help } = parse(args);
  if (help) return 'help';
  return { url: readUrl(url), key: readKey(key), isJson: json };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        url: { type: 'string' },
        key: { type: 'string' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    throw new InvalidOption(error instanceof Error ? error.message : String(error));
  }
}

function readUrl(text: string | undefined): string {
  if (!text) throw new InvalidOption('--url is missing: give the output ApiUrl of the stack.');
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isHttp = url?.protocol === 'https:' || url?.protocol === 'http:';
  if (!url || !isHttp || url.username || url.search || url.hash)
    throw new InvalidOption(
      '--url must be a URL such as https://abc123.execute-api.eu-central-1.amazonaws.com.',
    );
  if (url.protocol === 'http:' && !LOOPBACK.has(url.hostname))
    throw new InvalidOption('--url must be https: the key would cross the network unencrypted.');
  return url.href.replace(/\/+$/, '');
}

const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', 'localhost', '[::1]']);

function readKey(key: string | undefined): string {
  if (!key)
    throw new InvalidOption(
      '--key and QUOTA_API_KEY are missing: give the first admin key, from the secret that the output FirstKeysSecretArn names.',
    );
  if (/^[\x21-\x7e]{1,256}$/.test(key)) return key;
  throw new InvalidOption(
    '--key or QUOTA_API_KEY is no API key: 1 to 256 visible ASCII characters, no spaces.',
  );
}
