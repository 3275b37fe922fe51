/**
 * Stands in for `@aws-sdk/credential-provider-node` in every bundle (see `infra/bundle.ts`).
 *
 * Lambda hands a function its role's credentials as environment variables and nothing else, so the
 * SDK's default chain (profiles, SSO, STS, process, container and instance metadata) is code that
 * can never run there, and about 90 KB of it.
 */
export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env';
