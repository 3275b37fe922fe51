import { spawnSync } from 'node:child_process';
import { installDebianPackage } from './debian-package.ts';

/**
 * Returns the command of redis-server, installed if missing.
 *
 * @throws MissingPrerequisite if there is none and it cannot be installed
 */
export function findOrInstallRedis(report: (line: string) => void): string {
  const runs = () => spawnSync('redis-server', ['--version']).status === 0;
  if (!runs()) installDebianPackage('redis-server', 'redis-server', report);
  return 'redis-server';
}
