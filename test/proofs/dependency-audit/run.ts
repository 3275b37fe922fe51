import { auditDeployed, isGrave } from './audit-deployed.ts';

/**
 * `npm run audit`: known weaknesses in what is deployed, whatever their severity. Ends with 1 where there is one of a high or
 * critical severity, and with 2 where the audit service of the npm registry cannot be asked: that is no clean bill.
 */
const audit = await auditDeployed();
if (audit.code === 'unknown') {
  console.error(`The audit service cannot be asked, so nothing is known: ${audit.reason}`);
  process.exit(2);
}
for (const { severity, name, range } of audit.weaknesses) {
  console.log(`${severity.padEnd(9)} ${name} ${range}`);
}
const grave = audit.weaknesses.filter(isGrave).length;
console.log(`${grave} of high or critical severity in what is deployed`);
process.exitCode = grave === 0 ? 0 : 1;
