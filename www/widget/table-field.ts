/** What the form and the view of the visitor's own table have in common. */
import type { OwnTable } from '../api/types.js';

export interface TableField {
  id: string;
  /** null where none has been chosen yet. */
  data: OwnTable | null;
  /** Why the settings are refused, in the form's words; empty where they are not. */
  problem: string;
  disabled: boolean;
  onData: (data: OwnTable) => void;
}
