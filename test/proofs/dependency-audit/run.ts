import { auditDeployed, isGrave } from './audit-deployed.ts';

/**
 * `npm run audit`: known vulnerabilities of the deployed packages, of any severity. Exits with 1 for one of
 * high or critical severity, and with 2 if the npm registry's audit service is unreachable: that is no pass.
 */
const audit = await auditDeployed();
if (audit.code === 'unknown') {
  console.error(`The audit service is unreachable, so nothing is known: ${audit.reason}`);
  process.exit(2);
}
for (const { severity, name, range } of audit.weaknesses) {
  console.log(`${severity.padEnd(9)} ${name} ${range}`);
}
const grave = audit.weaknesses.filter(isGrave).length;
console.log(`${grave} of high or critical severity in deployed packages`);
process.exitCode = grave === 0 ? 0 : 1;
