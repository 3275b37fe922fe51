import { spawnSync } from 'node:child_process';
import { MissingPrerequisite } from './missing-prerequisite.ts';

/**
 * Installs a Debian package where that is allowed: as root, with apt-get there.
 *
 * @param purpose what the package is needed for, in the words of the message
 * @throws MissingPrerequisite in one line, when it may not or cannot be installed
 */
export function installDebianPackage(name: string, purpose: string, report: (line: string) => void): void {
  const advice = `${purpose} is missing: install it (Debian, Ubuntu: apt-get install ${name})`;
  if (process.getuid?.() !== 0) throw new MissingPrerequisite(`${advice}; not done here without root.`);
  if (!aptGet(['--version'])) throw new MissingPrerequisite(`${advice}; apt-get is not here to do it.`);
  report(`Installing ${name} with apt-get: ${purpose} is missing.`);
  const install = () => aptGet(['install', '--yes', '--no-install-recommends', name]);
  // A fresh image has no package lists, and old lists name versions that are gone: refresh only when needed.
  if (install() || (aptGet(['update']) && install())) return;
  throw new MissingPrerequisite(`${advice}; apt-get could not.`);
}

function aptGet(args: readonly string[]): boolean {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  return spawnSync('apt-get', ['--quiet', ...args], { env, stdio: 'ignore' }).status === 0;
}
