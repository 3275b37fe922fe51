import { spawnSync } from 'node:child_process';
import { MissingPrerequisite } from './missing-prerequisite.ts';

/**
 * Installs a Debian package, if this process is root and apt-get exists.
 *
 * @param purpose what needs the package, for the message
 * @throws MissingPrerequisite in one line, if it cannot be installed
 */
export function installDebianPackage(name: string, purpose: string, report: (line: string) => void): void {
  const advice = `${purpose} is missing: install it (Debian, Ubuntu: apt-get install ${name})`;
  if (process.getuid?.() !== 0) throw new MissingPrerequisite(`${advice}; that needs root.`);
  if (!aptGet(['--version'])) throw new MissingPrerequisite(`${advice}; this machine has no apt-get.`);
  report(`Installing ${name} with apt-get: ${purpose} is missing.`);
  const install = () => aptGet(['install', '--yes', '--no-install-recommends', name]);
  // A fresh image has no package lists, and old lists have versions that no longer exist: refresh only after
  // a failure.
  if (install() || (aptGet(['update']) && install())) return;
  throw new MissingPrerequisite(`${advice}; apt-get failed.`);
}

function aptGet(args: readonly string[]): boolean {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  return spawnSync('apt-get', ['--quiet', ...args], { env, stdio: 'ignore' }).status === 0;
}
