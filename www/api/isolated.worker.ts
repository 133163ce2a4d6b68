/**
 * A worker with a wasm instance and memory of its own, and where it is asked to with a pool of its own. Models come
 * once, as files; rows come by message and are copied in. Plain messages, no library: this path is itself measured.
 */
import { describeError, instantiate, type Wasm, type WasmModel } from './instance.js';
import { tieLife } from './life.js';
import type { IsolatedReply, IsolatedRequest } from './protocol.js';

type Answer = Omit<Extract<IsolatedReply, { ok: true }>, 'id' | 'ok'>;

let wasm: Wasm;
const models = new Map<number, WasmModel>();

async function answer(request: IsolatedRequest): Promise<Answer> {
  switch (request.kind) {
    case 'start': {
      const { build, n_threads, life } = request;
      wasm = await instantiate(build);
      if (n_threads > 1) {
        await wasm.initThreadPool(n_threads - 1);
        wasm.startPool();
      }
      await tieLife(life);
      return {};
    }
    case 'model':
      models.set(request.key, wasm.Model.load(request.bytes));
      return {};
    case 'drop':
      models.get(request.key)?.free();
      models.delete(request.key);
      return {};
    case 'spin':
      return { cores: wasm.probeCores(wasm.nThreads(), request.clock_step_ms) };
    case 'predict': {
      const model = models.get(request.key);
      if (!model) throw new Error('the model is not here');
      const start = performance.now();
      const labels = model.predictRows(request.rows, request.n_cols);
      const { y, compute_ms, busy_ms } = labels;
      labels.free();
      return { y, compute_ms, busy_ms, copy_ms: performance.now() - start - compute_ms };
    }
  }
}

self.onmessage = async ({ data: request }: MessageEvent<IsolatedRequest>) => {
  let reply: IsolatedReply;
  try {
    reply = { id: request.id, ok: true, ...(await answer(request)) };
  } catch (error) {
    reply = { id: request.id, ok: false, ...describeError(error) };
  }
  self.postMessage(reply, { transfer: reply.ok && reply.y ? [reply.y.buffer] : [] });
};
