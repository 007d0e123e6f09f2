/** A repeatable stream of numbers in [0, 1): the same seed makes the same weather. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state / 0x100000000;
  };
}

/** What the sensors of a simulated board measure: a room over a day, as sensors see it. */
export class Weather {
  private readonly random: () => number;
  private readonly offset: number;
  private wander = 0;
  private batteryVolts = 4.12;

  /** @param random numbers in [0, 1) */
  constructor(random: () => number) {
    this.random = random;
    this.offset = random() * 2 - 1;
  }

  /** Degrees Celsius: coolest before sunrise, warmest in the afternoon, with a slow drift and noise. */
  temperature(hourOfDay: number): number {
    this.wander = this.wander * 0.98 + (this.random() - 0.5) * 0.2;
    const swing = -Math.cos(((hourOfDay - 3.5) / 24) * 2 * Math.PI);
    return 21 + this.offset + 2.5 * swing + this.wander + this.noise(0.03);
  }

  /** Percent relative humidity: falls as the room warms. */
  humidity(hourOfDay: number): number {
    const warmth = this.temperature(hourOfDay) - 21;
    return Math.min(95, Math.max(15, 48 - 3 * warmth + this.noise(0.3)));
  }

  /** Volts of a lithium cell that empties slowly, and jitters as its converter does. */
  battery(): number {
    this.batteryVolts = Math.max(3.3, this.batteryVolts - 0.00002);
    return this.batteryVolts + this.noise(0.002);
  }

  private noise(amplitude: number): number {
    return (this.random() + this.random() - 1) * amplitude;
  }
}
