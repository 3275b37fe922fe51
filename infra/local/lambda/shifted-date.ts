/**
 * Returns a `Date` whose current time is ahead of the machine's. Given times are unchanged; timers and
 * `performance` keep the machine's time.
 *
 * @param aheadMs returns how many milliseconds it is ahead
 */
export function shiftedDate(RealDate: DateConstructor, aheadMs: () => number): DateConstructor {
  const now = () => RealDate.now() + aheadMs();
  return new Proxy(RealDate, {
    construct: (target, args, newTarget) =>
      Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
    // `Date()` returns the current time as text and ignores arguments.
    apply: (target) => new target(now()).toString(),
    get: (target, name) => (name === 'now' ? now : Reflect.get(target, name)),
  });
}
