/** What the engine holds for a run: freed at the end, whatever the end is. */
interface Freeable {
  free(): void;
}

export class Ownership {
  readonly #held = new Set<Freeable>();

  keep<T extends Freeable>(thing: T): T {
    this.#held.add(thing);
    return thing;
  }

  free(...things: Freeable[]): void {
    for (const thing of things) if (this.#held.delete(thing)) thing.free();
  }

  freeAll(): void {
    this.free(...this.#held);
  }
}
