/** What the page holds of things that live in a coordinator: each handle knows where, and by which number. */
import { labels, runOptions } from './arguments.js';
import { BreakevenError } from './error.js';
import type { Link } from './link.js';
import type { DatasetRef, MatrixRef, ModelRef } from './protocol.js';
import type { Dataset, Matrix, Model, RunOptions } from './types.js';

type Kind = 'matrix' | 'model';

/** What lives in a coordinator, and which. */
interface Kept {
  link: Link;
  kind: Kind;
  id: number;
}

const kept = new WeakMap<object, Kept>();
const freed = new WeakSet<object>();
/** Frees what the page forgot to. */
const forgotten = new FinalizationRegistry<Kept>(({ link, kind, id }) => link.free(kind, id));

const MADE_BY = {
  matrix: 'a Matrix: engine.matrix(data, n_rows, n_cols) makes one',
  model: 'a Model: engine.fit(…) or engine.loadModel(…) makes one',
};

/** The coordinator's name for a matrix or model, where it still has it. `name` is the argument's. */
export function handle(thing: object, kind: Kind, name: string, sameAs?: Link): Kept {
  const isObject = typeof thing === 'object' && thing !== null;
  const found = isObject ? kept.get(thing) : undefined;
  if (isObject && freed.has(thing)) {
    throw new BreakevenError('disposed', `${name}: this ${kind} has been freed: make or load it again.`, name);
  }
  if (found?.kind !== kind) throw new BreakevenError('invalid_param', `${name} must be ${MADE_BY[kind]}.`, name);
  if (found.link.ended) throw lost(found.link.ended, kind, name);
  if (sameAs && found.link !== sameAs) {
    throw new BreakevenError(
      'disposed',
      `${name}: the model and the matrix belong to different engines: make both with the same one.`,
      name,
    );
  }
  return found;
}

/** What became of it. An engine that was disposed of, or went with its page, is not to be made up for. */
function lost({ code, message }: BreakevenError, kind: Kind, name: string): BreakevenError {
  const again = code === 'disposed' ? '' : ` This ${kind} was lost with it: make or load it again.`;
  return new BreakevenError(code, `${message}${again}`, name);
}

export function keepMatrix(link: Link, { id, n_rows, n_cols, schema }: MatrixRef): Matrix {
  const matrix = keep(link, 'matrix', id, {
    n_rows,
    n_cols,
    columns: schema?.columns ?? null,
    toArray: async (): Promise<Float64Array> => link.call('toArray', [handle(matrix, 'matrix', 'this').id]),
  });
  return matrix;
}

export function keepDataset(link: Link, { X, y }: DatasetRef): Dataset {
  const { columns = [], class_names } = X.schema ?? {};
  const feature_names = columns.map(({ name }) => name);
  return { X: keepMatrix(link, X), y, feature_names, class_names: class_names ?? [], columns };
}

export function keepModel(link: Link, ref: ModelRef): Model {
  const { id, estimator, params, classes, n_features_in, schema } = ref;
  const own = () => handle(model, 'model', 'this').id;
  const rows = (X: Matrix) => handle(X, 'matrix', 'X', link).id;
  const model: Model = keep(link, 'model', id, {
    estimator: estimator as Model['estimator'],
    params,
    classes,
    n_features_in,
    columns: schema?.columns ?? null,
    feature_names: schema?.columns.map(({ name }) => name) ?? null,
    class_names: schema?.class_names ?? null,
    attributes: async () => link.call('attributes', [own()]),
    predictProba: async (X: Matrix, run?: RunOptions) =>
      link.call('predictProba', [own(), rows(X)], runOptions('run', run)),
    decisionFunction: async (X: Matrix, run?: RunOptions) =>
      link.call('decisionFunction', [own(), rows(X)], runOptions('run', run)),
    score: async (X: Matrix, y: Int32Array, run?: RunOptions) =>
      link.call('score', [own(), rows(X), labels(y)], runOptions('run', run)),
    confusionMatrix: async (X: Matrix, y: Int32Array, run?: RunOptions) =>
      link.call('confusionMatrix', [own(), rows(X), labels(y)], runOptions('run', run)),
    save: async () => link.call('save', [own()]),
  });
  return model;
}

function keep<T extends object>(link: Link, kind: Kind, id: number, thing: T): T & { free(): void } {
  const whole = Object.assign(thing, {
    free() {
      if (!kept.delete(whole)) return;
      freed.add(whole);
      forgotten.unregister(whole);
      link.free(kind, id);
    },
  });
  kept.set(whole, { link, kind, id });
  forgotten.register(whole, { link, kind, id }, whole);
  return whole;
}
