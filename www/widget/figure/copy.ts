/** Puts words on the clipboard, or selects where they stand so that the visitor can; answers what became of it. */
export async function copy(words: string, shown: HTMLElement | null): Promise<string> {
  try {
    await navigator.clipboard.writeText(words);
    return 'Copied.';
  } catch {
    // Not allowed in this frame, or not a secure context.
    shown?.focus();
    if (shown instanceof HTMLInputElement || shown instanceof HTMLTextAreaElement) shown.select();
    else if (shown) getSelection()?.selectAllChildren(shown);
    return 'This page may not write to the clipboard: copy what is selected with Ctrl or ⌘ and C.';
  }
}
