/**
 * A worker with a wasm instance and memory of its own. Models come once, as files; rows come by message and are
 * copied in. Plain messages, no library: this path is itself measured.
 */
import { describeError, instantiate, type Wasm, type WasmModel } from './instance.js';
import type { IsolatedReply, IsolatedRequest } from './protocol.js';

let wasm: Wasm;
const models = new Map<number, WasmModel>();

async function answer(request: IsolatedRequest): Promise<Omit<Extract<IsolatedReply, { ok: true }>, 'id' | 'ok'>> {
  switch (request.kind) {
    case 'start':
      wasm = await instantiate(request.build);
      return {};
    case 'model':
      models.set(request.key, wasm.Model.load(request.bytes));
      return {};
    case 'drop':
      models.get(request.key)?.free();
      models.delete(request.key);
      return {};
    case 'predict': {
      const model = models.get(request.key);
      if (!model) throw new Error('the model is not here');
      const start = performance.now();
      const y = model.predictRows(request.rows, request.n_cols);
      return { y, busy_ms: performance.now() - start };
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
