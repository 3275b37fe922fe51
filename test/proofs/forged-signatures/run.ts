import { recordEvidence } from '../../support/evidence.ts';
import { countAcceptedForgeries } from './forged-webhooks.ts';

/**
 * `npm run test:stripe-signatures -- --count 100000 [--record]`: how many forged webhooks are accepted. Exits
 * with 1 unless it is 0.
 */
const count = Number(process.argv[process.argv.indexOf('--count') + 1]) || 100_000;
const accepted = countAcceptedForgeries(count, 7);
console.log(`${accepted} of ${count.toLocaleString('en')} forged webhooks accepted`);
process.exitCode = accepted === 0 ? 0 : 1;
recordEvidence({
  command: 'test:stripe-signatures',
  size: `${count.toLocaleString('en')} forgeries`,
  isPassed: accepted === 0,
  counts: { accepted },
});
