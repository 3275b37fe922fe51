import { afterEach, describe, expect, it, vi } from 'vitest';
import { installDebianPackage } from '../../../../../infra/local/prerequisites/debian-package.ts';
import { MissingPrerequisite } from '../../../../../infra/local/prerequisites/missing-prerequisite.ts';

function messageOfInstalling(): string {
  try {
    installDebianPackage('openjdk-17-jre-headless', 'A Java runtime', () => {});
  } catch (error) {
    if (error instanceof MissingPrerequisite) return error.message;
  }
  throw new Error('it reported no error');
}

describe('a package that cannot be installed', () => {
  afterEach(() => {
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
  });

  it('is requested in one line without root', () => {
    vi.spyOn(process, 'getuid').mockReturnValue(1_000);
    expect(messageOfInstalling()).toBe(
      'A Java runtime is missing: install it (Debian, Ubuntu: apt-get install openjdk-17-jre-headless); that needs root.',
    );
  });

  it('is requested in one line without apt-get', () => {
    vi.spyOn(process, 'getuid').mockReturnValue(0);
    vi.stubEnv('PATH', '/nowhere');
    expect(messageOfInstalling()).toBe(
      'A Java runtime is missing: install it (Debian, Ubuntu: apt-get install openjdk-17-jre-headless); this machine has no apt-get.',
    );
  });
});
