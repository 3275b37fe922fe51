import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { fuzz } from './fuzz.ts';
import type { FuzzTarget } from './fuzz-target.ts';
import { openHandlerTarget } from './open-handler-target.ts';
import { serverErrors } from './print-report.ts';
import { RequestMaker } from './request-maker.ts';
import type { FuzzRoutes } from './routes.ts';

const CASES = 5_000;
/** The same cases in every run; the long version accepts any seed. */
const SEED = 1;

let target: FuzzTarget;
let routes: FuzzRoutes;
beforeAll(async () => {
  ({ target, routes } = await openHandlerTarget(inject('dynamodbEndpoint')));
});
afterAll(() => target.stop());

/** The long version, also over HTTP: `npm run test:fuzz`. */
test(`${CASES} documented requests, mutated: no 5xx, and refused ones change nothing`, async () => {
  const report = await fuzz(target, new RequestMaker(routes, SEED, CASES), { cases: CASES });
  expect(report.faults.map(({ number, fault, request }) => ({ number, fault, request }))).toEqual([]);
  expect({ serverErrors: serverErrors(report), stateChanges: report.stateChanges }).toEqual({
    serverErrors: 0,
    stateChanges: 0,
  });
  expect(report.sent).toBe(CASES);
  // Without these nothing was tested.
  expect(report.refused).toBeGreaterThan(CASES * 0.8);
  expect([...report.tally.keys()].length).toBeGreaterThan(20);
}, 600_000);
