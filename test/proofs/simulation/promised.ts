/** The promises that a simulation checks. */
export type Promised =
  | 'never over the limit'
  | 'charged once'
  | 'used is used'
  | 'nothing lost'
  | 'resets are exact'
  | 'figures add up'
  | 'denials change nothing'
  | 'holds come back'
  | 'every call is answered'
  | 'answers are true'
  | 'edited plans reach users'
  | 'due accounts are found'
  | 'Stripe wins'
  | 'units are worth money'
  | 'published once';

export interface Fault {
  readonly promised: Promised;
  readonly text: string;
}
