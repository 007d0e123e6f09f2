/** What a device run and the application on the board say to each other, as globals of the board. */
export interface BoardGlobals {
  /** The broker's. */
  motePort: number;
  /** At which the application subscribes and publishes. */
  moteQos: number;
  /** Messages that are still to be answered; each that comes counts it down, below zero too. */
  moteLeft: number;
  /** 1: the application is to publish a first message. */
  moteGo: number;
}
