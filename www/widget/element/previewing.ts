/** The data of the present settings, to look at, where an engine runs that has nothing else to do. */
import { type CompleteExperiment, complete } from '../../experiment/config.js';
import { type Preview, preview } from '../../experiment/preview.js';
import { isTable } from '../../experiment/table-settings.js';
import type { Keeper } from './keeper.js';
import type { OwnEngine } from './own-engine.js';
import { session } from './session.js';

/** How long the settings have to rest before their data are shown. */
const REST_MS = 250;

export class Previewing {
  readonly #face: Keeper;
  readonly #engine: OwnEngine;
  preview: Preview | null = null;
  /** What it was made of. */
  #of = '';
  #resting: ReturnType<typeof setTimeout> | undefined;

  constructor(face: Keeper, engine: OwnEngine) {
    this.#face = face;
    this.#engine = engine;
  }

  soon(): void {
    clearTimeout(this.#resting);
    this.#resting = setTimeout(() => void this.show(), REST_MS);
  }

  never(): void {
    clearTimeout(this.#resting);
  }

  async show(): Promise<void> {
    const face = this.#face;
    const { environment } = this.#engine;
    if (!face.joined || !face.showsData || face.wrongSettings || face.busy || environment === null || session.busy)
      return;
    const config = complete(face.experiment, environment);
    const of = dataOf(config);
    if (of === this.#of) return;
    this.#of = of;
    try {
      this.preview = await session.inTurn(new AbortController().signal, async () =>
        preview(await this.#engine.open(), config),
      );
      face.choose({ axes: 'components' });
    } catch {
      // A run will say what is wrong with the data; a picture need not.
      this.preview = null;
    }
    face.requestUpdate();
  }

  /** A run has made it. */
  take(rows: Preview): void {
    this.preview = rows;
    this.#of = dataOf(complete(this.#face.experiment));
    this.#face.requestUpdate();
  }
}

/** What a preview depends on. */
function dataOf({ data, split }: CompleteExperiment): string {
  const file =
    isTable(data) && data.file instanceof File ? [data.file.name, data.file.size, data.file.lastModified] : [];
  return JSON.stringify([data, split, file]);
}
