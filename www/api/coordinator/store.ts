/** What the page holds: matrices, models and measurements, by the numbers that its handles have. */
import { BreakevenError } from '../error.js';
import type { WasmDataset, WasmMatrix, WasmModel } from '../instance.js';
import type { DatasetRef, MatrixRef, ModelRef, TableRef } from '../protocol.js';
import type { Rounds } from '../strategies/rounds.js';
import type { KeptTable } from './tables.js';

/** What a page may hold. */
export type Kind = 'matrix' | 'model' | 'measurement' | 'table';

interface Kinds {
  matrix: WasmMatrix;
  model: WasmModel;
  measurement: Rounds;
  table: KeptTable;
}

export class Store {
  readonly #kept = {
    matrix: new Map<number, WasmMatrix>(),
    model: new Map<number, WasmModel>(),
    measurement: new Map<number, Rounds>(),
    table: new Map<number, KeptTable>(),
  };
  /** By how many calls; and what is to go when they have ended. */
  readonly #held = new Map<number, number>();
  readonly #forsaken = new Set<number>();
  #nextId = 1;

  /** The thing with this number. */
  get<K extends Kind>(kind: K, id: number): Kinds[K] {
    const thing = (this.#kept[kind] as Map<number, Kinds[K]>).get(id);
    if (thing === undefined)
      throw new BreakevenError('disposed', `This ${kind} has been freed: make or load it again.`);
    return thing;
  }

  /** Whether it is gone now: what a call holds goes when that ends. */
  free(kind: Kind, id: number): boolean {
    if (this.#held.has(id)) {
      this.#forsaken.add(id);
      return false;
    }
    // A table's instance goes when nobody works with it any more.
    if (kind !== 'table') this.#kept[kind].get(id)?.free();
    return this.#kept[kind].delete(id);
  }

  /** For a call that takes several turns: until it has ended a free, made between them, waits. Whether it then is gone. */
  hold(kind: Kind, id: number): () => boolean {
    this.#held.set(id, (this.#held.get(id) ?? 0) + 1);
    return () => {
      const left = (this.#held.get(id) ?? 1) - 1;
      if (left > 0) this.#held.set(id, left);
      else this.#held.delete(id);
      return left === 0 && this.#forsaken.delete(id) && this.free(kind, id);
    };
  }

  keepMatrix(matrix: WasmMatrix): MatrixRef {
    const id = this.#nextId++;
    this.#kept.matrix.set(id, matrix);
    return { id, n_rows: matrix.n_rows, n_cols: matrix.n_cols, schema: matrix.schema() };
  }

  keepDataset(data: WasmDataset): DatasetRef {
    const { y } = data;
    const X = this.keepMatrix(data.x);
    data.free();
    return { X, y };
  }

  keepModel(model: WasmModel): ModelRef {
    const id = this.#nextId++;
    this.#kept.model.set(id, model);
    const { estimator, params, classes, n_features_in } = model;
    return { id, estimator, params, classes, n_features_in, schema: model.schema() };
  }

  keepTable(table: KeptTable): TableRef {
    const id = this.#nextId++;
    this.#kept.table.set(id, table);
    return { id, ...table.facts };
  }

  keepMeasurement(rounds: Rounds): number {
    const id = this.#nextId++;
    this.#kept.measurement.set(id, rounds);
    return id;
  }
}
