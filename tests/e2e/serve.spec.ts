/** What `npm start` answers with: the headers of the file that is meant, and nothing that ends it. */
import { connect } from 'node:net';
import { expect, test } from '@playwright/test';

/** The answer's first line to a request that no browser would send. */
function rawly(url: string, lines: string[]): Promise<string> {
  const { hostname, port, host } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () =>
      socket.write([...lines, `Host: ${host}`, 'Connection: close', '', ''].join('\r\n')),
    );
    let text = '';
    socket.setEncoding('utf8').on('data', (more) => {
      text += more;
    });
    socket.on('close', () => resolve(text.split('\r\n')[0] ?? '')).on('error', reject);
  });
}

test('a frame’s document has its headers, however its path is written', async ({ request }) => {
  for (const path of ['engine.html', '%65ngine.html', './engine.html', 'data/../engine.html']) {
    const response = await request.get(path);
    expect(response.status(), path).toBe(200);
    expect(response.headers()['document-isolation-policy'], path).toBe('isolate-and-credentialless');
  }
  expect((await request.get('engine')).status()).toBe(404);
  const page = await request.get('');
  expect(page.headers()['cross-origin-opener-policy']).toBe('same-origin');
  expect(page.headers()['document-isolation-policy']).toBeUndefined();
});

test('types are those of the files, and what is as it was is not sent again', async ({ request }) => {
  const wasm = await request.head('wasm/single/breakeven_bg.wasm');
  expect(wasm.headers()['content-type']).toBe('application/wasm');
  expect(Number(wasm.headers()['content-length'])).toBeGreaterThan(100_000);
  const { etag = '', 'cache-control': cached } = wasm.headers();
  expect(cached).toBe('no-cache');
  const again = await request.get('wasm/single/breakeven_bg.wasm', { headers: { 'If-None-Match': etag } });
  expect(again.status()).toBe(304);
  const script = await request.get('breakeven.js');
  expect(script.headers()['content-type']).toMatch(/^text\/javascript/);
});

test('what is no file, no path and no reading is refused, and the next request is answered', async ({
  request,
  baseURL,
}) => {
  expect((await request.post('index.html', { data: 'x' })).status()).toBe(405);
  for (const path of ['nothing.html', '%00', 'data', 'data/', '%'])
    expect((await request.get(path)).status(), path).toBe(404);
  for (const path of ['/../package.json', '/%2e%2e/package.json', '/..%2fpackage.json', '//../package.json'])
    expect(await rawly(String(baseURL), [`GET ${path} HTTP/1.1`]), path).toBe('HTTP/1.1 404 Not Found');
  for (const range of ['bytes=9-3', 'bytes=-10', 'bytes=0-0', 'bytes=999999999-', 'x'])
    expect(await rawly(String(baseURL), ['GET /index.html HTTP/1.1', `Range: ${range}`]), range).toBe(
      'HTTP/1.1 200 OK',
    );
  expect((await request.get('')).status()).toBe(200);
});
