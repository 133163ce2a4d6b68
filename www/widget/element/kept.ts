/** The measurement of the last run, which stays in the engine so that it can go on. */
import type { KeptMeasurement } from '../../experiment/run.js';
import { session } from './session.js';

export class Kept {
  #measurement: KeptMeasurement | null = null;
  #leave: () => void = () => {};

  /** `changed` is called whenever there is another one, or none any more. */
  constructor(readonly changed: () => void) {}

  get measurement(): KeptMeasurement | null {
    return this.#measurement;
  }

  take(measurement: KeptMeasurement): void {
    this.drop();
    this.#measurement = measurement;
    // An engine for other settings takes the place of this one: nothing of it is left then.
    this.#leave = session.onEnd(() => this.drop());
    this.changed();
  }

  drop(): void {
    const measurement = this.#measurement;
    if (!measurement) return;
    this.#measurement = null;
    this.#leave();
    measurement.free();
    this.changed();
  }
}
