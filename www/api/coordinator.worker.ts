/**
 * The worker that owns the wasm instance and its pools. Calls are worked off one after the other;
 * long ones go in steps, so that a cancel is heard between two.
 *
 * Its first message brings the port that calls come by, which may lead to a page of another origin, and says where the
 * engine's files lie: whoever calls has no say in that.
 */
import { expose } from 'comlink';
import { Coordinator } from './coordinator.js';
import type { Files } from './files.js';

function begin({ data: files, ports: [port] }: MessageEvent<Files>): void {
  if (port) expose(new Coordinator(files), port);
}

self.addEventListener('message', begin, { once: true });
