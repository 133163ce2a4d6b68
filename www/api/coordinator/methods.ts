/** What may be asked of a coordinator, and the shapes of what it is asked with: there is nothing else to call. */
import { MAX_SPIN_US, MAX_THREADS, MAX_TIMEOUT_MS } from '../limits.js';
import type { Call, Method } from '../rpc/serve.js';
import * as shape from '../rpc/shapes.js';
import type { Coordinator } from './coordinator.js';

const { bytes, fields, flag, float64s, from, ids, int32s, number, oneOf, optional, record, size, text, whole, wholes } =
  shape;

const id = whole;
const leg = fields({ numbers: float64s, n_rows: size });
const split = fields({ test_size: number, random_state: size, stratify: optional(flag) });
const startOptions = fields({
  tier: oneOf('threads', 'workers', 'serial'),
  n_threads: from(1, MAX_THREADS, whole),
  spin_us: from(0, MAX_SPIN_US),
  timeout_ms: from(1, MAX_TIMEOUT_MS),
});

const SHAPES = {
  start: [startOptions],
  cancel: [whole],
  setHidden: [flag],
  free: [oneOf('matrix', 'model', 'measurement'), id],
  matrix: [float64s, size, size, optional(record)],
  toArray: [id],
  tile: [id, size],
  makeClassification: [record],
  loadDataset: [text, flag],
  readCsv: [text, record],
  trainTestSplit: [id, int32s, split],
  fit: [record, id, int32s],
  gridSearchCV: [record, id, int32s],
  loadModel: [bytes],
  save: [id],
  attributes: [id],
  predictProba: [id, id],
  decisionFunction: [id, id],
  score: [id, id, int32s],
  confusionMatrix: [id, id, int32s],
  predict: [id, id, record],
  measurement: [ids, optional(id), record],
  measureRound: [id, flag],
  measureLeg: [ids, id, record, leg, number],
  absorb: [id, leg, float64s, size],
  goOn: [id, wholes, optional(number)],
  stayAlone: [id],
  measuredRows: [id, size],
} satisfies { [K in keyof Coordinator]: shape.Shape[] };

export type MethodName = keyof typeof SHAPES;
/** What a method is called with, after the call itself. */
export type Args<K extends MethodName> = Parameters<Coordinator[K]> extends [Call, ...infer A] ? A : never;
export type Result<K extends MethodName> = Awaited<ReturnType<Coordinator[K]>>;

export function methodsOf(coordinator: Coordinator): ReadonlyMap<string, Method> {
  const named = (Object.keys(SHAPES) as MethodName[]).map((name): [string, Method] => {
    const run = (coordinator[name] as Method['run']).bind(coordinator);
    return [name, { shapes: SHAPES[name], run }];
  });
  return new Map(named);
}
