/** User ids that the API accepts. */
export const USER_ID_PATTERN = /^[A-Za-z0-9_-][A-Za-z0-9._:@|+=~-]{0,127}$/;

export function isUserId(text: string): boolean {
  return USER_ID_PATTERN.test(text);
}
