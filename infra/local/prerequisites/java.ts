import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { installDebianPackage } from './debian-package.ts';
import { MissingPrerequisite } from './missing-prerequisite.ts';

/** The version that DynamoDB Local is compiled for. */
const MINIMUM_MAJOR_VERSION = 17;
const PACKAGE = 'openjdk-17-jre-headless';
const PURPOSE = `A Java runtime ≥ ${MINIMUM_MAJOR_VERSION} (for DynamoDB Local)`;

export interface Java {
  /** The command to run. */
  readonly command: string;
  readonly majorVersion: number;
}

/**
 * Returns a Java runtime for DynamoDB Local, installed if missing.
 *
 * @throws MissingPrerequisite if there is none and it cannot be installed
 */
export function findOrInstallJava(report: (line: string) => void): Java {
  const found = findJava();
  if (found) return found;
  installDebianPackage(PACKAGE, PURPOSE, report);
  const installed = findJava();
  if (!installed) throw new MissingPrerequisite(`${PACKAGE} was installed, but no java ≥ 17 is on PATH.`);
  return installed;
}

function findJava(): Java | undefined {
  const { JAVA_HOME } = process.env;
  // The last is the path of Debian's package, if an older java is on PATH.
  const candidates = [
    ...(JAVA_HOME ? [join(JAVA_HOME, 'bin/java')] : []),
    'java',
    `/usr/lib/jvm/java-17-openjdk-${process.arch === 'arm64' ? 'arm64' : 'amd64'}/bin/java`,
  ];
  for (const command of candidates) {
    const found = { command, majorVersion: majorVersion(command) };
    if (found.majorVersion >= MINIMUM_MAJOR_VERSION) return found;
  }
  return undefined;
}

/** Returns 17 for `openjdk version "17.0.15" …`, 8 for `java version "1.8.0_402"`, 0 if it does not run. */
function majorVersion(java: string): number {
  const { stderr = '' } = spawnSync(java, ['-version'], { encoding: 'utf8' });
  const match = /version "(?:1\.)?(\d+)/.exec(stderr ?? '');
  return match ? Number(match[1]) : 0;
}
