/** Hands the visitor a file, without a server. */
export function download(name: string, type: string, content: string | Uint8Array): void {
  const url = URL.createObjectURL(new Blob([content as BlobPart], { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The browser has taken the bytes by the next task; some take a little longer.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
