import { expect, test } from 'vitest';
import { foreignUrls } from '../../../functions/http/requests/billing-requests.ts';

const isForeign = (url: string, allowed: readonly string[]) =>
  foreignUrls({ successUrl: url }, allowed).length > 0;

test('a page of an allowed origin is not foreign, whatever its path', () => {
  const allowed = ['https://app.example.com', 'http://localhost:3000'];
  for (const url of [
    'https://app.example.com/a?b#c',
    'https://APP.example.com:443',
    'http://localhost:3000/',
  ]) {
    expect(isForeign(url, allowed), url).toBe(false);
  }
  for (const url of ['http://app.example.com/', 'https://app.example.com:444/', 'http://localhost:3001/']) {
    expect(isForeign(url, allowed), url).toBe(true);
  }
});

test('the setting allows any port of this machine, and no other name', () => {
  const allowed = ['http://localhost:*'];
  for (const url of [
    'http://localhost:1/',
    'http://localhost:65535/a',
    'http://localhost/',
    'http://LOCALHOST:5173',
  ]) {
    expect(isForeign(url, allowed), url).toBe(false);
  }
  const others = [
    'https://localhost:3000/',
    'http://127.0.0.1:3000/',
    'http://localhost.example.com:3000/',
    'http://example.com/localhost:3000',
    'http://localhost@example.com/',
    'http://example.com:3000/#http://localhost:3000',
  ];
  for (const url of others) expect(isForeign(url, allowed), url).toBe(true);
});
