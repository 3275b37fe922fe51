import type { RestService } from '../aws/aws-endpoint.ts';

/** https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html */
const INVOCATIONS = /^\/2015-03-31\/functions\/([^/?]+)\/invocations(\?|$)/;

/**
 * Lambda's Invoke with the invocation type `Event`: responds at once and runs the function afterwards.
 *
 * @param invoke starts a function by name or ARN; throws if there is none
 */
export function lambdaService(
  invoke: (arnOrName: string, event: unknown) => Promise<unknown>,
  log: (line: string) => void,
): RestService {
  return async ({ method, url, headers, body }) => {
    const name = INVOCATIONS.exec(url)?.[1];
    if (method !== 'POST' || name === undefined || headers['x-amz-invocation-type'] !== 'Event')
      return undefined;
    try {
      void invoke(decodeURIComponent(name), body === '' ? {} : JSON.parse(body));
    } catch (error) {
      log(String(error));
      const problem = {
        __type: 'ResourceNotFoundException',
        Type: 'User',
        Message: `Function not found: ${name}`,
      };
      return { statusCode: 404, body: problem };
    }
    return { statusCode: 202, body: undefined };
  };
}
