/**
 * The worker that owns the wasm instance and its pools. Calls are worked off one after the other, so that nothing runs
 * beside a measurement; long ones go in steps, so that a cancel is heard between two.
 */
import { expose } from 'comlink';
import { Coordinator } from './coordinator.js';

expose(new Coordinator());
