/**
 * Where a page demands Trusted Types, addresses of scripts pass by a policy of this name: `trusted-types breakeven`.
 * They are this package's own files, or those of the `base_url` that the page's author gave.
 */
interface Factory {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): { createScriptURL(url: string): string };
}

const NAME = 'breakeven';
const PROTOCOLS = ['http:', 'https:', 'blob:'];

let policy: { createScriptURL(url: string): string } | null | undefined;

/** An address that a script or a worker may be loaded from. */
export function scriptURL(url: string): string {
  if (policy === undefined) policy = made();
  return policy ? policy.createScriptURL(url) : url;
}

function made() {
  const factory = (globalThis as { trustedTypes?: Factory }).trustedTypes;
  try {
    return factory?.createPolicy(NAME, { createScriptURL: checked }) ?? null;
  } catch {
    // The page allows no policy of this name: where it demands one the worker's start will say so.
    return null;
  }
}

function checked(url: string): string {
  if (PROTOCOLS.includes(new URL(url).protocol)) return url;
  throw new TypeError(`${url} is no address of a script.`);
}
