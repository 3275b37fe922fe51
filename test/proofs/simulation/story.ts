import { createHash } from 'node:crypto';
import type { Violation } from './oracle.ts';
import type { Act, Script } from './script.ts';
import { type Sabotage, simulate } from './simulate.ts';

export interface Story {
  readonly lines: readonly string[];
  readonly violations: readonly Violation[];
  /** Equal for every run of the same script. */
  readonly digest: string;
}

/** The readable log of a history, line by line. */
export async function writeStory(script: Script, sabotage?: Sabotage): Promise<Story> {
  const names = new Map<string, string>();
  const lines: string[] = [];
  // Ids minted by the service are random: here they are numbered in order of appearance.
  const named = (text: string) =>
    text.replace(/\b(op|settle)_[\w-]{16,26}/g, (id, kind) => {
      const name = names.get(id) ?? `${kind}#${names.size + 1}`;
      names.set(id, name);
      return name;
    });
  const trace = (at: number, line: () => string) => {
    const ms = Math.round((at - script.startAt) * 10) / 10;
    lines.push(`${ms.toFixed(1).padStart(12)}  ${named(line())}`);
  };
  const violations = await simulate(script, { trace, sabotage });
  const digest = createHash('sha256').update(lines.join('\n')).digest('hex');
  return {
    lines: [...prologue(script), ...lines, ...violations.map(epilogue).map(named)],
    violations,
    digest,
  };
}

function prologue({ seed, startAt, plans, nodes, faultProfile, room, acts }: Script): string[] {
  const plan = ([id, allowances]: [string, Script['plans'][string]]) =>
    `plan ${id}: ${allowances
      .map(
        ({ feature, limit, interval, enforced }) =>
          `${feature} ${limit ?? '∞'}/${interval}${enforced ? '' : ' (soft)'}`,
      )
      .join(', ')}`;
  return [
    `seed ${seed}, from ${new Date(startAt).toISOString()}, ${nodes} nodes; times in ms since then`,
    ...Object.entries(plans).map(plan),
    `faults ${JSON.stringify(faultProfile)}, room ${JSON.stringify(room)}`,
    ...acts.map((act) => `act ${act.number} at ${act.afterMs}: ${actionOf(act)}`),
    '',
  ];
}

function actionOf({ userId, action, key, patienceMs, isDoubled, againAfterMs }: Act): string {
  const { verb, ...rest } = action;
  const details = JSON.stringify(rest, (_, value) =>
    value instanceof Map ? Object.fromEntries(value) : value,
  );
  return [
    `${userId} ${verb} ${details}`,
    ...(key === 'none' ? [] : [`key: ${key}`]),
    ...(patienceMs === undefined ? [] : [`retries after ${patienceMs} ms`]),
    ...(isDoubled ? ['arrives twice at once'] : []),
    ...(againAfterMs === undefined ? [] : [`repeated ${againAfterMs} ms after the answer`]),
  ].join(', ');
}

function epilogue({ promised, text }: Violation): string {
  return `BROKEN  ${promised}: ${text}`;
}
