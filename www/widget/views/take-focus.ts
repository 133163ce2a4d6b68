/** What comes since a button was pressed has the focus: who uses the keyboard goes on from there. */
import { nothing } from 'lit';
import { Directive, directive, type ElementPart } from 'lit/directive.js';

class TakeFocus extends Directive {
  #has = false;

  override render(): symbol {
    return nothing;
  }

  /** In the page only after it was made. */
  override update({ element }: ElementPart): symbol {
    if (!this.#has) queueMicrotask(() => (element as HTMLElement).focus());
    this.#has = true;
    return nothing;
  }
}

export const takeFocus = directive(TakeFocus);
