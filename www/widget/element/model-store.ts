/** The browser's storage of models: their files, and beside each what is listed of it. */
import { type DBSchema, type IDBPDatabase, openDB } from 'idb';
import { BreakevenError } from '../../api/error.js';
import { readFacts } from '../../experiment/model-facts.js';
import type { KeptModel } from '../views/models.js';

/** The data base, by its name. */
export const MODELS = 'breakeven-models';

interface Schema extends DBSchema {
  /** Small, so that a list reads no file. */
  models: { key: string; value: KeptModel };
  files: { key: string; value: Uint8Array };
}

/** What is listed of one, whoever has written it; null where it is none. */
function readKept(value: unknown): KeptModel | null {
  if (typeof value !== 'object' || value === null) return null;
  const { name, facts, n_bytes, kept_at } = value as KeptModel;
  const known = readFacts(facts);
  if (typeof name !== 'string' || !known) return null;
  return { name, facts: known, n_bytes: Number(n_bytes), kept_at: Number(kept_at) };
}

export class ModelStore {
  readonly #db: IDBPDatabase<Schema>;

  private constructor(db: IDBPDatabase<Schema>) {
    this.#db = db;
  }

  /** Rejects with a DOMException where the browser keeps nothing for this page. */
  static async open(onGone: () => void): Promise<ModelStore> {
    const db = await openDB<Schema>(MODELS, 1, {
      upgrade: (db) => {
        db.createObjectStore('models', { keyPath: 'name' });
        db.createObjectStore('files');
      },
      // Another tab has a newer version, or the visitor clears this site's data.
      blocking: () => {
        db.close();
        onGone();
      },
      terminated: onGone,
    });
    return new ModelStore(db);
  }

  /** In the order of their names. */
  async list(): Promise<KeptModel[]> {
    const all: unknown[] = await this.#db.getAll('models');
    return all.flatMap((one) => readKept(one) ?? []);
  }

  /** Rejects with 'not_found' where there is none, or only something else. Whether it is a model the engine says. */
  async file(name: string): Promise<Uint8Array> {
    const file: unknown = await this.#db.get('files', name);
    if (file instanceof Uint8Array) return file;
    throw new BreakevenError(
      'not_found',
      `No file of a kept model ${name} is there: it may have been deleted elsewhere.`,
    );
  }

  /** Both or neither: a model of that name stays as it was where there is no room for this one. */
  async keep(model: KeptModel, file: Uint8Array): Promise<void> {
    const change = this.#db.transaction(['models', 'files'], 'readwrite', { durability: 'strict' });
    const parts: Promise<unknown>[] = [change.done];
    try {
      parts.push(change.objectStore('models').put(model));
      parts.push(change.objectStore('files').put(file, model.name));
      await Promise.all(parts);
    } catch (error) {
      for (const part of parts) part.catch(() => {});
      // What is thrown at once would leave the other half under way; else it has been given up already.
      try {
        change.abort();
      } catch {}
      throw error;
    }
  }

  async delete(name: string): Promise<void> {
    const change = this.#db.transaction(['models', 'files'], 'readwrite', { durability: 'strict' });
    const [models, files] = [change.objectStore('models'), change.objectStore('files')];
    await Promise.all([models.delete(name), files.delete(name), change.done]);
  }

  close(): void {
    this.#db.close();
  }
}
