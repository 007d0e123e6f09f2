/** One measured value, as `--json` prints it. */
export interface Figure {
  /** Stays the same from release to release. */
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly peer?: string;
  readonly peerValue?: number;
  /** Ours by the peer's, both measured in this run. */
  readonly ratio?: number;
}

/** Yields figures as they are measured. */
export type Suite = () => AsyncIterable<Figure>;

/** A figure beside that of a peer which was measured in the same run. */
export function beside(figure: Figure, peer: string, peerValue: number): Figure {
  return { ...figure, peer, peerValue, ratio: figure.value / peerValue };
}
