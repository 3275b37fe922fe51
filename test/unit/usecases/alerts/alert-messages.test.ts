import { describe, expect, it } from 'vitest';
import { anomalyAlert, usageAlert } from '../../../../shared/domain/alert.ts';
import { alertMessages } from '../../../../shared/usecases/alerts/alert-messages.ts';
import { image } from '../../../support/account-image.ts';
import { counterOf, SAMPLE_NOW } from '../../../support/sample-account.ts';

const messagesOf = (used: number, warning: number) => {
  const account = image({ used });
  const thresholds = { warning, critical: 99 };
  const alert = usageAlert(account, 'aiRequest', counterOf(account), 'warning', thresholds, SAMPLE_NOW);
  return alertMessages(alert, undefined, 'raised');
};

it('event and message have the threshold’s percentage, to the unit', () => {
  for (const percent of [29, 57, 58, 80]) {
    const { event, notice } = messagesOf(percent, percent);
    expect(event.detail).toMatchObject({ usedPercent: percent, threshold: percent });
    expect(notice.text).toContain(`has used ${percent} of 100 aiRequest (${percent} %)`);
  }
});

describe('the message of an unusual hour', () => {
  const anomaly = {
    date: '2026-11-20',
    span: 'hour',
    hour: 14,
    value: 900,
    median: 3,
    mad: 1,
    score: 30,
    days: 14,
  } as const;
  const textIn = (timeZone?: string) =>
    alertMessages(
      anomalyAlert(image({}), 'aiRequest', anomaly, SAMPLE_NOW, timeZone),
      undefined,
      'raised',
      timeZone,
    ).notice.text;

  it('states the time zone in which the hour was counted', () => {
    expect(textIn()).toContain('on 2026-11-20 from 14:00 to 15:00 (UTC)');
    expect(textIn('Europe/Berlin')).toContain('on 2026-11-20 from 14:00 to 15:00 (Europe/Berlin)');
  });
});

it('the message of a recovery reports usage below the level, not missing units', () => {
  const account = image({ used: 80 });
  const thresholds = { warning: 80, critical: 99 };
  const alert = usageAlert(account, 'aiRequest', counterOf(account), 'warning', thresholds, SAMPLE_NOW);
  const recovery = { at: SAMPLE_NOW, version: 9, used: 10, held: 0, limit: 100 };
  expect(alertMessages(alert, recovery, 'recovered').notice.text).toContain(
    'aiRequest is below the level "warning" again: 10 of 100 are used (10 %).',
  );
});
