/** What the numbers were, or will be, measured on. */
import { html, nothing, type TemplateResult } from 'lit';
import type { Environment } from '../api/types.js';
import { duration } from '../experiment/format.js';

const TIERS = {
  threads: 'shared-memory threads',
  workers: 'isolated workers',
  serial: 'one thread',
};

export function environmentView(environment: Environment | null, opening: boolean): TemplateResult {
  if (!environment) {
    const words = opening ? 'Starting the engine …' : 'The engine is not running yet.';
    return html`<p class="environment" data-testid="environment" data-tier="">${words}</p>`;
  }
  const { tier, tier_reason, n_threads, hardware_concurrency, simd, timer_resolution_ms, startup_ms, version } =
    environment;
  const startup = startup_ms.fetch_and_compile + startup_ms.start_pool;
  return html`<div class="environment" data-testid="environment" data-tier=${tier}>
    <ul>
      <li class="tier"><strong>${tier}</strong> ${TIERS[tier]}</li>
      <li data-testid="environment-threads">
        ${n_threads} ${n_threads === 1 ? 'thread' : 'threads'} on ${hardware_concurrency}
        ${hardware_concurrency === 1 ? 'core' : 'cores'}
      </li>
      <li>SIMD ${simd ? 'on' : 'off'}</li>
      <li>clock steps of ${duration(timer_resolution_ms)}</li>
      <li>started in ${duration(startup)}</li>
      <li>version ${version}</li>
    </ul>
    ${tier_reason ? html`<p class="reason" data-testid="tier-reason">${tier_reason}</p>` : nothing}
  </div>`;
}
