/** Keeps models between visits: what a face shows of the browser's storage, and what it does there. */
import { BreakevenError } from '../../api/error.js';
import { bytes } from '../../experiment/format.js';
import { download } from '../figure/download.js';
import { type Keeping, type KeepingState, MAX_NAME } from '../views/models.js';
import type { ModelAtHand, ModelPlace } from '../views/predict.js';
import type { Keeper } from './keeper.js';
import type { ModelStore } from './model-store.js';

/** As element/model-store has it, which is not fetched to look whether there is one. */
const MODELS = 'breakeven-models';

const NOTHING: KeepingState = {
  ...{ models: null, storage: null, naming: null, deleting: null },
  ...{ said: '', problem: '', place: 'run' },
};

export class KeepingModels implements Keeping {
  readonly #face: Keeper;
  readonly #onDeleted: (name: string) => void;
  state: KeepingState = NOTHING;
  isShown = false;
  #store: Promise<ModelStore> | null = null;
  /** Other elements and tabs with the same storage say here that it has changed. */
  #others: BroadcastChannel | null = null;

  constructor(face: Keeper, onDeleted: (name: string) => void) {
    this.#face = face;
    this.#onDeleted = onDeleted;
  }

  #set(changes: Partial<KeepingState>): void {
    this.state = { ...this.state, ...changes };
    this.#face.requestUpdate();
  }

  /** Kept models are shown from now on. Nothing is made in the storage for who keeps nothing. */
  begin(): void {
    if (this.isShown) return;
    this.isShown = true;
    void this.#look();
  }

  /** The element has left the page. */
  leave(): void {
    this.isShown = false;
    this.#others?.close();
    this.#others = null;
    this.#drop();
    this.state = NOTHING;
  }

  #drop(): void {
    void this.#store?.then(
      (store) => store.close(),
      () => undefined,
    );
    this.#store = null;
  }

  async #look(): Promise<void> {
    try {
      this.#listen();
      if (await isThere()) await this.#list();
      else this.#set({ models: [] });
    } catch {
      // Who has asked for nothing hears of no storage; who keeps something does.
      this.#set({ models: [] });
    }
  }

  #listen(): void {
    if (this.#others || !this.isShown) return;
    this.#others = new BroadcastChannel(MODELS);
    this.#others.onmessage = () => void this.#list().catch(() => {});
  }

  async #list(): Promise<void> {
    const models = await (await this.#open()).list();
    const { usage, quota } = await estimate();
    if (!this.#face.joined) return;
    this.#set({ models, storage: usage === undefined || !quota ? null : { usage, quota } });
  }

  #open(): Promise<ModelStore> {
    const opening =
      this.#store ??
      import('./model-store.js').then(({ ModelStore }) =>
        ModelStore.open(() => {
          if (this.#store === opening) this.#store = null;
        }),
      );
    this.#store = opening;
    opening.catch(() => {
      // The next time tries again.
      if (this.#store === opening) this.#store = null;
    });
    return opening;
  }

  readonly ask = (model: ModelAtHand | null, name = ''): void => {
    this.#set({ naming: model && { model, name: name.slice(0, MAX_NAME) }, said: '', problem: '' });
  };

  readonly keep = async (given: string): Promise<boolean> => {
    const { naming } = this.state;
    const name = given.trim().slice(0, MAX_NAME);
    if (!naming || name === '') return false;
    const { facts, file } = naming.model;
    return this.#change('run', name, async (store) => {
      const content = await file();
      await store.keep({ name, facts, n_bytes: content.byteLength, kept_at: Date.now() }, content);
      this.#onDeleted(name);
      return { naming: null, said: `${name} is kept in this browser, ${bytes(content.byteLength)}.` };
    });
  };

  readonly askToDelete = (deleting: string | null): void => {
    this.#set({ deleting, said: '', problem: '' });
  };

  readonly delete = async (name: string): Promise<void> => {
    await this.#change('kept', name, async (store) => {
      await store.delete(name);
      this.#onDeleted(name);
      return { deleting: null, said: `${name} is deleted.` };
    });
  };

  readonly download = async (name: string): Promise<void> => {
    try {
      download(`${name}.breakeven`, 'application/octet-stream', await this.file(name));
    } catch (error) {
      this.#set({ said: '', problem: whyNot(name, error, 'kept'), place: 'kept' });
    }
  };

  readonly file = async (name: string): Promise<Uint8Array> => (await this.#open()).file(name);

  async #change(
    place: ModelPlace,
    name: string,
    work: (store: ModelStore) => Promise<Partial<KeepingState>>,
  ): Promise<boolean> {
    try {
      const changes = await work(await this.#open());
      this.#set({ problem: '', place, ...changes });
      this.#others?.postMessage('changed');
      await this.#list();
      return true;
    } catch (error) {
      this.#set({ said: '', problem: whyNot(name, error, place), place });
      return false;
    }
  }
}

/** Whether something has been kept, without making a data base. A browser that does not tell is asked for it itself. */
async function isThere(): Promise<boolean> {
  if (!indexedDB.databases) return true;
  return (await indexedDB.databases()).some(({ name }) => name === MODELS);
}

async function estimate(): Promise<StorageEstimate> {
  try {
    return (await navigator.storage?.estimate()) ?? {};
  } catch {
    return {};
  }
}

/** In words: what is on the page already stays there. */
function whyNot(name: string, error: unknown, place: ModelPlace): string {
  if (error instanceof BreakevenError) return error.message;
  const kind = error instanceof Error || error instanceof DOMException ? error.name : '';
  if (kind === 'QuotaExceededError')
    return `There is no room for ${name} in what this browser gives this site: delete a kept model, or download this one.`;
  const called = kind && kind !== 'Error' ? ` (${kind})` : '';
  if (place === 'kept')
    return `This browser’s storage does not answer${called}: reload the page and try ${name} again.`;
  return `This browser keeps nothing for this page${called}: download the model instead.`;
}
