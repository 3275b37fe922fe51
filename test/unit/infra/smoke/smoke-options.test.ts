import { expect, test } from 'vitest';
import { readOptions } from '../../../../infra/smoke/smoke-options.ts';

const URL = 'https://abc123.execute-api.eu-central-1.amazonaws.com';
const KEY = 'qk_the-key-of-this-test';

test('options take precedence over the environment', () => {
  const environment = { QUOTA_URL: 'https://other.example.com', QUOTA_API_KEY: 'another-key' };
  expect(readOptions([], environment)).toEqual({
    url: 'https://other.example.com',
    key: 'another-key',
    isJson: false,
  });
  expect(readOptions(['--url', `${URL}/`, '--key', KEY, '--json'], environment)).toEqual({
    url: URL,
    key: KEY,
    isJson: true,
  });
});

test.each(['http://127.0.0.1:3000', 'http://localhost:3000/', 'http://[::1]:3000'])(
  '%s is this machine',
  (url) => {
    expect(readOptions(['--url', url, '--key', KEY], {})).toMatchObject({ url: url.replace(/\/$/, '') });
  },
);

test('a path stays, such as that of a stage or a mapping of a domain', () => {
  expect(readOptions(['--url', 'https://api.example.com/quota/', '--key', KEY], {})).toMatchObject({
    url: 'https://api.example.com/quota',
  });
});

test.each([
  ['no URL', ['--key', KEY], /^--url is missing: give the output ApiUrl/],
  ['a host without a scheme', ['--url', 'example.com', '--key', KEY], /^--url must be a URL such as https:/],
  ['another scheme', ['--url', 'ftp://example.com', '--key', KEY], /^--url must be a URL such as https:/],
  ['no encryption', ['--url', 'http://example.com', '--key', KEY], /^--url must be https: the key would/],
  ['no key', ['--url', URL], /^--key and QUOTA_API_KEY are missing: .*FirstKeysSecretArn/],
  ['a key with spaces', ['--url', URL, '--key', `${KEY} x`], /^--key or QUOTA_API_KEY is no API key/],
  ['an unknown option', ['--urll', URL], /--urll/],
  ['an argument without an option', [URL], /abc123/],
])('%s is refused with what would be right, and without the key', (_, args, message) => {
  const read = () => readOptions(args, {});
  expect(read).toThrow(message);
  expect(read).not.toThrow(KEY);
});

test('help needs nothing else', () => {
  expect(readOptions(['--help'], {})).toBe('help');
});
