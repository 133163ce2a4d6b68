/** What the page holds: matrices, models and measurements, by the numbers that its handles have. */
import { BreakevenError } from '../error.js';
import type { WasmDataset, WasmMatrix, WasmModel } from '../instance.js';
import type { DatasetRef, MatrixRef, ModelRef } from '../protocol.js';
import type { Rounds } from '../strategies/rounds.js';

/** What a page may hold. */
export type Kind = 'matrix' | 'model' | 'measurement';

interface Kinds {
  matrix: WasmMatrix;
  model: WasmModel;
  measurement: Rounds;
}

export class Store {
  readonly #kept = {
    matrix: new Map<number, WasmMatrix>(),
    model: new Map<number, WasmModel>(),
    measurement: new Map<number, Rounds>(),
  };
  #nextId = 1;

  /** The thing with this number. */
  get<K extends Kind>(kind: K, id: number): Kinds[K] {
    const thing = (this.#kept[kind] as Map<number, Kinds[K]>).get(id);
    if (thing === undefined)
      throw new BreakevenError('disposed', `This ${kind} has been freed: make or load it again.`);
    return thing;
  }

  free(kind: Kind, id: number): void {
    this.#kept[kind].get(id)?.free();
    this.#kept[kind].delete(id);
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

  keepMeasurement(rounds: Rounds): number {
    const id = this.#nextId++;
    this.#kept.measurement.set(id, rounds);
    return id;
  }
}
