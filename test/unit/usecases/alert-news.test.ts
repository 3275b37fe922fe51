import { expect, it } from 'vitest';
import { usageAlert } from '../../../shared/domain/alert.ts';
import { alertNews } from '../../../shared/usecases/alert-news.ts';
import { image } from '../../support/account-image.ts';
import { counterOf, SAMPLE_NOW } from '../../support/sample-account.ts';

const tellOf = (used: number, warning: number) => {
  const account = image({ used });
  const thresholds = { warning, critical: 99 };
  const alert = usageAlert(account, 'aiRequest', counterOf(account), 'warning', thresholds, SAMPLE_NOW);
  return alertNews(alert, undefined, 'raised');
};

it('event and notice say the percentage that the threshold names, to the unit', () => {
  for (const percent of [29, 57, 58, 80]) {
    const { event, notice } = tellOf(percent, percent);
    expect(event.detail).toMatchObject({ usedPercent: percent, threshold: percent });
    expect(notice.text).toContain(`has used ${percent} of 100 aiRequest (${percent} %)`);
  }
});
