// What a part's comparisons add up to.
export class Totals {
  settings = 0;
  differences = 0;
  versions = null;
  #values = new Map();

  add(name, value) {
    this.#values.set(name, this.of(name) + value);
  }

  /** Keeps the largest. */
  atLeast(name, value) {
    this.#values.set(name, Math.max(this.of(name), value));
  }

  of(name) {
    return this.#values.get(name) ?? 0;
  }
}
