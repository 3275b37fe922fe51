import { spawnSync } from 'node:child_process';
import { installDebianPackage } from './debian-package.ts';

/**
 * The name of a redis-server that runs, installed if need be.
 *
 * @throws MissingPrerequisite when there is none and none may be installed
 */
export function findOrInstallRedis(report: (line: string) => void): string {
  const runs = () => spawnSync('redis-server', ['--version']).status === 0;
  if (!runs()) installDebianPackage('redis-server', 'redis-server', report);
  return 'redis-server';
}
