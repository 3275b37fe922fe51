import { apiEndpoint } from './physical-names.ts';
import { type Assembly, ofType } from './read-assembly.ts';

/**
 * Returns the assembly with the URL of its API on this machine wherever a resource has the one in AWS, such
 * as the variables of a function that calls it.
 *
 * @param url without a slash at its end
 */
export function withApiUrl(assembly: Assembly, url: string): Assembly {
  const [api] = ofType(assembly, 'AWS::ApiGatewayV2::Api');
  if (!api) return assembly;
  const deployed = apiEndpoint(api.ref);
  const resources = assembly.resources.map((resource) => ({
    ...resource,
    properties: JSON.parse(JSON.stringify(resource.properties).replaceAll(deployed, url)),
  }));
  // A function's bundle is found by its own properties, which have no URL.
  return { ...assembly, resources };
}
