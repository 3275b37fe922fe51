import { randomInt } from 'node:crypto';
import { describe, expect, it, onTestFinished } from 'vitest';
import { auditDeployed, isGrave } from '../proofs/dependency-audit/audit-deployed.ts';
import { serveLocally } from '../support/local-server.ts';

describe('deployed code', () => {
  it('has no known weakness of high or critical severity', async ({ skip }) => {
    const audit = await auditDeployed();
    // Without a network nothing is known, and the change at hand can be tested all the same.
    if (audit.code === 'unknown') return skip(`the audit service cannot be asked: ${audit.reason}`);
    expect(audit.weaknesses.filter(isGrave)).toEqual([]);
  });
});

describe('the audit', () => {
  it('finds what the service knows of a package that is deployed', async () => {
    const registry = await auditService(200, { ulid: [weakness('high', '<99'), weakness('low', '<99')] });
    const audit = await auditDeployed(registry);
    expect(audit).toMatchObject({ code: 'known', weaknesses: [{ name: 'ulid', severity: 'high' }] });
    expect(audit.code === 'known' && audit.weaknesses.filter(isGrave)).toHaveLength(1);
  });

  it('leaves out other versions, what is not deployed, and what is of no high severity', async () => {
    const known = {
      ulid: [weakness('critical', '<1'), weakness('moderate', '<99')],
      typescript: [weakness('high', '<99')],
    };
    const audit = await auditDeployed(await auditService(200, known));
    expect(audit).toMatchObject({ code: 'known', weaknesses: [{ name: 'ulid', severity: 'moderate' }] });
    expect(audit.code === 'known' && audit.weaknesses.filter(isGrave)).toEqual([]);
  });

  it('gives no clean bill where the service cannot be asked', async () => {
    expect(await auditDeployed(await auditService(405, {}))).toMatchObject({
      code: 'unknown',
      reason: expect.stringContaining('405'),
    });
    expect((await auditDeployed('http://127.0.0.1:1')).code).toBe('unknown');
  });
});

function weakness(severity: string, vulnerable_versions: string) {
  // npm remembers what it has worked out for a number.
  const id = randomInt(2 ** 40);
  return { id, url: '', title: 'a weakness', severity, vulnerable_versions, cwe: [], cvss: { score: 0 } };
}

/** A registry that knows nothing but these weaknesses. */
async function auditService(status: number, weaknesses: object): Promise<string> {
  const { url, stop } = await serveLocally((request, response) => {
    const isAudit = request.url?.endsWith('/security/advisories/bulk');
    response.writeHead(isAudit ? status : 404).end(JSON.stringify(isAudit ? weaknesses : {}));
  });
  onTestFinished(stop);
  return url;
}
