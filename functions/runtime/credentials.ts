/**
 * Replaces `@aws-sdk/credential-provider-node` in every bundle (see `infra/bundle.ts`).
 *
 * Lambda passes the role's credentials as environment variables only, so the rest of the SDK's default chain
 * (profiles, SSO, STS, process, container and instance metadata) never runs there. It is about 90 KB.
 */
export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env';
