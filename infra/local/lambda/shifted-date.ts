/**
 * A `Date` whose present is ahead of the machine's; instants that are given stay as they are. Timers and `performance` keep the machine's
 * time.
 *
 * @param aheadMs milliseconds by which it is ahead now
 */
export function shiftedDate(RealDate: DateConstructor, aheadMs: () => number): DateConstructor {
  const now = () => RealDate.now() + aheadMs();
  return new Proxy(RealDate, {
    construct: (target, args, newTarget) =>
      Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
    // `Date()` is the present as a text, whatever its arguments.
    apply: (target) => new target(now()).toString(),
    get: (target, name) => (name === 'now' ? now : Reflect.get(target, name)),
  });
}
