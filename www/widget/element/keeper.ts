/** What a face is to the controllers beside it: each keeps a part of its state, and tells it of a change. */
import type { BreakevenError } from '../../api/error.js';
import type { Experiment } from '../../api/types.js';
import type { Reference } from '../../experiment/reference.js';
import type { TierChoice } from '../../experiment/url.js';
import type { Choices } from '../views/results.js';

export interface Keeper {
  readonly host: HTMLElement;
  readonly isConnected: boolean;
  /** Whether it is on a page: moved within one it stays so. */
  readonly joined: boolean;
  readonly updateComplete: Promise<boolean>;
  experiment: Experiment;
  tier: TierChoice;
  /** Why the last thing that was tried did not work. */
  error: BreakevenError | null;
  /** Somebody else's results, which this visitor's are laid over. */
  readonly reference: Reference | null;
  readonly choices: Choices;
  /** Why the settings cannot be run, or null. */
  readonly wrongSettings: BreakevenError | null;
  /** Why there can be no run, or null. */
  readonly problem: BreakevenError | null;
  /** Whether a run is under way. */
  readonly busy: boolean;
  /** Whether somebody shows the data. */
  readonly showsData: boolean;
  requestUpdate(): void;
  choose(choices: Partial<Choices>): void;
  emit(name: string, detail: unknown): void;
  /** One of its elements, by a selector. */
  find(selector: string): HTMLElement | null;
  /** The button that has the focus is about to be disabled: the other one takes it, or the keyboard would be lost. */
  passFocus(from: string, to: string): void;
}
