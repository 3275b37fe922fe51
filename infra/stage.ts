/** The stage of a deployment that names none; its stack has the name from before there were stages. */
export const DEFAULT_STAGE = 'production';

/**
 * Name of a stage's stack. Every physical name, and the namespace of the metrics, begins with it: stages in
 * one account and region share nothing.
 */
export function stackName(stage: string): string {
  return stage === DEFAULT_STAGE ? 'QuotaService' : `QuotaService-${stage}`;
}

/** Name of a stage's service as people read it, in consoles and mails. */
export function serviceTitle(stage: string): string {
  return stage === DEFAULT_STAGE ? 'Quota service' : `Quota service (${stage})`;
}
