/** What goes to others and comes from them: a link with results, a report from a file, somebody else's to lay under. */
import { BreakevenError } from '../../api/error.js';
import { checkReference, checkReport, MAX_REPORT_LENGTH } from '../../experiment/check-report.js';
import { leanExperiment } from '../../experiment/lean.js';
import type { Reference } from '../../experiment/reference.js';
import type { ExperimentReport } from '../../experiment/report.js';
import { toResults } from '../../experiment/results.js';
import { toAddress } from '../../experiment/url.js';
import { copy } from '../figure/copy.js';
import type { Keeper } from './keeper.js';

export class Sharing {
  readonly #face: Keeper;
  /** Somebody else's results, checked. */
  reference: Reference | null = null;
  /** Why what a script gave as `reference` cannot be shown. */
  refused: BreakevenError | null = null;
  /** A link with results, once it has been asked for. */
  link: string | null = null;
  /** What became of the last copy of a link or of a file, in words. */
  said = '';
  /** Whether a report that is saved holds a table of the visitor's own. */
  withTable = false;
  readonly #onReference: (refused: BreakevenError | null) => void;

  /** `onReference` hears of every other one, with what was refused before it. */
  constructor(face: Keeper, onReference: (refused: BreakevenError | null) => void) {
    this.#face = face;
    this.#onReference = onReference;
  }

  #set(changes: Partial<Pick<Sharing, 'reference' | 'refused' | 'link' | 'said' | 'withTable'>>): void {
    Object.assign(this, changes);
    this.#face.requestUpdate();
  }

  /** What there is to say of the report of before holds no more. */
  forget(): void {
    this.#set({ link: null, said: '' });
  }

  /** There is more in the report than the link has. */
  dropLink(): void {
    this.#set({ link: null });
  }

  choose(withTable: boolean): void {
    this.#set({ withTable });
  }

  /** Somebody else's results as a script gives them: whatever they are. */
  refer(given: unknown): void {
    try {
      this.#show(checkReference(given));
    } catch (error) {
      if (!(error instanceof BreakevenError)) throw error;
      this.#show(null);
      this.#set({ refused: error });
    }
  }

  #show(reference: Reference | null): void {
    const { refused } = this;
    this.#set({ reference, refused: null });
    this.#onReference(refused);
  }

  hide(): void {
    this.#show(null);
    this.#set({ said: 'Without the other results now.' });
  }

  async readFile(file: File): Promise<void> {
    try {
      if (file.size > MAX_REPORT_LENGTH)
        throw new BreakevenError('invalid_param', 'The file is larger than any report.');
      this.#show({ report: checkReport(JSON.parse(await file.text())), from: 'file' });
      this.#set({ said: `${file.name} is shown.` });
    } catch (error) {
      this.#set({ said: error instanceof BreakevenError ? error.message : `${file.name} cannot be read as JSON.` });
    }
  }

  /** Makes a link with this report, at the site whose address this is, and copies it. */
  async shareLink(report: ExperimentReport, home: string): Promise<void> {
    if (!('CompressionStream' in globalThis)) {
      this.#set({ said: 'A link takes CompressionStream, which this browser lacks: save the report as JSON.' });
      return;
    }
    const hash = toAddress({ experiment: leanExperiment(report), tier: 'auto' });
    const link = `${home}#${hash === '' ? '' : `${hash}&`}results=${await toResults(report)}`;
    this.#set({ link });
    await this.#face.updateComplete;
    this.#set({ said: await copy(link, this.#face.find('#shared-link')) });
  }
}
