/**
 * Chromium follows ten download links of a page in a second and drops the next without a word
 * (LocalFrame::ShouldThrottleDownload): what is more waits.
 */
const AT_ONCE = 10;
const A_SECOND_MS = 1_100;

/** When the last ten were followed. */
const followed: number[] = [];

/** Hands the visitor a file, without a server. */
export function download(name: string, type: string, content: string | Uint8Array | Blob): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([content as BlobPart], { type }));
  link.download = name;
  follow(link);
}

function follow(link: HTMLAnchorElement): void {
  const wait = (followed.at(-AT_ONCE) ?? Number.NEGATIVE_INFINITY) + A_SECOND_MS - performance.now();
  if (wait > 0) {
    setTimeout(() => follow(link), wait);
    return;
  }
  followed.push(performance.now());
  if (followed.length > AT_ONCE) followed.shift();
  link.click();
  // The browser has taken the bytes by the next task; some take a little longer.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
