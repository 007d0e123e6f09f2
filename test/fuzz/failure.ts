/** What a target found wrong: a run that ends with it, or with any other error, is a find. */
export class Failure extends Error {}

/** Throws unless it is so. */
export function demand(isSo: boolean, what: string): void {
  if (!isSo) throw new Failure(what);
}
