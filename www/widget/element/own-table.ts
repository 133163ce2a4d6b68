/** A look at the visitor's own table before a run: what its columns are, as soon as it is chosen. */
import { BreakevenError } from '../../api/error.js';
import type { OwnTable } from '../../api/types.js';
import { completeTable, contentOf, guessTarget, indexOf, isTable, nameOf } from '../../experiment/table-settings.js';
import type { TableLook } from '../views/table-look.js';
import type { Reading } from '../views/table-source.js';
import type { Keeper } from './keeper.js';
import type { OwnEngine } from './own-engine.js';
import { session } from './session.js';

/** Rows that are shown. */
const N_ROWS = 5;
/** Cells of these at most: a row may be wide. */
const MAX_CELLS = 60;

export class OwnTableLook implements Reading {
  readonly #face: Keeper;
  readonly #engine: OwnEngine;
  look: TableLook | null = null;
  /** How much of it is read, 0 to 1; null where none is being read. */
  part: number | null = null;
  /** Why it could not be. */
  refused: BreakevenError | null = null;
  #of: unknown[] = [];
  #given: OwnTable | null = null;
  #abort: AbortController | null = null;

  constructor(face: Keeper, engine: OwnEngine) {
    this.#face = face;
    this.#engine = engine;
  }

  /** The settings may have changed: another table is read, another target only taken. */
  follow(): void {
    const { data } = this.#face.experiment ?? {};
    if (!isTable(data)) {
      this.#forget();
      return;
    }
    const of = [data.file, data.src, JSON.stringify(data.read ?? {})];
    // One that was refused is read again when it is given again: a host may have it by now.
    const isAgain = this.refused !== null && data !== this.#given;
    if (!isAgain && of.every((part, i) => part === this.#of[i])) {
      if (this.look && this.look.target !== targetOf(data, this.look))
        this.#show({ look: withTarget(data, this.look) });
      return;
    }
    // Read otherwise it is the same table: what is there stays to be seen until it is read.
    const isSame = data.file === this.#of[0] && data.src === this.#of[1];
    if (isSame) this.end();
    else this.#forget();
    this.#of = of;
    this.#given = data;
    // A name alone is a report's: there is nothing to read yet.
    if (typeof data.file !== 'string') void this.#read(data);
  }

  /** Away from the page: what was being read is read when it comes back. */
  leave(): void {
    this.end();
    if (this.look === null && this.refused === null) this.#of = [];
  }

  /** Nothing is read any more. */
  end(): void {
    this.#abort?.abort();
    this.#abort = null;
    this.part = null;
  }

  #forget(): void {
    if (this.#of.length === 0) return;
    this.end();
    this.#of = [];
    this.#show({ look: null, refused: null });
  }

  #show(changes: Partial<Pick<OwnTableLook, 'look' | 'part' | 'refused'>>): void {
    Object.assign(this, changes);
    this.#face.requestUpdate();
  }

  async #read(data: OwnTable): Promise<void> {
    const abort = new AbortController();
    this.#abort = abort;
    this.#show({ part: 0, refused: null });
    try {
      // Before the turn: a host may be slow, and a turn that is not given back costs the page its engine.
      const content = await contentOf(data);
      abort.signal.throwIfAborted();
      const look = await session.inTurn(abort.signal, () => this.#lookAt(data, content, abort.signal));
      if (this.#abort === abort) this.#show({ look, part: null });
    } catch (error) {
      if (this.#abort !== abort) return;
      const refused =
        error instanceof BreakevenError
          ? error
          : new BreakevenError('bad_table', (error as Error).message, 'data.file');
      this.#show({ part: null, look: null, refused });
    } finally {
      if (this.#abort === abort) this.#abort = null;
    }
  }

  async #lookAt(data: OwnTable, content: Blob, signal: AbortSignal): Promise<TableLook> {
    const { read } = completeTable(data);
    const engine = await this.#engine.open();
    const table = await engine.readTable(content, {
      ...read,
      signal,
      onProgress: ({ done, total }) => {
        if (!signal.aborted && total > 0) this.#show({ part: done / total });
      },
    });
    try {
      const { n_rows, columns, read_as, notes } = table;
      const some = Math.min(n_rows, N_ROWS);
      const rows = columns.length * some > 1e6 ? [] : await table.rows(0, some, { signal });
      const look = { n_rows, columns, read_as, notes, name: nameOf(data), size: content.size };
      return withTarget(data, { ...look, target: 0, rows: rows.map((row) => row.slice(0, MAX_CELLS)) });
    } finally {
      table.free();
    }
  }
}

function targetOf({ target }: OwnTable, { columns }: Pick<TableLook, 'columns'>): number {
  return target === undefined ? guessTarget(columns) : indexOf(columns, target);
}

function withTarget(data: OwnTable, look: TableLook): TableLook {
  return { ...look, target: targetOf(data, look) };
}
