import { describe, expect, it } from 'vitest';
import { type ApiKey, keyIdOf, keyStatus, mintApiKey } from '../../../shared/domain/api-key.ts';

const NOW = Date.UTC(2026, 10, 22);
const key: ApiKey = { keyId: keyIdOf('qk_x'), name: 'backend', scopes: [], createdAt: 0 };

describe('an API key', () => {
  it('is `qk_` and 256 random bits, no two alike', () => {
    expect(mintApiKey()).toMatch(/^qk_[\w-]{43}$/);
    expect(mintApiKey()).not.toBe(mintApiKey());
  });

  it('is stored as its SHA-256 in hex', () => {
    expect(keyIdOf('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });

  it('may be used until it expires or is revoked', () => {
    expect(keyStatus(key, NOW)).toBe('valid');
    expect(keyStatus({ ...key, expiresAt: NOW + 1 }, NOW)).toBe('valid');
    expect(keyStatus({ ...key, expiresAt: NOW }, NOW)).toBe('expired');
    expect(keyStatus({ ...key, expiresAt: NOW, revokedAt: NOW + 1 }, NOW)).toBe('revoked');
  });

  it('that was never created is unknown', () => {
    expect(keyStatus(undefined, NOW)).toBe('unknown');
  });
});
