/** Milliseconds since some moment, a 32-bit counter that wraps. */
export function now(): number {
  return (getTime() * 1000) | 0;
}
